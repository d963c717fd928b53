#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The list of destinations is changed while messages wait for some of them. A message that a
# collector of the old list has received is not sent to another one. A message that no collector
# has received is sent to those destinations of the old list that remain, or, if none remains, to
# all of the new list.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

declare -A PORT=([a]=2061 [b]=2062 [c]=2063)

# Destinations before the change; those that are stuck until the change; destinations after it;
# collectors that receive the flows exported before the change. "b5" is b by NetFlow 5.
CASES=(
	'a,b  | b   | a,c  | a'
	'a,b  | b   | c    | a'
	'a,b  | b   | b,c  | a,b'
	'a,b  | a,b | a,c  | a'
	'a,b  | a,b | b,a  | a,b'
	'a,b  | a,b | c    | c'
	'b    | b   | a,c  | a,c'
	'a,b5 | b   | a,c  | a'
	'a,b5 | a,b | c    | c'
	'b5   | b   | a,c  | a,c'
)

# destinations LIST
destinations() {
	local name list=''
	for name in ${1//,/ }; do
		list+=127.0.0.1:${PORT[${name:0:1}]}
		[ ${#name} = 1 ] || list+=/${name:1}
		list+=,
	done
	setting destination "${list%,}"
}

# stuck LIST: the firewall drops messages to these
stuck() {
	local name list=''
	for name in ${1//,/ }; do
		list+="-A OUTPUT -p udp --dport ${PORT[$name]} -j DROP"$'\n'
	done
	"$IPTABLES-restore" <<<"*filter"$'\n'"${list}COMMIT"
}

# arrived LIST PORT COUNT: each of these has COUNT flows to this port
arrived() {
	local name
	for name in ${1//,/ }; do
		has_count flow "$3" port="${PORT[${name:0:1}]}" destinationTransportPort="$2" || return
	done
}

# arrived_together PORT COUNT: a and b have COUNT flows to this port
arrived_together() {
	has_count flow "$2" destinationTransportPort="$1"
}

# without LIST LIST: print the names of the first list that are not in the second
without() {
	local name
	LEFT=''
	for name in ${1//,/ }; do
		[[ ,$2, == *,${name:0:1},* ]] || LEFT+=,$name
	done
	LEFT=${LEFT#,}
}

recorder_start all "${PORT[*]}"
router active_timeout=600 inactive_timeout=600
at_exit "$IPTABLES -F OUTPUT"
sent=0
for i in "${!CASES[@]}"; do
	IFS='|' read -r before held after _ <<<"${CASES[i]// /}"
	stuck "$held"
	destinations "$before" || bail "no destinations $before"
	# several messages by each protocol
	packets --dport $((7000 + i)) --sport 1000+100 --flows 100 --count 100
	flush
	without "$before" "$held"
	until_true 300 arrived "$LEFT" $((7000 + i)) 100 || fail "reachable destinations have all: $LEFT"
	counts_are "$before, stuck $held: what waits" queuedPackets "$([ "$LEFT" ] && echo 0 || echo 100)"
	destinations "$after" || bail "no destinations $after"
	stuck ''
	packets --dport $((7100 + i)) --sport 1000+100 --flows 100 --count 100
	flush
	# waiting messages are sent before it
	until_true 300 arrived "$after" $((7100 + i)) 100 || fail "all have the later flows: $after"
	sent=$((sent + 200))
	counts_are "... destinations $after: all is exported once" "outFlows outPackets queuedPackets lostPackets" "$sent $sent 0 0"
done

# What waits for a collector that stays is sent to it, also if it receives something else from then
# on: DESTINATIONS before, after.
A=127.0.0.1:${PORT[a]} B=127.0.0.1:${PORT[b]}
CHANGES=("$A $A|$B" "$A|$B $A" "$A $A&$B" "$A&$B $A" "$A $A,$B")
for i in "${!CHANGES[@]}"; do
	read -r before after <<<"${CHANGES[i]}"
	stuck a,b
	setting destination "$before" || bail "no destinations $before"
	packets --dport $((7200 + i)) --sport 1000+100 --flows 100 --count 100
	flush
	counts_are "$before, stuck: all waits" queuedPackets 100
	setting destination "$after" || bail "no destinations $after"
	stuck ''
	sent=$((sent + 100))
	ok "... then $after: all is sent" until_true 300 at_rest
	counts_are "... once" "outFlows outPackets queuedPackets lostPackets" "$sent $sent 0 0"
	until_true 60 arrived_together $((7200 + i)) 100
done
recorder_stop all

# "COLLECTOR'S PORT, DESTINATION PORT, FLOWS, DIFFERENT ONES"
awk '$1 == "flow" {
		for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
		key = v["port"] " " v["destinationTransportPort"]
		flows[key]++
		if (!seen[key, v["sourceTransportPort"]]++) different[key]++
	}
	END { for (key in flows) print key, flows[key], different[key] }' "$RECORDER" >"$TMP/flows"
declare -A GOT
while read -r port dport flows different; do
	GOT[$port,$dport]="$flows $different"
done <"$TMP/flows"

# each_has TITLE PORT LIST: each collector of the list has each flow once, the others none
each_has() {
	local name got='' want=''
	for name in a b c; do
		got+="$name: ${GOT[${PORT[$name]},$2]:-none}; "
		[[ ,$3 == *,$name* ]] && want+="$name: 100 100; " || want+="$name: none; "
	done
	is "$1" "$got" "$want"
}

for i in "${!CASES[@]}"; do
	IFS='|' read -r before held after have <<<"${CASES[i]// /}"
	each_has "$before, stuck $held, then $after: what was exported before the change" $((7000 + i)) "$have"
	each_has "... and after it" $((7100 + i)) "$after"
done
for i in "${!CHANGES[@]}"; do
	read -r before after <<<"${CHANGES[i]}"
	flows=0 different=0
	for name in a b; do
		read -r f d <<<"${GOT[${PORT[$name]},$((7200 + i))]:-0 0}"
		flows=$((flows + f)) different=$((different + d))
	done
	is "$before, stuck, then $after: each flow arrived once" "$flows $different" "100 100"
done
messages_right "all messages are right"

done_testing
