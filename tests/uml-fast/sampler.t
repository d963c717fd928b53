#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sampling: the mode determines how many records or packets are selected. The others are counted,
# all sums are correct, and the selection method is reported to collectors.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

needs_processors 2

PYTHON=/usr/bin/python3

# sample MODE NAME: use this mode from now on, with a separate recorder.
sample() {
	setting sampler "$1" || bail "sampler $1 is refused"
	recorder_start "$2" 2055
	setting destination 127.0.0.1:2055
}

# sampled: wait until all is exported and the recorder has received it.
sampled() {
	export_all
	setting destination 127.0.0.1:9
	stop "$PID"
}

# grown NAME...: set GROWN to the increase of counters since count_from.
count_from() {
	local name
	statistics
	declare -gA FROM=()
	for name in "${!COUNT[@]}"; do
		FROM[$name]=${COUNT[$name]}
	done
}

grown() {
	local name
	GROWN=''
	statistics
	for name; do
		GROWN+=" $((COUNT[$name] - FROM[$name]))"
	done
	GROWN=${GROWN# }
}

line() {
	grep -m 1 sampling /proc/net/stat/ipt_netflow
}

# between TITLE VALUE LEAST MOST
between() {
	compare "$1: $2 is $3 to $4" "$2 >= $3 && $2" '<=' "$4"
}

router destination=127.0.0.1:9 active_timeout=600 inactive_timeout=600
is "it is off by default" "$(setting sampler)" ''
is "... also in the statistics" "$(line)" "Flow sampling is disabled."

# --- flows, deterministic ---

sample d:10 deterministic
is "the setting shows the full name" "$(setting sampler)" deterministic:10
count_from
packets --cpu 0 --sport 1000+1005 --count 3015 --flows 1005 --size 72
sampled
grown inPackets outFlows outPackets discardedFlows discardedPackets discardedBytes unsampledPackets
is "deterministic: 101 of 1005 flows" "$GROWN" "3015 101 303 904 2712 271200 0"
sums_are "... and the collector has them" "101 303 30300"
is "... the statistics have the counts" "$(line)" \
	"Flow sampling mode deterministic one-out-of 10. Flows selected 101, discarded 904. Pkts selected 303, discarded 2712."
law_holds "deterministic"
recorded options 'selectorId flowSelectorAlgorithm samplingFlowInterval samplingFlowSpacing' template=305
is "... exported: one selected, then nine not" "${RECORDED%%$'\n'*}" "1 1 1 9"
recorded flow selectorId
is "... each record has the id of its selector" "$(sort -u <<<"$RECORDED")" 1
messages_right "... messages are right"
recorder_start statistics 2055
setting destination 127.0.0.1:2055
wait_for has options template=310
recorded options port template=305
before=$RECORDED_COUNT
setting engine_id 7
ok "... it is exported at once for another observation domain" wait_for has_count options $((before + 1)) template=305
has message domain=7 || bail "no message of that domain"
setting engine_id 0
stop "$PID"
recorded options 'selectorId selectorIDTotalFlowsObserved selectorIDTotalFlowsSelected selectorIdTotalPktsObserved selectorIdTotalPktsSelected' template=310
is "... and what was selected" "${RECORDED%%$'\n'*}" "1 1005 101 3015 303"

# --- flows, random ---

sample random:7 random
count_from
packets --cpu 0 --sport 1000+7000 --count 7000 --flows 7000 --size 0
packets6 --cpu 0 --sport 1000+700 --count 700 --flows 700 --size 0
sampled
grown inPackets outFlows discardedFlows
is "random: one of each 7 flows" "$GROWN" "7700 1100 6600"
recorded_sums
is "... and the collector has them" "${RECORDED% *}" "1100 1100"
recorded flow sourceTransportPort ipVersion=4
mapfile -t ports <<<"$RECORDED"
# One of each seven is selected in the order of export, which is not that of the ports, so only
# their distribution can be checked. Of 1100 independent choices, 500 are expected in the lower
# half of the ports; by Hoeffding's inequality the probability of a deviation of more than 110 is
# at most 2 exp(-2 * 110^2 / 1100), which is 6e-10.
between "... spread over all ports" "$(printf '%s\n' "${ports[@]}" | awk '$1 < 4500 { n++ } END { print n }')" 390 610
law_holds "random"
recorded options 'selectorId flowSelectorAlgorithm samplingSize samplingPopulation' template=306
is "... the sampling is exported" "${RECORDED%%$'\n'*}" "2 3 1 7"

# --- flows, by hash ---

sample hash:10 hash
count_from
packets --sport 1000+20000 --count 60000 --flows 20000 --size 0
sampled
grown outFlows outPackets unsampledPackets
read -r flows packets unsampled <<<"$GROWN"
# binomial of 20000 and 1/10: 2000; seven times the deviation is 297, a probability of 3e-12
between "hash: one of ten flows" "$flows" 1703 2297
is "... with all its packets" "$packets $unsampled" "$((flows * 3)) $((60000 - flows * 3))"
recorded flow sourceTransportPort
first=$(sort -n <<<"$RECORDED")
law_holds "hash"
recorded options 'selectorId flowSelectorAlgorithm samplingProbability' template=307
is "... the probability is exported" "${RECORDED%%$'\n'*}" "3 4 0.10000000000000001"
like "... the statistics" "$(line)" \
	"^Flow sampling mode hash one-out-of 10. Flows selected $flows. Pkts selected $packets, discarded $unsampled.$"
recorder_start again 2055
setting destination 127.0.0.1:2055
packets --sport 1000+20000 --count 20000 --flows 20000 --size 0
sampled
recorded flow sourceTransportPort
is "... the same flows again" "$(sort -n <<<"$RECORDED" | sum)" "$(sum <<<"$first")"

# --- packets, count-based ---

sample packets:100 packets
count_from
packets --cpu 0 --sport 1000+3 --count 10001 --flows 3 --size 72
sampled
grown inPackets outPackets unsampledPackets unsampledBytes
is "packets: one of a hundred" "$GROWN" "10001 101 9900 990000"
recorded_sums
is "... and the collector has them" "$RECORDED" "3 101 10100"
is "... the statistics" "$(line)" \
	"Packet sampling mode packets one-out-of 100. Flows selected 3. Pkts selected 101, discarded 9900."
law_holds "packets"
recorded options 'selectorId selectorAlgorithm samplingPacketInterval samplingPacketSpace' template=308
is "... the sampling is exported" "${RECORDED%%$'\n'*}" "4 1 1 99"

# --- packets, random ---

sample packets-random:10 packets-random
count_from
packets --cpu 0 --sport 1000+10 --count 20000 --flows 10 --size 72
packets6 --cpu 0 --sport 1000+10 --count 20000 --flows 10 --size 52
sampled
grown inPackets outPackets unsampledPackets unsampledBytes
is "packets-random: one of each ten" "$GROWN" "40000 4000 36000 3600000"
recorded flow 'packetDeltaCount' ipVersion=4
low=$(sort -n <<<"$RECORDED" | head -n 1) high=$(sort -n <<<"$RECORDED" | tail -n 1)
# Packet i belongs to flow i % 10, so systematic sampling would select packets of one flow only.
# Binomial of 2000 and 1/10: by Chernoff's bound the probability of at least 300 is 2e-11, and
# that of at most 105 is smaller, for each of the ten flows.
between "... of each flow" "$low" 105 300
between "... of each flow" "$high" 105 300
law_holds "packets-random"
recorded options 'selectorId selectorAlgorithm samplingSize samplingPopulation' template=309
is "... the sampling is exported" "${RECORDED%%$'\n'*}" "5 3 1 10"

# --- a packet that is several packets on the wire is sampled as several packets ---

cat >"$TMP/gso.py" <<'END'
import socket, sys
SOL_UDP, UDP_SEGMENT = 17, 103
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
for i in range(int(sys.argv[1])):
    s.sendto(bytes(40000), ("10.8.0.2", 9))
END
rules "$IPTABLES" 'mangle OUTPUT -o d0'
at_exit "rules $IPTABLES 'mangle -'"
sample packets:7 gso
count_from
taskset 1 "$PYTHON" "$TMP/gso.py" 50
sampled
grown inPackets inBytes outPackets outBytes unsampledPackets unsampledBytes
is "GSO: one segment of seven" "$GROWN" \
	"2000 $((2000 * 1028)) 286 $((286 * 1028)) 1714 $((1714 * 1028))"
law_holds "GSO"
rules "$IPTABLES" 'mangle -'

# --- two processors, changed in traffic, nothing is lost ---

sample packets:3 changes
statistics
before=$((COUNT[outPackets] + COUNT[unsampledPackets] + COUNT[discardedPackets]))
tun t1
rules "$IPTABLES" 'raw PREROUTING -i t1'
spawn '' "$NETFLOW_TOOLS/traffic" --tun t1 --src 10.9.0.2 --dst 10.8.0.2 --cpu 1 --sport 1000+500 \
	--count 1000000000 --flows 500 --size 0 --rate 10000 >"$TMP/other"
other=$PID
sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --cpu 0 --sport 1000+500 --flows 500 \
	--size 0 --rate 10000
for round in 1 2 3; do
	for mode in d:3 '' h:5 p:10 packets-r:2 off r:4; do
		setting sampler "$mode" || fail "$mode is rejected, round $round"
		metered_more 1000
	done
done
stop "$other"
sent_is "$(<"$TMP/other")"
packets=$SENT_PACKETS
sender_stop
packets=$((packets + SENT_PACKETS))
setting sampler none
sampled
statistics
is "changed 21 times during traffic, each packet is accounted for" \
	"$((COUNT[outPackets] + COUNT[unsampledPackets] + COUNT[discardedPackets] - before))" "$packets"
law_holds "changed in traffic"
counts_are "nothing is lost" "lostPackets dropPackets" "0 0"
messages_right "messages are right"
recorded gap port
is "no record is missing" "$RECORDED" ''
is "switched off" "$(setting sampler)$(line)" "Flow sampling is disabled."

done_testing
