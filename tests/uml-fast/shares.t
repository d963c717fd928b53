#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fair shares of maxflows: one processor has used all of it and is idle; another one gets flows
# nevertheless.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

# A grant is 20,000 / (16 * 2) = 625 flows. Each processor always has at least one flow.
MAX=20000
GRANT=625
ALONE=$((MAX - 1))	# maximum of one processor while the other has only its one flow
FLOOD=30000

tun t0
network_settings ''
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=3600 inactive_timeout=3600 maxflows=$MAX || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t+ -j NETFLOW
collector_start all 2055 || bail "no collector"

# state: print for each processor its flows and the number of evicted flows
state() {
	awk '/^cpu[01] / { print $3 - $12, $12 }' "$STATS" | xargs
}

state_is() {
	[ "$(state)" = "$1" ]
}

traffic --tun t0 --cpu 0 --src 10.9.0.2 --dst 10.8.0.2 --dport 7001 --sport 1+$FLOOD --flows $FLOOD --count $FLOOD --size 8
flood="$SENT_PACKETS $SENT_OCTETS"
wait_for counter_reaches inPackets $FLOOD
is "one processor uses all of maxflows" "$(state)" "$ALONE $((FLOOD - ALONE)) 0 0"

# 1,000 flows in turn with 100 packets each, and ten flows with 5,000: with only one flow the other
# processor would evict at each packet. Two grants are sufficient for these flows.
traffic --tun t0 --cpu 1 --src 10.9.0.3 --dst 10.8.0.2 --dport 7002 --sport 1+1000 --flows 1000 --count 100000 --size 8
many="$SENT_PACKETS $SENT_OCTETS"
traffic --tun t0 --cpu 1 --src 10.9.0.4 --dst 10.8.0.2 --dport 7003 --sport 1+10 --flows 10 --count 50000 --size 8
ten="$SENT_PACKETS $SENT_OCTETS"
expected="$((ALONE - 2 * GRANT)) $((FLOOD - ALONE + 2 * GRANT)) 1010 0"
wait_for counter_reaches inPackets $((FLOOD + 150000))
wait_for 60 state_is "$expected"
is "the other one evicts none, and the first one as many as the other was granted" "$(state)" "$expected"

is "nothing was lost" "$(counter lostPackets) $(counter dropPackets)" "0 0"
export_all
collector_stop all
law_collected all
is "the flood: records, packets, octets" "$(total all 'dst port 7001')" "$FLOOD $flood"
is "1,000 flows of 100 packets: one record each" "$(total all 'dst port 7002')" "1000 $many"
is "ten flows of 5,000 packets: one record each" "$(total all 'dst port 7003')" "10 $ten"

done_testing
