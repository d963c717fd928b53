#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which templates are sent, and when; their ids; options data for one session.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

RECORDER_LARGE=1

# Paths to a collector: 10.7.0.2 is on the link, 10.6.0.2 behind a router and a link of 600
# octets. The router does not say so.
ip -batch - <<-END || bail "no network"
	netns add near
	netns add far
	link add k0 type veth peer name n0 netns near
	address add 10.7.0.1/24 dev k0
	link set k0 up
END
at_exit 'ip link del k0; ip netns del near; ip netns del far'
ip -n near -batch - <<-END || bail "no network"
	link add n1 mtu 600 type veth peer name f0 mtu 600 netns far
	address add 10.7.0.2/24 dev n0
	address add 10.6.0.1/24 dev n1
	link set n0 up
	link set n1 up
END
ip -n far -batch - <<-END || bail "no network"
	address add 10.6.0.2/24 dev f0
	link set f0 up
	route add default via 10.6.0.1
END
ip route add 10.6.0.0/24 via 10.7.0.2
in_ns near sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'

# received PORT FLOWS: so many flows have arrived
received() {
	[ "$(grep -c "^flow port=$1 " "$RECORDER")" -ge "$2" ]
}

# ids PORT SCOPE: the ids of templates that arrived at the port, sorted, each once
ids() {
	grep "^template port=$1 .*scope=$2 " "$RECORDER" | sed 's/.* id=\([0-9]*\) .*/\1/' | sort -nu |
		tr '\n' ' '
}

# times PORT ID: how often a template has arrived
times() {
	grep -c "^template port=$1 .* id=$2 " "$RECORDER"
}

# flow OPTION...: one more flow, which arrives at port $PORT
FLOWS=0
flow() {
	FLOWS=$((FLOWS + 1))
	packets --sport $((20000 + FLOWS)) "$@"
	flush
	until_true 300 received "$PORT" "$FLOWS" || bail "flow $FLOWS does not arrive"
}

# --- a new session: what is used is sent, and options data once ---

router active_timeout=600 inactive_timeout=600 destination=
setting refresh-rate 1000000
setting timeout-rate 1440
recorder_start used '2055 2056'
began=$SECONDS
PORT=2055
setting destination 127.0.0.1:2055
until_true 300 has options port=2055 interfaceName=d0
flow --dport 53
until_true 300 has options port=2055 templateId=256
is "templates of data: only what is used" "$(ids 2055 0)" "256 "
is "options templates: likewise" "$(ids 2055 1) $(ids 2055 2)" "302 303 304 314  300 301 "
once() {
	local template counts=''
	for template in 300 301 302 303 314; do
		recorded options port port="$1" template=$template
		counts+=" $RECORDED_COUNT"
	done
	recorded options port port="$1" interfaceName=d0
	echo "$counts $RECORDED_COUNT"
}
if [ $((SECONDS - began)) -lt 55 ]; then
	is "options data are sent once when a session begins" "$(once 2055)" " 1 1 1 1 1 1"
else
	skip "options data are sent once when a session begins" "statistics are sent each minute"
fi

# --- a new template is sent in three successive seconds, then no more ---

three_times() {
	flow --dport 53
	[ "$(times "$PORT" 256)" -ge 3 ]
}
ok "a new template is sent three times" until_true 300 three_times
for _ in {1..10}; do
	flow --dport 53
done
is "... and not more often" "$(times 2055 256)" 3

# --- another session: options data for it alone ---

before=$(once 2055)
system=$(grep -c '^options port=2055 template=314 ' "$RECORDER")
setting destination 127.0.0.1:2055,127.0.0.1:2056
until_true 300 has options port=2056 interfaceName=d0
flow --dport 53
until_true 300 has options port=2056 templateId=256
until_true 300 received 2056 1
is "the new session has the templates that it uses" "$(ids 2056 0)" "256 "
recorded options port port=2056 template=314
is "... and options data once" "$RECORDED_COUNT" 1
if [ $((SECONDS - began)) -lt 290 ]; then
	is "the first one does not get them again" \
		"$(grep -c '^options port=2055 template=314 ' "$RECORDER") $(grep -c '^options port=2055 .*interfaceName=d0' "$RECORDER")" \
		"$system ${before##* }"
