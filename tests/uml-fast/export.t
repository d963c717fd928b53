#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The exported messages: templates and their retransmission, options data, sequence numbers,
# sizes of messages, end reasons, delays.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# The numbers of elements that are flow keys (RFC 7011 section 4.4).
KEYS=' 4 5 7 8 10 11 12 27 28 32 33 61 139 295 '

# reason TITLE NUMBER COUNT [NAME=VALUE...]: number of flows with this flowEndReason.
reason() {
	until_true 300 has_count flow "$3" flowEndReason="$2" "${@:4}"
	recorded flow port flowEndReason="$2" "${@:4}"
	is "$1: flowEndReason $2" "$RECORDED_COUNT" "$3"
}

router active_timeout=600 inactive_timeout=600
setting destination ''
setting refresh-rate 1000000
ip link set d0 alias "uplink to the sink"
recorder_start all 2055
setting destination 127.0.0.1:2055
until_true 300 has template id=256

# --- options data for a new collector ---

until_true 300 has options interfaceName=d0
names=''
for file in /sys/class/net/*/ifindex; do
	read -r index <"$file"
	name=${file%/ifindex}
	names+="$index ${name##*/}"$'\n'
done
recorded options 'ingressInterface interfaceName' template=304
is "all interfaces have a name" "$(sort <<<"$RECORDED")" "$(sort <<<"${names%$'\n'}")"
recorded options interfaceDescription interfaceName=d0
is "... and a description" "$RECORDED" uplink_to_the_sink
recorded template 'id fields' scope=0
templates=$RECORDED
compare "flow templates" "$RECORDED_COUNT" '>=' 9
while read -r id fields; do
	[[ ,$fields != *,230:* ]] || continue	# events have no flow keys
	want=0 bit=0
	for field in ${fields//,/ }; do
		[[ $KEYS != *" ${field%:*} "* ]] || want=$((want | 1 << bit))
		bit=$((bit + 1))
	done
	recorded options flowKeyIndicator template=303 templateId="$id"
	is "flow keys of template $id" "$RECORDED" $want
done <<<"$templates"
recorded template 'id scope fields' id=300
like "metering process statistics" "$RECORDED" '^300 2 149:4,143:4,.*41:8,42:8,40:8'
recorded template 'id scope fields' id=301
is "metering process reliability" "$RECORDED" "301 2 149:4,143:4,164:8,165:8,323:8,323:8"
recorded template 'id scope fields' id=302
is "exporting process reliability" "$RECORDED" "302 1 144:4,166:8,167:8,168:8,323:8,323:8"

# --- end reasons and delays ---

setting inactive_timeout 2
packets --sport 1 --dport 1001 --count 3
packets --proto tcp --flags 17 --sport 2 --dport 1003
reason "idle" 1 1 destinationTransportPort=1001
reason "TCP with FIN, then idle" 3 1 destinationTransportPort=1003
recorded flow 'arrived flowEndMilliseconds' destinationTransportPort=1001
read -r arrived last <<<"$RECORDED"
compare "an idle flow is not sent before its time-out" $((arrived - last)) '>=' 2000
# uml-travel/timeouts.t tests the time until then
setting inactive_timeout 600
setting active_timeout 2
packets --sport 3 --dport 1002 --count 40 --rate 8
packets_sent=$SENT_PACKETS
setting active_timeout 600
flush
until_true 300 at_rest
recorded flow packetDeltaCount destinationTransportPort=1002 flowEndReason=2
compare "a flow of five seconds is split by the active time-out of two" "$RECORDED_COUNT" '>=' 2
recorded_sums destinationTransportPort=1002
read -r _ sum _ <<<"$RECORDED"
is "... its records add up" "$sum" "$packets_sent"
packets --sport 4 --dport 1004
flush
reason "flushed" 4 1 destinationTransportPort=1004
setting maxflows 10
packets --cpu 0 --sport 1000+200 --flows 200 --count 200 --dport 1005
counts "hashFlows"
compare "maxflows is kept" "$COUNTS" '<=' 10
recorded_sums destinationTransportPort=1005 flowEndReason=5
until_true 300 has_count flow $((200 - COUNTS)) destinationTransportPort=1005 flowEndReason=5
recorded_sums destinationTransportPort=1005 flowEndReason=5
is "evicted: flowEndReason 5" "${RECORDED%% *}" $((200 - COUNTS))
setting maxflows 0
flush
until_true 300 at_rest

# --- packets that cannot be metered, for the reliability record ---

rules "$IPTABLES" 'raw OUTPUT -o d0'
# shellcheck disable=SC2016 # expanded by Perl
ok "malformed packets" perl -MSocket=:all -e '
	socket(my $s, AF_INET, SOCK_RAW, 255) or die;
	send($s, pack("H*", "55" . "00" x 49), 0, pack_sockaddr_in(0, inet_aton("10.8.0.7"))) or die for 1..3;'

# --- once a minute, whether there is traffic or not ---

ok "statistics are sent once a minute" until_true 300 has options template=301 ignoredPacketTotalCount=3
recorded options 'ignoredPacketTotalCount ignoredOctetTotalCount' template=301
is "metering process reliability counts them" "${RECORDED##*$'\n'}" "3 150"
recorded options 'exportedMessageTotalCount exportedFlowRecordTotalCount observedFlowTotalCount' template=300
read -r messages flows observed <<<"${RECORDED##*$'\n'}"
counts "outFlows inFlows"
is "metering process statistics have the counts" "$flows $observed" "$COUNTS"
# the line of a message follows those of its records
before=$(awk '/^options .* template=300 / { before = seen } /^message / { seen++ } END { print before }' "$RECORDER")
is "... and that of messages before them, those of templates included" "$messages" "$before"
until_true 300 has_count template 2 id=256
recorded template id id=256
is "templates were sent again after their time" "$RECORDED_COUNT" 2
recorded message 'records arrived'
latest=0 oldest=0
while read -r records arrived; do
	if [ "$records" = 0 ]; then
		latest=$arrived
	elif [ $((arrived - latest)) -gt "$oldest" ]; then
		oldest=$((arrived - latest))
	fi
done <<<"$RECORDED"
compare "... no data record follows templates older than a minute" "$oldest" '<' 60000

# --- by number of packets; maximum lengths ---

recorder_stop all
messages_right "all messages are right"
recorded gap port
is "sequence numbers count all data records" "$RECORDED" ''
setting mtu 600
setting refresh-rate 3
recorder_start small 2055
setting destination '' && setting destination 127.0.0.1:2055
packets --sport 1000+200 --flows 200 --count 200
flush
until_true 300 at_rest
until_true 300 has_count flow 200
since=0 most=0
while read -r line; do
	case $line in
	*' id=256 '*) since=0 ;;
	message*' records=0 '*) ;;
	message*) since=$((since + 1)) ;;
	esac
	most=$((most > since ? most : since))
