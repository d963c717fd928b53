#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A flow has one record per time-out, although its packets pass two processors: alternately, or
# the first half on one processor and the rest on the other. The exporter avoids the processor
# that has the packets.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

needs_processors 2

tun t0
sink '' d0
module_load destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t0 -j NETFLOW
collector_start all 2055 || bail "no collector"

four=(--tun t0 --src 10.9.0.2 --dst 10.8.0.2)
six=(--tun t0 --src fd00:9::2 --dst fd00:8::2)

# send PORT NAME OPTION...: send more packets of a flow, or a new flow
send() {
	local port=$1 flows packets octets
	NAME[port]=$2
	shift 2
	traffic --dport "$port" "$@" || bail "no traffic"
	read -r flows packets octets <<<"${SENT[port]:-0 0 0}"
	: "$flows"
	SENT[port]="$SENT_FLOWS $((packets + SENT_PACKETS)) $((octets + SENT_OCTETS))"
}
SENT=() NAME=()

# in_turn ROUNDS PORT NAME OPTION...: each flow has a packet on one processor, then one on the
# other, and so on.
in_turn() {
	local rounds=$1 round
	shift
	for ((round = 0; round < rounds; round++)); do
		send "$@" --cpu $((round % 2))
	done
}

both_have_flows() {
	awk '/^cpu[01] / && $4 > 0 { n++ } END { exit n != 2 }' "$STATS"
}

many4=("${four[@]}" --sport 1+5000 --flows 5000 --count 5000)
many6=("${six[@]}" --sport 1+5000 --flows 5000 --count 5000)

# Flush.
send 7001 "flush, one flow" "${four[@]}" --count 1000 --cpu 0,1
ok "both processors have a part of the flow" wait_for both_have_flows
in_turn 5 7002 "flush, 5000 flows" "${many4[@]}"
in_turn 5 7003 "flush, 5000 flows of IPv6" "${many6[@]}"
export_all

# The first half on one processor, the rest on the other.
send 7004 "moved" "${four[@]}" --sport 1+1000 --flows 1000 --count 4000 --cpu 0
send 7004 "moved" "${four[@]}" --sport 1+1000 --flows 1000 --count 4000 --cpu 1
export_all

# Inactive: the two parts of a flow become idle at different times. The part that times out first
# must wait for the other, which still has packets.
in_turn 2 7005 "inactive, moved" "${six[@]}" --sport 1+1000 --flows 1000 --count 1000
sender_start '' "${six[@]}" --sport 1+1000 --flows 1000 --dport 7005 --cpu 1 --rate 8000
returned=$(counter returnedFlows)
setting inactive_timeout 2
ok "parts are returned to the processor with the rest" \
	wait_for counter_reaches returnedFlows $((returned + 1000))
setting inactive_timeout 600
sender_stop
read -r flows packets octets <<<"${SENT[7005]}"
SENT[7005]="$flows $((packets + SENT_PACKETS)) $((octets + SENT_OCTETS))"
send 7005 "inactive, moved" "${six[@]}" --sport 1+1000 --flows 1000 --count 1000 --cpu 0
in_turn 5 7006 "inactive, 5000 flows" "${many4[@]}"
send 7007 "inactive, one flow" "${four[@]}" --count 100 --rate 200 --cpu 0,1
setting inactive_timeout 1
ok "all flows have timed out" wait_for drained

# Active: time-outs while packets continue. These records go to the recorder, because nfdump
# 1.7.1 prints wrong milliseconds for the end of a flow.
recorder_start active 2056
setting destination 127.0.0.1:2056
setting inactive_timeout 600
setting active_timeout 2
begin=$(now) rounds=0 least=$(($(counter outFlows) + 2 * 500))
# two time-outs of each flow
until counter_reaches outFlows $least || [ $(($(now) - begin)) -gt $((PATIENCE * 1000)) ]; do
	in_turn 2 7008 "active" "${four[@]}" --sport 1+500 --flows 500 --count 500
	rounds=$((rounds + 2))
