#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The files in /proc/net/stat: their formats, their permissions, the sums of their numbers, and
# reading a large table in traffic.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

TEXT=/proc/net/stat/ipt_netflow
FLOWS=/proc/net/stat/ipt_netflow_flows

# text_like TITLE REGEX: a line of the human-readable statistics matches.
text_like() {
	like "$1" "$CONTENT" $'(^|\n)'"$2"$'(\n|$)'
}

recorder_start all "--totals 2055"
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600
mode=$(stat -c %a $TEXT $STATS $FLOWS)
is "modes of the files" "${mode//$'\n'/ }" "444 444 400"
not "a user cannot read the flows" setpriv --reuid 65534 --clear-groups cat $FLOWS
read -r header <$FLOWS
is "an empty table has a header only" "$(<$FLOWS)" "$header"

# --- formats ---

packets --proto tcp --sport 4321 --dport 80 --flags 18 --tos 8 --count 7 --size 10
packets6 --proto esp --sport 77 --count 2 --size 10
mapfile -t lines <$FLOWS
is "header and two flows" "${#lines[@]}" 3
is "the header" "${lines[0]}" \
	"# hash a dev:i,o proto src:ip,port dst:ip,port nexthop tos,tcpflags,options,tcpoptions packets bytes ts:first,last"
read -ra head <<<"${lines[0]}"
read -r t0 </sys/class/net/t0/ifindex
for line in "${lines[@]:1}"; do
	read -ra words <<<"$line"
	is "lines have as many words as the header" ${#words[@]} ${#head[@]}
	case $line in
	*10.9.0.2*)
		like "an IPv4 flow" "$line" \
			"^[12] [0-9a-f]{4,} 0 $t0,-1 6 10\.9\.0\.2,4321 10\.8\.0\.2,80 0\.0\.0\.0 8,12,0,0 7 350 [0-9]+,[0-9]+\$" ;;
	*)
		like "an IPv6 flow" "$line" \
			"^[12] [0-9a-f]{4,} 0 $t0,-1 50 fd00:9::2,0 fd00:8::2,77 :: 0,0,0,0 2 116 [0-9]+,[0-9]+\$" ;;
	esac
done
read -rd '' CONTENT <$TEXT
n='[0-9]+'
text_like "version" "ipt_NETFLOW [0-9.]+.*"
text_like "protocol" "Protocol version 10 \(ipfix\), refresh-rate 200, timeout-rate 1, \(templates 38, active $n\)\."
text_like "time-outs" "Timeouts: active 600s, inactive 600s\. Maxflows $(maxflows_initial)"
text_like "flows" "Flows: active 2 \(peak 2 reached ${n}d${n}h${n}m ago\), mem ${n}K, worker delay $n/$n \[$n\.\.$n\] \($n ms, $n us, .*\)\."
text_like "hash" "Hash: size $n \(mem ${n}K\), metric $n\.$n.*\. InHash: 9 pkt, 0 K, InPDU 0, 0\."
text_like "rate" "Rate: $n bits/sec, $n packets/sec; Avg 1 min: $n bps, $n pps; 5 min: $n bps, $n pps"
text_like "head of the CPUs" "cpu#     pps; <search found new \[metric\], trunc frag alloc maxflows>, traffic: <pkt, bytes>, drop: <pkt, bytes>"
text_like "all CPUs" "Total +$n; +$n $n 2 \[$n\.$n\], +0 +0 +0 +0, traffic: 9, 0 MB, drop: 0, 0 K"
text_like "a CPU" "cpu1 +$n; .*"
text_like "export" "Export: Rate $n bytes/s; Total $n pkts, $n MB, 0 flows; Errors 0 pkts; Traffic lost 0 pkts, 0 Kbytes, 0 flows\."
text_like "destination" "sock0: 127\.0\.0\.1:2055, sndbuf $n, filled $n, peak $n; err: sndbuf reached 0, connect 0, cberr 0, other 0.*"
names=''
mapfile -t lines <$STATS
for line in "${lines[@]}"; do
	read -ra words <<<"$line"
	names+=" ${words[0]}"
	[[ $line != cpu* ]] || is "${words[0]} has 11 numbers" $((${#words[@]} - 1)) 11
done
like "names of the statistics for programs, in their order" "$names" \
	'^ inBitRate inPacketRate inFlows inPackets inBytes hashMetric hashMemory hashFlows hashPackets hashBytes dropPackets dropBytes outByteRate outFlows outPackets outBytes lostFlows lostPackets lostBytes errTotal cpu0 cpu1 sock0 sndbufPeak'
statistics
like "the numbers of a destination" "${COUNT[sock0]}" "^127\.0\.0\.1:2055 1 0 0 0 0 $n $n $n 1 $n $n 0 0 0 0 0 0 0 0\$"

# --- a large table, read in traffic ---

packets --src 10.9.0.10 --sport 1000+20000 --flows 20000 --count 20000 --size 0
"$NETFLOW_TOOLS/traffic" --tun t0 --src 10.9.0.11 --dst 10.8.0.2 --sport 1+50 --flows 50 --count 100000 --rate 500 >"$TMP/sent" &
sender=$!
counts "inPackets"
before=$COUNTS
cat $FLOWS >"$TMP/flows"
counts "inPackets"
compare "packets are metered while the table is read" "$COUNTS" '>' "$before"
ok "... and afterwards" kill -0 $sender
awk -v head=${#head[@]} '
	$6 ~ /^10\.9\.0\.10,/ { found++; if (!seen[$6]++) unique++; if ($10 != 1 || $11 != 28) bad++ }
	NR > 1 && $1 != NR - 1 { bad++ }
	NF != head { bad++ }
	END { print found + 0, unique + 0, bad + 0 }' "$TMP/flows" >"$TMP/result"
read -r found unique bad <"$TMP/result"
is "each of 20000 flows is there, once, and correct" "$found $unique $bad" "20000 20000 0"
kill $sender
wait $sender 2>/dev/null
law_holds "with flows in the table"

# --- the numbers match the sent packets ---

flush
until_true 300 at_rest
counts_are "after flush 1 the table is empty" "hashFlows hashPackets hashBytes" "0 0 0"
is "... also in the file of flows" "$(<$FLOWS)" "$header"
law_holds "... and"
counts "outFlows outPackets outBytes"
sent=$COUNTS
compare "flows were exported" "${COUNT[outFlows]}" '>=' 20052
setting flush 2
counts_are "flush 2 sets all to zero" \
	"inFlows inPackets inBytes outFlows outPackets outBytes lostFlows dropPackets errTotal" "0 0 0 0 0 0 0 0 0"
packets --cpu 0 --count 5 --size 0
until_true 300 metered 5
counts_are "... and they count on from there" "inFlows inPackets inBytes hashFlows" "1 5 140 1"
law_holds "... and"
flush
until_true 300 at_rest
recorder_stop all
recorded total 'flows packets octets problems gaps'
read -r flows packets octets problems gaps <<<"$RECORDED"
is "the collector has the sums of the statistics" "$((flows - 1)) $((packets - 5)) $((octets - 140))" "$sent"
is "... in valid messages, without a gap" "$problems $gaps" "0 0"

done_testing