done <"$RECORDER"
is "templates are sent after each three messages" $most 3
recorder_stop small
messages_right "... and no data before them"
recorded total 'longest gaps'
compare "mtu 600: no message is too long" "${RECORDED% *}" '<=' $((600 - 28))
compare "... and they are filled" "${RECORDED% *}" '>' $((600 - 28 - 70))
is "... no gap" "${RECORDED#* }" 0

# --- a link with a small MTU on the path; no fragments ---

setting mtu 0
ip -batch - <<-END
	netns add far
	link add late0 mtu 1280 type veth peer name far0 netns far
	address add 10.7.1.1/24 dev late0
	link set late0 up
END
at_exit "ip link del late0"
ip -n far -batch - <<-END
	address add 10.7.1.2/24 dev far0
	link set far0 up
END
recorder_start far 2055 far
capture_start wire '' late0 'udp port 2055' || bail "no capture"
setting destination 10.7.1.2:2055
packets --sport 1000+200 --flows 200 --count 200
flush
until_true 300 at_rest
until_true 300 has_count flow 200
recorder_stop far
messages_right "over a link of 1280 octets all messages are right"
recorded total 'longest flows'
compare "... none is longer than fits" "${RECORDED% *}" '<=' $((1280 - 28))
compare "... and they are filled" "${RECORDED% *}" '>' $((1280 - 28 - 70))
capture_stop wire
compare "... the capture has as many" "$(tcpdump -nr "$TMP/wire.pcap" 2>/dev/null | wc -l)" '>' 5
not_df=$(tcpdump -nr "$TMP/wire.pcap" 'ip[6:2] != 0x4000' 2>/dev/null)
is "... none may be fragmented" "$not_df" ''
law_holds "in the end"

done_testing