done
diag "active: $rounds packets of each flow in $(($(now) - begin)) ms"
active=${SENT[7008]#* }
unset "SENT[7008]"
export_all
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter hashPackets)" "0 0 0"

collector_stop all
for port in "${!SENT[@]}"; do
	is "${NAME[port]}: records, packets, octets" "$(total all "dst port $port")" "${SENT[port]}"
done

recorder_stop active
sums=$(awk '/^flow / {
	for (i = 2; i <= NF; i++) {
		split($i, word, "=")
		v[word[1]] = word[2]
	}
	packets += v["packetDeltaCount"]
	octets += v["octetDeltaCount"]
	print v["sourceTransportPort"], v["flowStartMilliseconds"], v["flowEndMilliseconds"] >records
} END { print packets, octets }' records="$TMP/records" "$RECORDER")
is "active: packets, octets" "$sums" "$active"
# Records do not overlap: the next one starts a time-out later. Two may overlap by the time between
# the end of the first part and the request to the other processor for its part, if both have
# packets in it. Parts that were not merged would start at the same time.
sort -n "$TMP/records" | awk '{
	count[$1]++
	if ($1 == port && (!least || $2 - start < least))
		least = $2 - start
	port = $1
	start = $2
} END {
	for (p in count) {
		flows++
		if (count[p] < 2)
			odd++
	}
	printf "%d flows, %d with less than two records\n", flows, odd
	print least + 0 >shortest
}' shortest="$TMP/shortest" >"$TMP/verdict"
is "active: two records each, or more" "$(cat "$TMP/verdict")" "500 flows, 0 with less than two records"
compare "active: consecutive records, minimum time between two starts in ms" "$(cat "$TMP/shortest")" '>' 1000

# exporter_on CPU: set EXPORTER to the CPUs on which the exporter runs while a flood is on CPU. It
# avoids a CPU with many packets. A sample counts only if there were many packets in each of the
# twelve samples before it, because the host may stall the processor for a while.
exporter_on() {
	local looks=0 many=0 line packets last=0 time passed end=$((SECONDS + PATIENCE))
	spawn '' "$NETFLOW_TOOLS/traffic" "${four[@]}" --dport 7009 --sport 1+5000 --flows 5000 \
		--cpu "$1" --count 4000000000 >/dev/null
	time=${EPOCHREALTIME/./}
	until [ "$looks" = 20 ] || [ "$SECONDS" -gt "$end" ]; do
		pause 0.05
		flush
		while read -r line; do
			[[ ! $line =~ us,\ cpu\ ([0-9]+) ]] || EXPORTER=${BASH_REMATCH[1]}
			[[ ! $line =~ ^Total\ .*traffic:\ ([0-9]+) ]] || packets=${BASH_REMATCH[1]}
		done </proc/net/stat/ipt_netflow
		passed=$((${EPOCHREALTIME/./} - time))
		time=$((time + passed))
		if [ $(((packets - last) * 1000000 / passed)) -ge 30000 ]; then
			many=$((many + 1))
		else
			many=0
		fi
		last=$packets
		[ "$many" -le 12 ] || {
			looks=$((looks + 1))
			echo "$EXPORTER"
		}
	done >"$TMP/cpus"
	stop "$PID"
	EXPORTER=$(sort -u "$TMP/cpus" | tr -s ' \n' ' ')
	diag "$looks looks among many packets"
}

setting destination 127.0.0.1:2057
exporter_on 0
is "packets on the first processor: the exporter runs on the second" "$EXPORTER" "1 "
exporter_on 1
is "packets on the second: the exporter runs on the first" "$EXPORTER" "0 "
setting exportcpu 1
exporter_on 1
is "exportcpu=1, packets on the second" "$EXPORTER" "1 "

done_testing
