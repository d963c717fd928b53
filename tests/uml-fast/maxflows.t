#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A full table: flows are evicted for new ones, none is rejected, nothing is lost, and active
# flows are not evicted.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

MAX=20000
RESOURCES=5	# flowEndReason: lack of resources

tun t0
ip tuntap add dev t1 mode tun
at_exit "ip link del t1"
ip link set t1 up
network_settings ''
sink '' d0
# Start before the first message, which has the templates.
capture_start export '' lo 'udp port 2055'
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 maxflows=$MAX || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t+ -j NETFLOW
collector_start all 2055 || bail "no collector"

# Record the number of flows in the table repeatedly.
(while cat "$STATS"; do sleep 0.05; done) >"$TMP/watched" &
watcher=$!

# A flood of flows of one packet, six times the capacity of the table, and between them a hundred
# flows that stay active, on the same processor. These start at intervals of 150 flows of the
# flood. An eviction takes the oldest of eight flows that are neighbours in the table. The search
# reaches the same place again after 2,500 evictions, and an active flow had a packet within the
# last 500. So it is younger than its neighbours, independently of time.
live='--tun t1 --cpu 0 --src 10.9.0.3 --dst 10.8.0.2 --dport 7002'
flood='--tun t0 --cpu 0 --dst 10.8.0.2 --dport 7001 --size 8'
{
	for ((i = 0; i < 100; i++)); do
		echo "$live --sport $((1 + i))"
		echo "$flood --src 10.9.100.4 --sport $((1000 + i * 150))+150 --flows 150 --count 150"
	done
	for ((i = 0; i < 210; i++)); do
		echo "$live --sport 1+100 --flows 100 --count 100"
		echo "$flood --src 10.9.$((i / 100)).4 --sport $((1000 + i % 100 * 500))+500 --flows 500 --count 500"
	done
} >"$TMP/lines"
"$NETFLOW_TOOLS/traffic" - <"$TMP/lines" >"$TMP/sent" || bail "no traffic"
read -r packets octets flood_packets flood_octets <<<"$(awk '
	{ packets[NR % 2] += $2; octets[NR % 2] += $4 }
	END { print packets[1], octets[1], packets[0], octets[0] }' "$TMP/sent")"
wait_for counter_reaches inPackets $((flood_packets + packets))
cat "$STATS" >>"$TMP/watched"
stop "$watcher"

most=$(awk '$1 == "hashFlows" { print $2 }' "$TMP/watched" | sort -n | tail -n 1)
diag "flows in the table: $most at most, seen $(grep -c hashFlows "$TMP/watched") times; evicted $(counter evictedFlows)"
compare "maxflows is kept" "$most" '<=' $MAX
compare "... and nearly used up" "$most" '>' $((MAX * 8 / 10))
compare "the other flows were evicted" "$(counter evictedFlows)" '>=' $((120000 + 100 - MAX))
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets)" "0 0"
capture_stop export
evicted=$(counter evictedFlows)
export_all
collector_stop all
law_collected all
is "the flood: records, packets, octets" "$(total all 'dst port 7001')" "120000 $flood_packets $flood_octets"
is "the flows from before the flood: one record each" "$(total all 'dst port 7002')" "100 $packets $octets"

# The records of flows evicted before the flush have the end reason "lack of resources".
capture_fields export cflow.flow_end_reason | tr ',' '\n' | grep -v '^$' | sort | uniq -c >"$TMP/reasons"
is "evicted flows have flowEndReason 5" "$(awk -v reason=$RESOURCES '$2 == reason { print $1 }' "$TMP/reasons")" "$evicted"
is "... and no other reason occurs" "$(wc -l <"$TMP/reasons")" 1

done_testing
