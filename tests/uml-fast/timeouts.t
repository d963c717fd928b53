#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Time-outs: no flow ends too early, none is exported twice, and a connection whose end was seen on
# another processor ends once. uml-travel/timeouts.t tests how soon a record is exported, with a
# clock that does not depend on the machine.
#
# The recorder notes when a record arrives, and the record has the times of the flow's first and
# last packets; both use the same clock, in milliseconds.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

ACTIVE=1 INACTIVE=1

recorder_start all 2055
router destination=127.0.0.1:2055 active_timeout=$ACTIVE inactive_timeout=600

# --- ten flows that last for several active time-outs ---

begin=$(now)
packets --dport 7001 --sport 1+10 --flows 10 --count 1640 --rate 400
lasted=$(($(now) - begin))
active="$SENT_PACKETS $SENT_OCTETS"
ok "the last ones are exported by active_timeout, too" until_true 120 drained

# --- idle flows, with packets over a quarter of a second ---

# the time-out is set behind them: on a busy machine a flow can rest for longer than that
setting active_timeout 600
packets6 --dport 7002 --sport 1+200 --flows 200 --count 600 --rate 2400
idle="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
setting inactive_timeout $INACTIVE
ok "idle flows are exported" until_true 120 drained

# --- a time-out is increased, and decreased while flows wait for it ---

setting inactive_timeout 600
packets --src 10.9.0.3 --dport 7003 --sport 1+100 --flows 100 --count 300
short="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
# the end of a connection was seen on one processor, its last packet on another
for cpu in 0 1; do
	packets --src 10.9.0.4 --proto tcp --flags $((cpu ? 16 : 17)) \
		--dport 7004 --sport 1+500 --flows 500 --count 500 --cpu $cpu
done
pause $((INACTIVE + 1))
statistics
# a flow with packets on two processors is in the tables of both
is "flows that are not idle for long enough stay" "${COUNT[hashPackets]}" 1300
setting inactive_timeout $INACTIVE
ok "a shorter time-out ends them" until_true 120 drained
recorder_stop all
messages_right "all messages are right"
recorded flow 'flowEndReason packetDeltaCount' destinationTransportPort=7004
is "a closed connection is one record with end detected" \
	"$(sort <<<"$RECORDED" | uniq -c | tr -s ' ')" " 500 3 2"

# times PORT: print "FLOW FIRST LAST ARRIVED PACKETS OCTETS" of each record, in order.
times() {
	recorded flow "sourceTransportPort flowStartMilliseconds flowEndMilliseconds arrived
		packetDeltaCount octetDeltaCount" "destinationTransportPort=$1"
	sort -n -k1,1 -k2,2 <<<"$RECORDED" >"$TMP/$1"
}

# sums PORT: print "records packets octets"
sums() {
	awk '{ packets += $5; octets += $6 } END { print NR, packets, octets }' "$TMP/$1"
}

# least PORT FROM TO: print the minimum time from one column to another
least() {
	awk -v from="$2" -v to="$3" '
		{ v = $to - $from }
		NR == 1 || v < least { least = v }
		END { print least }' "$TMP/$1"
}
FIRST=2 LAST=3 ARRIVED=4

times 7001
times 7002
times 7003
is "active: packets and octets of all records" "$(sums 7001 | cut -d' ' -f2-)" "$active"
most=$(awk '{ n[$1]++ } END { for (flow in n) print n[flow] }' "$TMP/7001" | sort -n | tail -n 1)
compare "active: no more records of a flow than periods" "$most" '<=' $((lasted / (ACTIVE * 1000) + 1))
compare "active: ... and more than one" "$most" '>=' 2
compare "active: no record ends before it starts" "$(least 7001 $FIRST $LAST)" '>=' 0
overlaps=$(awk '$1 == flow && $2 < end { n++ } { flow = $1; end = $3 } END { print n + 0 }' "$TMP/7001")
is "active: records of a flow do not overlap" "$overlaps" 0
is "inactive: records, packets, octets" "$(sums 7002)" "$idle"
compare "inactive: not before inactive_timeout" "$(least 7002 $LAST $ARRIVED)" '>=' $((INACTIVE * 1000))
is "a shorter time-out: records, packets, octets" "$(sums 7003)" "$short"

done_testing
