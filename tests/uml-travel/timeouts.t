#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Time-outs: when records are exported. While a flow lasts, the collector has its record within
# active_timeout and a second; and within inactive_timeout and a second after its last packet.
# Here computing takes no time, so only the module's own delays are measured.
#
# The recorder notes when a record arrives, and the record has the times of the flow's first and
# last packets; both use the same clock, in milliseconds.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

ACTIVE=1 INACTIVE=3

tun t0
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=$ACTIVE inactive_timeout=$INACTIVE || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
recorder_start all 2055

# Ten flows that last a little longer than ten active time-outs.
begin=$(now)
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport 7001 --sport 1+10 --flows 10 --count 4120 --rate 400
lasted=$(($(now) - begin))
sent="$SENT_PACKETS $SENT_OCTETS"

ok "the last ones are exported by active_timeout, too" wait_for $((ACTIVE + 2)) drained

# Idle flows: none may end too early. They have packets spread over half a second.
setting active_timeout 600
traffic --tun t0 --src fd00:9::2 --dst fd00:8::2 --dport 7002 --sport 1+200 --flows 200 --count 1000 --rate 2000
idle_sent="$SENT_PACKETS $SENT_OCTETS"
ok "idle flows are exported" wait_for $((INACTIVE + 4)) drained

# A time-out is decreased, and increased, while flows wait for it.
setting inactive_timeout 600
traffic --tun t0 --src 10.9.0.3 --dst 10.8.0.2 --dport 7003 --sport 1+100 --flows 100 --count 300
not "flows that are not idle for long enough stay" wait_for 2 drained
shortened=$(now)
setting inactive_timeout 1
ok "a shorter time-out ends them" wait_for 3 drained

recorder_stop all

# times PORT: print "FLOW FIRST LAST ARRIVED PACKETS OCTETS" of each record, in order.
times() {
	recorded flow "sourceTransportPort flowStartMilliseconds flowEndMilliseconds arrived
		packetDeltaCount octetDeltaCount" "destinationTransportPort=$1"
	sort -n <<<"$RECORDED" >"$TMP/$1"
}
times 7001
times 7002
times 7003
messages_right "all messages are right"

# sums PORT: print "records packets octets"
sums() {
	awk '{ packets += $5; octets += $6 } END { print NR, packets, octets }' "$TMP/$1"
}

# spread PORT FROM TO: print the minimum and maximum time from one column to another
spread() {
	awk -v from="$2" -v to="$3" '
		{ v = $to - $from }
		NR == 1 || v < least { least = v }
		NR == 1 || v > most { most = v }
		END { print least, most }' "$TMP/$1"
}
FIRST=2 LAST=3 ARRIVED=4

is "active: packets and octets of all records" "$(sums 7001 | cut -d' ' -f2-)" "$sent"
# Each record except a flow's last one spans active_timeout, and at most a second more.
read -r least most <<<"$(awk '{ n[$1]++ } END { for (flow in n) print n[flow] }' "$TMP/7001" |
	sort -n | sed -n '1p;$p' | tr '\n' ' ')"
diag "active: $least to $most records of each flow"
compare "active: no more records of a flow than periods" "$most" '<=' $((lasted / (ACTIVE * 1000) + 1))
compare "active: ... and no fewer than with a second more" "$least" '>=' $((lasted / (ACTIVE * 1000 + 1000)))
read -r least most <<<"$(spread 7001 $FIRST $LAST)"
diag "active: records span $least to $most ms"
compare "active: no record ends before it starts" "$least" '>=' 0
compare "active: no record spans more than active_timeout and a second" "$most" '<=' $((ACTIVE * 1000 + 1000))
read -r least most <<<"$(spread 7001 $FIRST $ARRIVED)"
diag "active: records come $least to $most ms after their first packet"
compare "active: each packet is exported within active_timeout and a second" \
	"$most" '<=' $((ACTIVE * 1000 + 1000))
overlaps=$(awk '$1 == flow && $2 < end { n++ } { flow = $1; end = $3 } END { print n + 0 }' "$TMP/7001")
is "active: records of a flow do not overlap" "$overlaps" 0

is "inactive: records, packets, octets" "$(sums 7002)" "200 $idle_sent"
read -r least most <<<"$(spread 7002 $LAST $ARRIVED)"
diag "inactive: records come $least to $most ms after their last packet"
compare "inactive: not before inactive_timeout" "$least" '>=' $((INACTIVE * 1000))
compare "inactive: within inactive_timeout and a second" "$most" '<=' $((INACTIVE * 1000 + 1000))
latest=$(cut -d' ' -f$ARRIVED "$TMP/7003" | sort -n | tail -n 1)
diag "a shorter time-out: records come within $((latest - shortened)) ms"
is "a shorter time-out: records" "$(sums 7003 | cut -d' ' -f1)" 100
compare "a shorter time-out: ... within it and a second" $((latest - shortened)) '<=' 2000

done_testing
