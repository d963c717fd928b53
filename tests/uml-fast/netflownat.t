#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# NAT by NetFlow: version 9 has the same events and translated flows as IPFIX, version 5 has
# events as flows without packets, as in ipt-netflow.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# connections PORT DESTINATION COUNT
connections() {
	traffic_in "$CLIENT" --dev c0 --mac 02:00:00:00:01:01 --src 10.1.0.2 --dst "$2" \
		--sport 1000+"$3" --dport "$1" --count "$3" --flows "$3" --size 20
}

nat_started() {
	statistics
	[ "${COUNT[natStart]}" = "$1" ]
}

nat_stopped() {
	statistics
	[ "${COUNT[natStop]}" = "$1" ]
}

topology || bail "no network"
"$IPTABLES" -t nat -A PREROUTING -i r0 -p udp -d 203.0.113.1 -j DNAT --to-destination 10.2.0.2
"$IPTABLES" -t nat -A PREROUTING -i r0 -p udp -d 203.0.113.2 -j DNAT --to-destination 10.2.0.2:1000
"$IPTABLES" -t nat -A POSTROUTING -o r1 -p udp --dport 1000 -j MASQUERADE
at_exit "$IPTABLES -t nat -F"
recorder_start all "2055 2056 2057"
collector_start nine 2058 || bail "no nfcapd"
module_load destination=127.0.0.1:2055,127.0.0.1:2056/9,127.0.0.1:2057/5,127.0.0.1:2058/9 natevents=1 natfields=1 \
	active_timeout=600 inactive_timeout=600 || bail "no module"
"$IPTABLES" -A FORWARD -i r0 -j NETFLOW
at_exit "$IPTABLES -F FORWARD"

connections 1000 10.2.0.2 100		# source
connections 1001 203.0.113.1 50		# destination
connections 1000 203.0.113.1 30		# both
connections 1002 203.0.113.2 20		# both, and the port
ok "200 sessions are reported as created" until_true 120 nat_started 200
export_all
conntrack -F >/dev/null 2>&1
ok "... and as deleted" until_true 120 nat_stopped 200
until_true 120 has_count flow 200 port=2056 natEvent=4
until_true 120 has_count flow 200 port=2055 natEvent=5
until_true 120 has_count flow 200 port=2056 natEvent=5
until_true 120 has_count flow 500 port=2057 packetDeltaCount=0
recorder_stop all
collector_stop nine
messages_right "all messages are right"

# --- events ---

event='natEvent protocolIdentifier sourceIPv4Address sourceTransportPort destinationIPv4Address
	destinationTransportPort postNATSourceIPv4Address postNAPTSourceTransportPort
	postNATDestinationIPv4Address postNAPTDestinationTransportPort observationTimeMilliseconds'
recorded flow "$event" port=2055 template=260
events=$(sort <<<"$RECORDED")
is "IPFIX has 400 events" "$RECORDED_COUNT" 400
recorded flow "$event" port=2056 template=260
is "NetFlow 9 has the same" "$(sort <<<"$RECORDED")" "$events"
recorded flow 'flowStartMilliseconds flowEndReason' port=2056
is "... without elements of IPFIX only" "$(sort -u <<<"$RECORDED")" "- -"
# One record for a translated source, one for a translated destination.
expected=$(awk '{
	flags = $1 == 4 ? 18 : 5
	common = $2 " " $3 " " $4 " " $9 " " $10 " " flags
	if ($3 != $7 || $4 != $8)
		print common, $7, $8, 0
	if ($5 != $9 || $6 != $10)
		print common, $5, 0, $6
}' <<<"$events" | sort)
recorded flow 'protocolIdentifier sourceIPv4Address sourceTransportPort destinationIPv4Address destinationTransportPort
	tcpControlBits ipNextHopIPv4Address bgpSourceAsNumber bgpDestinationAsNumber' port=2057 packetDeltaCount=0 octetDeltaCount=0
is "NetFlow 5 has a flow without packets for each translated end point" "$(sort <<<"$RECORDED")" "$expected"
is "... 500 of these" "$RECORDED_COUNT" 500
for event in 4 5; do
	is "nfdump reads the events of NetFlow 9: $event" "$(records nine %sa "nat event $event" | wc -l)" 200
done

# --- flows ---

flow='template sourceIPv4Address sourceTransportPort destinationIPv4Address destinationTransportPort packetDeltaCount
	octetDeltaCount postNATSourceIPv4Address postNAPTSourceTransportPort postNATDestinationIPv4Address
	postNAPTDestinationTransportPort'
recorded flow "$flow" port=2055 template=270
flows=$(sort <<<"$RECORDED")
# after PREROUTING the destination is already translated, so it is not a post-NAT field
is "IPFIX has 150 flows whose source will be translated" "$RECORDED_COUNT" 150
recorded flow "$flow" port=2056 template=270
is "NetFlow 9 has the same" "$(sort <<<"$RECORDED")" "$flows"
recorded_sums port=2057 protocolIdentifier=17
is "NetFlow 5 has the flows, and events do not change their sums" "${RECORDED#* }" "200 $((200 * 48))"
law_holds "flows and events"

done_testing
