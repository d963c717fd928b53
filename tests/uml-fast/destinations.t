#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Destinations: several, with a source or an interface; not present yet, gone for a while,
# unreachable. Records that can be queued are sent later, the others are counted as lost.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# send FLOWS PACKETS: send, and flush the tables. TOTAL has the sums of the packets sent since it
# was reset.
TOTAL=(0 0 0)
send() {
	packets --sport 1000+8000 --flows "$1" --count "$2" --size 30
	TOTAL=($((TOTAL[0] + SENT_FLOWS)) $((TOTAL[1] + SENT_PACKETS)) $((TOTAL[2] + SENT_OCTETS)))
	flush
}

# queued_now: records wait, because no collector accepts them.
queued_now() {
	statistics
	[ "${COUNT[queuedPackets]}" -gt 0 ]
}

connected() {
	statistics
	[[ ${COUNT[sock0]} == "$1 1 "* ]]
}

recorder_start all "2055 2061 2062 2063 2064 2065 2066 2067 2068 2069 2070"
log_start

# --- ten at once ---

router active_timeout=600 inactive_timeout=600 destination=127.0.0.1:9
setting destination \
	'127.0.0.1:2061,127.0.0.1:2062@127.0.0.9;[::1]:2063,[::1]:2064@::1 127.0.0.1:2065%lo,::1p2066,127.0.0.1:2067@127.0.0.8%lo,127.0.0.1:2068,127.0.0.1:2069,[::1]#2070,127.0.0.1:2061'
statistics
is "a repeated destination is used once" "${COUNT[sock9]%% *}${COUNT[sock10]-}" "[::1]:2070"
send 30 300
until_true 300 at_rest
until_true 300 has_count flow 300
for port in 2061 2062 2063 2064 2065 2066 2067 2068 2069 2070; do
	sums_are "all of ten have all: port $port" "30 300 ${TOTAL[2]}" "port=$port"
done
recorded message source port=2062
like "a source address is used" "$RECORDED" '^127\.0\.0\.9#'

# --- no route to it, then there is one ---

