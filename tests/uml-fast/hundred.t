#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hundred destinations: each receives all. The list is changed in traffic: those that stay lose
# nothing.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# list FIRST LAST [WORD]: destinations on these ports
list() {
	local port text=''
	for ((port = $1; port <= $2; port++)); do
		text+=,127.0.0.1:$port${3:-}
	done
	echo "${text#,}"
}

router active_timeout=600 inactive_timeout=600 destination=
recorder_start hundred "--totals $(echo {3001..3100})"
text=$(list 3001 3100)
compare "the list is longer than what the C library writes at once" "${#text}" '>' 1024
ok "sysctl sets it" sysctl -qw "net.netflow.destination=$text"
is "... all of it" "$(setting destination)" "$text"
packets --sport 1000+2000 --flows 2000 --count 10000
export_all
counts_are "each flow counts once" "outFlows lostFlows" "2000 0"
until_true 120 at_rest
recorder_stop hundred
complete=0
for port in {3001..3100}; do
	recorded total 'flows packets octets gaps problems' port="$port"
	if [ "$RECORDED" = "2000 10000 $SENT_OCTETS 0 0" ]; then
		complete=$((complete + 1))
	else
		diag "port $port: $RECORDED"
	fi
done
is "each of a hundred destinations has all, exactly" "$complete" 100

# --- in traffic ---

recorder_start traffic "--totals $(echo {3101..3120})"
# these stay: alone, by another protocol, as alternatives, and two that share
STAY='127.0.0.1:3101,127.0.0.1:3102/9,127.0.0.1:3103|127.0.0.1:3104,127.0.0.1:3105&127.0.0.1:3106'
CHANGES=("$(list 3107 3120)" '' "$(list 3107 3112)" "$(list 3110 3120 /9)" "$(list 3107 3110 /fields=vlan)"
	'127.0.0.1:3107|127.0.0.1:3108' '127.0.0.1:3109&127.0.0.1:3110' "$(list 3107 3120 /mtu=600)")
setting active_timeout 1
setting destination "$STAY"
counts "inPackets"
before=$COUNTS
sender_start '' --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1000+500 --flows 500 --rate 20000 || bail "no sender"
changed=0
for i in {0..39}; do
	more=${CHANGES[i % ${#CHANGES[@]}]}
	setting destination "$STAY${more:+,$more}" && metered_more 500 && changed=$((changed + 1))
done
is "the list is changed forty times in traffic" "$changed" 40
sender_stop
resting
export_all
until_true 120 at_rest
counts_are "nothing is lost" "lostPackets queuedPackets" "0 0"
counts "inPackets"
sent=$((COUNTS - before))
recorder_stop traffic
total_of() {
	recorded total packets port="$1"
	echo "$RECORDED"
}
for port in 3101 3102 3103; do
	is "what stays has all packets: port $port" "$(total_of $port)" "$sent"
done
is "... the alternative none" "$(total_of 3104)" 0
is "... two that share have all together" "$(($(total_of 3105) + $(total_of 3106)))" "$sent"
recorded total 'gaps problems' port=3101
is "... without a gap" "$RECORDED" "0 0"

law_holds "in the end"
done_testing