else
	skip "the first one does not get them again" "they are sent each five minutes"
fi
recorder_stop used
messages_right "messages are right"

# --- a collector stops, and what is refused next is a template ---

PORT=2057 FLOWS=0
setting refresh-rate 1
recorder_start stopped 2057 near
setting destination 10.7.0.2:2057
for _ in {1..5}; do
	flow --dport 53
done
statistics
recorder_stop stopped
recorded message 'sequence records'
last=${RECORDED##*$'\n'}
# in the two seconds in which messages could still be refused
packets --sport 30000 --dport 53
flush
refused() {
	statistics
	[ "${COUNT[queuedPackets]}" = 1 ]
}
ok "the next flow waits" until_true 300 refused
recorder_start again 2057 near
ok "the collector is there again, and receives it" until_true 300 received 2057 1
ok "... and that is all" until_true 300 drained
recorder_stop again
is "no flow arrives twice" "$(cat "$TMP/stopped" "$TMP/again" | grep -c '^flow ')" 6
recorded message 'sequence records'
is "the sequence number goes on" "${RECORDED%% *}" $((${last% *} + ${last#* }))
messages_right "templates go first"

# --- a path with a smaller MTU that nobody announces ---

PORT=2058 FLOWS=0
setting refresh-rate 200
in_ns near "$IPTABLES" -A OUTPUT -p icmp -j DROP
recorder_start narrow 2058 far
setting destination 10.6.0.2:2058
for kind in '--proto udp' '--proto tcp' '--proto icmp'; do
	# shellcheck disable=SC2086 # words
	flow $kind --dport 53
done
is "templates and short messages pass" "$(ids 2058 0)" "256 258 "
recorder_stop narrow
messages_right "messages are right"
recorded message length templates=0
compare "the path takes no longer messages" "$(sort -n <<<"$RECORDED" | tail -n 1)" '<=' $((600 - 28))

# --- the octets of templates ---

recorder_start share 2059
setting destination 127.0.0.1:2059
setting timeout-rate 1440
for _ in {1..10}; do
	packets --src 10.9.0.2+100 --sport 1000+100 --flows 10000 --count 10000 --dport 53
	packets6 --sport 1000+1000 --flows 1000 --count 1000 --dport 53
	packets --src 10.9.0.2+200 --flows 200 --count 200 --proto icmp
	flush
done
ok "all flows arrive" until_true 300 received 2059 112000
recorder_stop share
messages_right "messages are right"
# "MESSAGES TENTHS": messages with data, and tenths of a percent of the octets for templates
share=$(awk '$1 == "message" {
		for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
		all += v["length"] + 28
		if (v["templates"]) templates += v["length"] + 28
		else messages++
	}
	END { print messages, int(1000 * templates / all) }' "$RECORDER")
diag "${share% *} messages, templates are 0.${share#* } % of the octets"
compare "many messages" "${share% *}" '>' 3000
compare "templates are less than 1 % of the octets" "${share#* }" '<' 10
compare "a template is sent each 200 messages" "$(times 2059 256)" '<=' $((3 + ${share% *} / 200))
compare "... and not less often" "$(times 2059 256)" '>=' $((${share% *} / 200 - 1))

# --- ids ---

# wide_ids: load the module with fields, and print the ids of what a flow of each kind has
wide_ids() {
	module_load active_timeout=600 inactive_timeout=600 destination=127.0.0.1:2060 fields="$1" ||
		bail "no module"
	rules "$IPTABLES" 'raw PREROUTING -i t0'
	[ -z "${2:-}" ] || setting fields "$2"
	recorder_start ids 2060
	PORT=2060 FLOWS=0
	flow --dport 53
	flow --proto icmp
	IDS=$(ids 2060 0)
	recorder_stop ids
	rules "$IPTABLES" 'raw -'
	module_unload
}
rules "$IPTABLES" 'raw -'
rules "$IP6TABLES" 'raw -'
module_unload
wide_ids mac,vlan
first=$IDS
like "ids of templates with extra fields, as in tests/unit/layouts.c" " $first" ' 16640 '
wide_ids vlan mac,vlan
is "they are the same after a reload, in another order of use" "$IDS" "$first"
done_testing
