#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Lost NAT events: the collector's link is very slow and the log is small, so few events are exported
# and few are read, and conntrack's events overflow the socket. When the link is fast again, all sessions that
# can still be found are reported, each event once, and the lost events are counted.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

# link_speed COMMAND RATE: set the rate of the link to the collector; its queue drops nothing.
link_speed() {
	tc qdisc "$1" dev k0 root tbf rate "$2" burst 20000 limit 200mb
}

nat_lost() {
	statistics
	[ "${COUNT[natLost]}" -gt 0 ]
}

# nat_alive COUNT: COUNT sessions were reported as created and not as deleted.
nat_alive() {
	statistics
	[ $((COUNT[natStart] - COUNT[natStop])) = "$1" ]
}

# link_empty: the queue of the link is empty.
link_empty() {
	tc -s qdisc show dev k0 | grep -q 'backlog 0b 0p'
}

topology
ip -batch - <<-END
	netns add far
	link add k0 type veth peer name k1 netns far
	address add 10.3.0.1/24 dev k0
	link set k0 up
END
at_exit 'ip link del k0; ip netns del far'
ip -n far -batch - <<-END
	address add 10.3.0.2/24 dev k1
	link set k1 up
END
# a static neighbour: ARP requests would wait behind the messages, and the address would be
# given up without a reply
ip neigh replace 10.3.0.2 dev k0 nud permanent \
	lladdr "$(ip netns exec far cat /sys/class/net/k1/address)"
"$IPTABLES" -t nat -A POSTROUTING -o r1 -j MASQUERADE
at_exit "$IPTABLES -t nat -F"
nat_quick 200
HEAR_WHERE=far
recorder_start all 2055 far
module_load destination=10.3.0.2:2055 natevents=1 sndbuf=100000 logsize=65536 || bail "no module"
ok "the collector has the templates" wait_for has template id=256
log_begin all

# The events of the first third are received, those of the last third are not, and those of the
# second third in part. About two messages per second are sent, because the exporter gives up a
# link that accepts none for five seconds. That is 50 events per second, so few that the
# duration does not matter.
link_speed add 20kbit
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+20000 --dport 1000+3 --count 60000 --flows 60000 --size 0 --rate 20000
statistics
compare "the exporter sends hardly anything" "${COUNT[natStart]}" '<' 20000
# Two thirds of the sessions end meanwhile, unnoticed.
conntrack -D -p udp --dport 1000 >/dev/null 2>&1
conntrack -D -p udp --dport 1001 >/dev/null 2>&1
is "20000 sessions exist" "$(conntrack -L -p udp --dport 1002 2>/dev/null | wc -l)" 20000
link_speed change 1gbit
ok "lost events are counted" wait_for nat_lost
ok "all existing sessions are found" wait_for nat_alive 20000
conntrack -F >/dev/null 2>&1
ok "the end of every reported session is reported" wait_for nat_rest
log_end all
flush
wait_for link_empty
hear_rest
recorder_stop all

messages_right "messages are well-formed"
pairs_right "each create has one delete" all
truth all >"$TMP/truth"
told all >"$TMP/told"
is "no event is reported that did not happen" "$(comm -13 "$TMP/truth" "$TMP/told" | head -n 3)" ''
for port in 1000 1002; do
	is "all sessions to port $port are reported, as created and as deleted" \
		"$(grep -c " 10.2.0.2 $port\$" "$TMP/told")" 40000
done
statistics
missed=$(comm -23 "$TMP/truth" "$TMP/told" | wc -l)
diag "events $(wc -l <"$TMP/truth"), told $(wc -l <"$TMP/told"), lost by conntrack ${COUNT[natLost]}, not sent ${COUNT[natUnsent]}"
compare "some sessions were not noticed" "$missed" '>' 0
is "... exactly the reported number" "${COUNT[natUnsent]}" "$missed"
compare "... which is at most what conntrack lost" "${COUNT[natUnsent]}" '<=' "${COUNT[natLost]}"
like "the statistics have it" "$(cat /proc/net/stat/ipt_netflow)" \
	"Lost by conntrack ${COUNT[natLost]}, not sent ${COUNT[natUnsent]}\\."

# A new destination receives the number of lost events at once.
recorder_start told 2056 far
setting destination 10.3.0.2:2056
ok "an options record has the number of lost events" wait_for has options \
	template=302 exportingProcessId=1 "notSentFlowTotalCount=${COUNT[natUnsent]}"

done_testing
