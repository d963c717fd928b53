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

# A flood of flows of one packet, and among them a hundred that live, on the
# same processor. The flood is six times what the table has room for.
"$NETFLOW_TOOLS/traffic" --tun t0 --cpu 0 --src 10.9.0.4+1000 --dst 10.8.0.2 --dport 7001 \
	--sport 1000+120 --flows 120000 --count 120000 --rate 20000 --size 8 >"$TMP/flood" &
flood=$! packets=0 octets=0 rounds=0
while kill -0 "$flood" 2>/dev/null; do
	traffic --tun t1 --cpu 0 --src 10.9.0.3 --dst 10.8.0.2 --dport 7002 --sport 1+100 --flows 100 --count 2000 --rate 4000
	packets=$((packets + SENT_PACKETS)) octets=$((octets + SENT_OCTETS)) rounds=$((rounds + 20))
done
wait "$flood"
stop "$watcher"
diag "the flows that live had $rounds packets each"
flood=$(awk '{ print $2, $4 }' "$TMP/flood")

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
is "the flood: records, packets, octets" "$(total all 'dst port 7001')" "120000 $flood"
is "the flows that live: one record each" "$(total all 'dst port 7002')" "100 $packets $octets"

# What left the table before the flush went for lack of resources, and says so.
capture_fields export cflow.flow_end_reason | tr ',' '\n' | grep -v '^$' | sort | uniq -c >"$TMP/reasons"
is "evicted flows say why" "$(awk -v reason=$RESOURCES '$2 == reason { print $1 }' "$TMP/reasons")" "$evicted"
is "and there is no other reason" "$(wc -l <"$TMP/reasons")" 1

done_testing
