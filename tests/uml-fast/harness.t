#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The test functions: packets that are reported as sent are sent, by each method. Otherwise a
# test that compares totals could compare zero with zero.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

needs_processors 2

# counted TOOL RULE...: print the packets and octets that the firewall counted.
counted() {
	"$1" -t raw -nvxL PREROUTING | awk -v line="$2" 'NR == line + 2 { print $1, $2 }'
}

tun t0
sink '' d0
"$IPTABLES" -t raw -A PREROUTING -i t0 -p udp
"$IP6TABLES" -t raw -A PREROUTING -i t0 -p udp
at_exit "$IPTABLES -t raw -F; $IP6TABLES -t raw -F"

traffic --tun t0 --src 10.9.0.2+10 --dst 10.8.0.2+5 --sport 1000+20 --count 20000 --flows 1000 --size 0
is "tun, IPv4: packets" "$SENT_PACKETS $SENT_OCTETS $SENT_FLOWS" "20000 560000 1000"
is "tun, IPv4: the kernel counts the same" "$(counted "$IPTABLES" 1)" "20000 560000"
is "they are forwarded" "$(device_packets '' d0 tx)" 20000

traffic --tun t0 --src fd00:9::2+10 --dst fd00:8::2 --count 300 --flows 10 --size 33
is "tun, IPv6: the kernel counts the same" "$(counted "$IP6TABLES" 1)" "300 24300"

# The raw table is before the reassembly of conntrack, which is not needed here.
"$IPTABLES" -t raw -Z
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --count 10 --size 2000 --fragments 3
is "fragments are packets" "$SENT_PACKETS $SENT_OCTETS" "30 20680"
is "fragments: the kernel counts the same" "$(counted "$IPTABLES" 1)" "30 20680"

topology
"$IPTABLES" -t raw -F
"$IPTABLES" -t raw -A PREROUTING -i r0 -p tcp
before=$(device_packets "$SERVER" s0 rx)
traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst 10.2.0.2 \
	--proto tcp --sport 1+1000 --count 2000 --flows 1000 --cpu 0,1
is "link, two processors in turn: the kernel counts the same" \
	"$(counted "$IPTABLES" 1)" "2000 $SENT_OCTETS"
compare "they arrive at the server" "$(device_packets "$SERVER" s0 rx)" '>=' $((before + 2000))

"$IPTABLES" -t raw -A OUTPUT -p udp --dport 99
traffic --socket --src 10.1.0.1 --dst 10.1.0.2 --sport 5000+4 --dport 99 --count 400 --flows 4 --size 12
is "socket: the kernel counts the same" \
	"$("$IPTABLES" -t raw -nvxL OUTPUT | awk 'NR == 3 { print $1, $2 }')" "400 $SENT_OCTETS"

# A collector that a test starts is ready when the function returns.
ok "a collector starts" collector_start one 2055
ok "and listens" port_open '' udp 2055
collector_stop one
is "without packets it has no flow" "$(total one)" "0 0 0"

capture_start wire "$SERVER" s0 udp
traffic_in "$CLIENT" --socket --src 10.1.0.2 --dst 10.2.0.2 --count 100
capture_stop wire
is "a capture has all packets" "$(tcpdump -nr "$TMP/wire.pcap" 2>/dev/null | wc -l)" 100

done_testing