setting destination 10.7.0.2:2055
TOTAL=(0 0 0)
send 20 100
law_holds "no route to the host"
counts_are "... and nothing is lost" lostPackets 0
ok "... it waits" queued_now
logged_once "... the log has one line" '10\.7\.0\.2:2055: cannot connect'
at_exit "ip address del 10.7.0.2/32 dev lo"
ip address add 10.7.0.2/32 dev lo
ok "when there is a route, they are sent" until_true 300 at_rest
until_true 300 has_count flow 20 port=2055
sums_are "... all of it" "${TOTAL[*]}" port=2055
recorded message source port=2055
source=${RECORDED##*$'\n'}

# --- the route is removed; more records come than can be queued ---

setting mtu 512
ip address del 10.7.0.2/32 dev lo
# 32 blocks of 63 flows
setting logsize $((32 * 4096))
room=$((32 * 63))
send 6000 6000
# it is skipped when the stream has made no progress for five seconds
overflowed() {
	statistics
	[ "${COUNT[lostFlows]}" -gt 0 ] && [ "${COUNT[hashPackets]}" = 0 ]
}
ok "a full log loses the oldest" until_true 300 overflowed
flush
law_holds "without the route"
counts "lostFlows lostPackets queuedPackets"
read -r lost_flows lost_packets queued <<<"$COUNTS"
compare "... at least what it has no room for" "$lost_flows" '>=' $((6000 - room))
compare "... and keeps more than a third of its room" "$queued" '>' $((room / 3))
is "... each flow had a packet" "$lost_packets" "$lost_flows"
ip address add 10.7.0.2/32 dev lo
ok "when the route is back, the kept messages are sent" until_true 300 at_rest
counts_are "... and no more is lost" lostFlows "$lost_flows"
# options data are sent with the first message after a connect
until_true 300 has options port=2055 template=302 notSentFlowTotalCount="$lost_flows"
until_true 300 has_count flow $((TOTAL[0] - lost_flows)) port=2055
recorded_sums port=2055
read -r flows sum octets <<<"$RECORDED"
is "received and lost are what was sent" \
	"$((flows + lost_flows)) $((sum + lost_packets)) $((octets + COUNT[lostBytes]))" "${TOTAL[*]}"
recorded gap 'expected sequence' port=2055
read -r expected sequence <<<"$RECORDED"
compare "the sequence number shows the loss" $((sequence - expected)) '>=' "$lost_flows"
compare "... of the flows and some options data" $((sequence - expected)) '<' $((lost_flows + 200))
is "... once" "$RECORDED_COUNT" 1
recorded options 'notSentFlowTotalCount notSentPacketTotalCount' template=302 port=2055
is "exporting process reliability has the loss" "${RECORDED##*$'\n'}" "$lost_flows $lost_packets"
recorded message source port=2055
is "the source port is the same as before" "${RECORDED##*$'\n'}" "$source"
recorded template id port=2055 id=256
compare "templates were sent again" "$RECORDED_COUNT" '>=' 2

# --- the firewall rejects the messages for a while ---

"$IPTABLES" -A OUTPUT -p udp --dport 2055 -j DROP
TOTAL=(0 0 0)
recorded_sums port=2055
before=${RECORDED%% *}
send 15 60
ok "a firewall drops the export: messages wait" queued_now
law_holds "... meanwhile"
"$IPTABLES" -D OUTPUT -p udp --dport 2055 -j DROP
ok "the firewall accepts it: they are sent" until_true 300 at_rest
counts_are "... and nothing is lost" lostFlows "$lost_flows"
until_true 300 has_count flow $((before + 15)) port=2055
recorded_sums port=2055
is "... all flows arrive" "${RECORDED%% *}" $((before + 15))

# --- the interface is created, deleted, and created again ---

# The far end first: messages sent while it is down count as sent, and are lost.
late() {
	ip link add late0 type veth peer name far0 netns far
	ip -n far -batch - <<-END
		address add 10.7.1.2/24 dev far0
		link set far0 up
	END
	ip -batch - <<-END
		address add 10.7.1.1/24 dev late0
		link set late0 up
	END
}

setting destination '10.7.1.2:2055%late0'
TOTAL=(0 0 0)
send 10 50
ok "the interface does not exist: messages wait" queued_now
ip netns add far
late 2>/dev/null
spawn far "$NETFLOW_TOOLS/recorder" 2055 >"$TMP/far"
COLLECTOR_PID[far]=$PID
all=$RECORDER RECORDER=$TMP/far
ok "the interface is added: the destination is connected" until_true 300 connected '10.7.1.2:2055%late0'
until_true 300 at_rest
send 5 5
until_true 300 at_rest
ip link del late0
send 12 24
law_holds "without the interface"
counts_are "... nothing is lost" lostFlows "$lost_flows"
ok "... it waits" queued_now
late 2>/dev/null
ok "the interface is added again: all is sent" until_true 300 at_rest
send 1 1
until_true 300 at_rest
until_true 300 has_count flow 28
sums_are "all of it arrives" "${TOTAL[*]}"
recorded message source
is "... from the same port" "$(sort -u <<<"$RECORDED" | wc -l)" 1
RECORDER=$all

# --- no process listens yet ---

setting destination 127.0.0.1:2072
TOTAL=(0 0 0)
send 10 40
law_holds "no process listens"
"$NETFLOW_TOOLS/recorder" 2072 >"$TMP/later" &
COLLECTOR_PID[later]=$!
at_exit "stop ${COLLECTOR_PID[later]}"
RECORDER=$TMP/later
until_true 300 listening 2072
ok "a process listens: all is sent" until_true 300 at_rest
until_true 300 has_count flow 10
counts "lostFlows"
recorded_sums
is "received and lost are what was sent" "$((${RECORDED%% *} + COUNTS - lost_flows))" 10

recorder_stop later
messages_right "all messages are right, those after the start"
recorder_stop far
messages_right "... over an interface that came and went"
recorder_stop all
messages_right "... all others"
law_holds "in the end"

done_testing
