#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT events on this kernel, with its own settings and without conntrack's modules loaded: the
# collector's events are those of conntrack's own log, including those of a connection that
# the FTP helper expected; nfdump shows them; flow records have the translation if requested.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/natevents.sh
. "$NETFLOW_TOP/tests/natevents.sh"

loaded() {
	grep -q "^$1 " /proc/modules
}

# Unload the kernel's modules that are not in use.
rmmod nf_conntrack_netlink 2>/dev/null
not "nf_conntrack_netlink is not loaded" loaded nf_conntrack_netlink
ok "modprobe with natevents=1" timeout 30 modprobe ipt_NETFLOW natevents=1 \
	destination=127.0.0.1:2055,127.0.0.1:2056
at_exit module_unload
ok "... loads it" loaded nf_conntrack_netlink
ok "it unloads" rmmod ipt_NETFLOW
events_setting=$(cat "$CONNTRACK/nf_conntrack_events")

# The sysctl applies to a namespace. It does not wait until the module is loaded.
rmmod nf_conntrack_netlink
modprobe ipt_NETFLOW destination=127.0.0.1:2055,127.0.0.1:2056
setting natevents 1
ok "the sysctl loads it, too" wait_for 300 loaded nf_conntrack_netlink

topology || bail "no network"
recorder_start all 2055
collector_start nfdump 2056 || bail "no collector"
masquerade || bail "no NAT"
nft add rule ip router prerouting iifname r0 ip daddr 203.0.113.1 dnat to 10.2.0.2
at_exit "iptables -t raw -F"
modprobe nf_nat_ftp || bail "no FTP helper"
iptables -t raw -A PREROUTING -i r0 -p tcp --dport 21 -j CT --helper ftp || bail "no CT target"
nat_quick 100
until_true 300 has template id=260 || bail "no templates"
# the connections of the rest of the guest have ended
conntrack -F >/dev/null 2>&1
wait_for 300 nat_rest
hear_from
log_begin log

traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 1000+500 --dport 5000 --count 500 --flows 500 --size 10
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 203.0.113.1 \
	--sport 2000+500 --dport 5000 --count 500 --flows 500 --size 10
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src fd00:1::2 --dst fd00:2::2 \
	--sport 3000+100 --dport 5000 --count 100 --flows 100 --size 10
ok "a ping passes" in_ns "$CLIENT" ping -q -c 1 10.2.0.2

# FTP: the client announces port 19 * 256 + 137 = 5001. The helper replaces the address in the
# command by the router's, and the server connects to that. The helper parses a line only
# if it has seen the end of the line before it in a packet of its own.
mkfifo "$TMP/server" "$TMP/client"
exec {server_says}<>"$TMP/server" {client_says}<>"$TMP/client"
# shellcheck disable=SC2016 # the inner shells expand
spawn "$SERVER" sh -c 'exec nc -l -N 10.2.0.2 21 <"$1" >"$2"' sh "$TMP/server" "$TMP/ftp"
ftp=$PID
# shellcheck disable=SC2016
spawn "$CLIENT" sh -c 'exec nc -l -N 10.1.0.2 5001 </dev/null >"$1"' sh "$TMP/data"
wait_for 300 port_open "$SERVER" tcp 21
wait_for 300 port_open "$CLIENT" tcp 5001
echo "220 ready" >&"$server_says"
# shellcheck disable=SC2016
spawn "$CLIENT" sh -c 'exec nc -N 10.2.0.2 21 <"$1" >"$2"' sh "$TMP/client" "$TMP/reply"
ftp+=" $PID"
wait_for 300 grep -q 220 "$TMP/reply"
printf 'USER x\r\n' >&"$client_says"
wait_for 300 grep -q USER "$TMP/ftp"
printf 'PORT 10,1,0,2,19,137\r\n' >&"$client_says"
ok "the server receives a port" wait_for 300 grep -q PORT "$TMP/ftp"
told_port=$(tr -d '\r' <"$TMP/ftp" | sed -n 's/^PORT //p')
is "... of the router" "${told_port%,*,*}" 10,2,0,1
IFS=, read -r _ _ _ _ high low <<<"$told_port"
echo 'as expected' | in_ns "$SERVER" timeout 20 nc -N -s 10.2.0.2 -p 20 10.2.0.1 $((high * 256 + low)) >/dev/null
ok "the expected connection reaches the client" wait_for 300 grep -q 'as expected' "$TMP/data"
for pid in $ftp; do
	stop "$pid"
done

conntrack -F >/dev/null 2>&1
conntrack -F -f ipv6 >/dev/null 2>&1
ok "all connections end" wait_for 300 nat_rest
log_end log
hear_end events
same_events "conntrack's log: equal" log events 2200
ok "the expected connection is among the events" \
	grep -q "^4 6 0 10.2.0.2 20 10.2.0.1 $((high * 256 + low)) 10.2.0.2 20 10.1.0.2 5001\$" "$TMP/told"
like "nothing was lost" "$(cat /proc/net/stat/ipt_netflow)" 'Lost by conntrack 0, not sent 0\.'
collector_stop nfdump
if nfdump -V 2>&1 | grep -q '1\.6\.'; then
	skip "nfdump shows them" "1.6 knows nothing of NAT in IPFIX"
else
	nfdump_has "nfdump shows them" nfdump all
fi

# --- nf_conntrack_netlink is removed, and sends no events from then on ---

# lost_is COUNT: COUNT events are counted as lost by conntrack.
lost_is() {
	statistics
	[ "${COUNT[natLost]}" = "$1" ]
}

statistics
started=${COUNT[natStart]}
ok "nf_conntrack_netlink is removed" wait_for 300 rmmod nf_conntrack_netlink
ok "... which is noticed and counted" wait_for 300 lost_is 1
ok "... and it is loaded again" wait_for 300 loaded nf_conntrack_netlink
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 6000+100 --dport 5000 --count 100 --flows 100 --size 10
ok "sessions are reported" wait_for 300 nat_started $((started + 100))
conntrack -F >/dev/null 2>&1
ok "... and their ends" wait_for 300 nat_rest

# --- in flow records ---

nft insert rule ip router postrouting oifname r1 udp dport 5001 snat to 192.0.2.1:30000-40000
iptables -I FORWARD -j NETFLOW
at_exit "iptables -F"
setting natevents 0
setting natfields 1
hear_from
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--sport 4000+100 --dport 5001 --count 100 --flows 100 --size 10
export_all
hear_end fields
truth=$(conntrack -L -p udp --orig-port-dst 5001 2>/dev/null | awk '{
		delete value
		delete seen
		for (i = 1; i <= NF; i++)
			if (split($i, part, "=") == 2)
				value[part[1], seen[part[1]]++] = part[2]
		print value["sport", 0], value["dst", 1], value["dport", 1], value["src", 1]
	}' | sort)
recorded flow 'sourceTransportPort postNATSourceIPv4Address postNAPTSourceTransportPort postNATDestinationIPv4Address' \
	destinationTransportPort=5001
is "natfields: the only packet of a connection in FORWARD has the translation of conntrack" "$(sort <<<"$RECORDED")" "$truth"
is "... for each" "$RECORDED_COUNT" 100

iptables -F
wait_for 300 module_unused
ok "it unloads" rmmod ipt_NETFLOW
is "nf_conntrack_events is as before" "$(cat "$CONNTRACK/nf_conntrack_events")" "$events_setting"
recorder_stop all
messages_right "messages are well-formed, templates first"

done_testing
