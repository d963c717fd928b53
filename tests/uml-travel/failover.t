#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A destination with alternatives, A|B: the first one that is alive receives all. No flow is lost
# or sent twice when one dies; the first one is preferred again when it has been alive for a
# minute.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

RECORDER_LARGE=1
FLOWS=500
NEXT=1000

# burst: FLOWS flows of ports that were not used before
burst() {
	packets --sport $NEXT+$FLOWS --flows $FLOWS --count $FLOWS || bail "no traffic"
	NEXT=$((NEXT + FLOWS))
}

# flows NAME PORT FROM: print the number of flows in a recorder's file with source ports from here
# on, and the number of different ones
flows() {
	awk '$1 == "flow" && / port='"$2"' / {
			for (i = 2; i <= NF; i++) if ($i ~ /^sourceTransportPort=/) p = substr($i, 21) + 0
			if (p >= '"$3"') { n++; if (!seen[p]++) different++ }
		}
		END { print n + 0, different + 0 }' "$TMP/$1"
}

# have FROM COUNT NAME:PORT...: these recorders have as many flows together
have() {
	local from=$1 count=$2 sum=0 one
	shift 2
	for one; do
		read -r one _ <<<"$(flows "${one%:*}" "${one#*:}" "$from")"
		sum=$((sum + one))
	done
	[ "$sum" -ge "$count" ]
}

# first_alive: the statistics say that the first collector is alive
first_alive() {
	local words
	statistics
	read -ra words <<<"${COUNT[sock0]}"
	[ "${words[9]}" = 1 ]
}

# test_group TITLE DESTINATION: with alternatives on ports 2081 and 2082
test_group() {
	local from
	recorder_start "first$1" 2081
	recorder_start "second$1" 2082
	setting destination "$2"
	from=$NEXT
	burst
	flush
	ok "$1: the first one receives" until_true 60 have "$from" $FLOWS "first$1:2081"
	ok "$1: ... and all has settled" until_true 60 at_rest
	is "$1: ... all of it, once" "$(flows "first$1" 2081 "$from"), $(flows "second$1" 2082 "$from")" \
		"$FLOWS $FLOWS, 0 0"

	from=$NEXT
	recorder_stop "first$1"
	burst
	flush
	ok "$1: the first one is dead: the second one receives" until_true 60 have "$from" $FLOWS "second$1:2082"
	ok "$1: ... and all has settled" until_true 60 at_rest
	is "$1: ... all of it, once" "$(flows "second$1" 2082 "$from")" "$FLOWS $FLOWS"
	counts_are "$1: ... and nothing is lost" "lostFlows outFlows queuedPackets" \
		"0 $((NEXT - 1000)) 0"

	# it comes back: it is not preferred within the first minute, and is after that
	from=$NEXT
	recorder_start "again$1" 2081
	# NetFlow 5 has no templates that could be sent to find out
	[ "$1" = NetFlow5 ] || ok "$1: the first one is alive again" until_true 60 first_alive
	burst
	flush
	until_true 60 have "$from" $FLOWS "second$1:2082" "again$1:2081"
	is "$1: ... and receives nothing at once" \
		"$(flows "again$1" 2081 "$from"), $(flows "second$1" 2082 "$from")" "0 0, $FLOWS $FLOWS"
	until_true 60 at_rest
	pause 75
	from=$NEXT
	burst
	flush
	ok "$1: ... but when it has been alive for a minute" until_true 60 have "$from" $FLOWS "again$1:2081"
	ok "$1: ... and all has settled" until_true 60 at_rest
	is "$1: ... it receives all, once" \
		"$(flows "again$1" 2081 "$from"), $(flows "second$1" 2082 "$from")" "$FLOWS $FLOWS, 0 0"

	# none is alive: nothing is lost, and the first one to come back receives it
	from=$NEXT
	recorder_stop "again$1"
	recorder_stop "second$1"
	burst
	flush
	pause 10
	counts_are "$1: both are dead: flows wait" "lostFlows queuedPackets" "0 $FLOWS"
	recorder_start "last$1" 2082
	ok "$1: the second one is back, and receives them" until_true 60 have "$from" $FLOWS "last$1:2082"
	ok "$1: ... and all has settled" until_true 60 at_rest
	is "$1: ... once" "$(flows "last$1" 2082 "$from")" "$FLOWS $FLOWS"
	counts_are "$1: ... nothing is lost in all" "lostFlows outFlows" "0 $((NEXT - 1000))"
	recorder_stop "last$1"
	for name in first second again last; do
		RECORDER=$TMP/$name$1
		messages_right "$1: messages are well-formed: $name"
	done
	setting destination ''
}

router destination= active_timeout=600 inactive_timeout=600
test_group IPFIX '127.0.0.1:2081|127.0.0.1:2082'
test_group NetFlow5 '127.0.0.1:2081/5|[::1]:2082/5'
law_holds "in the end"
done_testing
