#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A full table: flows make place for others, none is refused, nothing is lost,
# and flows that live are not those that go.

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
# From the first message on, which has the templates.
capture_start export '' lo 'udp port 2055'
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 maxflows=$MAX || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t+ -j NETFLOW
collector_start all 2055 || bail "no collector"

# The number of flows in the table, again and again.
(while cat "$STATS"; do sleep 0.05; done) >"$TMP/watched" &
watcher=$!

# A flood of flows of one packet, six times what the table has room for, and in the midst
# of it a hundred that live, on the same processor. These have a packet before each 400
# new ones, a fiftieth of the table. So even where time stands still but for that, eight
# flows are younger with a chance of 50^-7 / 8 on average; a flow that lives is looked at
# some 40 times: 6e-10 that one of them goes.
for ((round = 0; round < 300; round++)); do
	echo "--tun t1 --cpu 0 --src 10.9.0.3 --dst 10.8.0.2 --dport 7002 --sport 1+100 --flows 100 --count 100"
	echo "--tun t0 --cpu 0 --src 10.9.$((round / 100)).4 --dst 10.8.0.2 --dport 7001" \
		"--sport $((1000 + round % 100 * 400))+400 --flows 400 --count 400 --size 8"
done >"$TMP/lines"
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
compare "and nearly used up" "$most" '>' $((MAX * 8 / 10))
compare "the rest was evicted" "$(counter evictedFlows)" '>=' $((120000 + 100 - MAX))
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets)" "0 0"
capture_stop export
evicted=$(counter evictedFlows)
export_all
collector_stop all
law_collected all
is "the flood: records, packets, octets" "$(total all 'dst port 7001')" "120000 $flood_packets $flood_octets"
is "the flows that live: one record each" "$(total all 'dst port 7002')" "100 $packets $octets"

# What left the table before the flush went for lack of resources, and says so.
capture_fields export cflow.flow_end_reason | tr ',' '\n' | grep -v '^$' | sort | uniq -c >"$TMP/reasons"
is "evicted flows say why" "$(awk -v reason=$RESOURCES '$2 == reason { print $1 }' "$TMP/reasons")" "$evicted"
is "and there is no other reason" "$(wc -l <"$TMP/reasons")" 1

done_testing
