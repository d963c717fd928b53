#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bursts: a collector with the receive buffer that Linux gives each socket, and that runs only
# while nothing else does, receives all of 20,000 flows that are flushed at once, or that have
# waited for it. Here computing takes no time: without rests all messages would come at once.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

FLOWS=20000
RECORDER_LARGE=1

# slow_recorder NAME PORT
slow_recorder() {
	recorder_start "$1" "--default-buffer $2"
	chrt -i -p 0 "$PID" || bail "the collector does not wait for others"
}

# recorded_number: set NUMBER to the flows that have arrived
recorded_number() {
	NUMBER=$(grep -c '^flow ' "$RECORDER")
}

all_came() {
	recorded_number
	[ "$NUMBER" = $FLOWS ]
}

# bursts: print "MOST MILLISECONDS": of messages that came in the same millisecond, and how many
# milliseconds had any
bursts() {
	awk '$1 == "message" {
			for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
			if (++n[v["arrived"]] > most) most = n[v["arrived"]]
		}
		END { for (i in n) times++; print most, times }' "$RECORDER"
}

# in_bursts: check the messages of the stopped collector
in_bursts() {
	local most times messages
	messages=$(grep -c '^message ' "$RECORDER")
	read -r most times <<<"$(bursts)"
	compare "... in bursts of 80 messages" "$most" '>=' 80
	# the last ones may be templates
	compare "... or two more" "$most" '<=' 82
	compare "... without long pauses" "$times" '<=' $((messages / 80 + 10))
	recorded gap sequence
	is "... and no sequence number is missing" "$RECORDED_COUNT" 0
}

is "the receive buffer is that of Linux" "$(</proc/sys/net/core/rmem_default)" 212992
router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=600

slow_recorder flushed 2055
packets --sport 1000+$FLOWS --flows $FLOWS --count $FLOWS || bail "no traffic"
flush
ok "$FLOWS flows that are flushed at once arrive" wait_for 10 all_came
recorder_stop flushed
in_bursts
ok "... and have settled" wait_for 10 drained
is "... and nothing is lost" "$(counter lostFlows) $(counter outFlows)" "0 $FLOWS"

# the sender's thread sends these
packets --sport 1000+$FLOWS --flows $FLOWS --count $FLOWS || bail "no traffic"
flush
is "without a collector $FLOWS flows wait" "$(counter queuedPackets) $(counter lostPackets)" "$FLOWS 0"
slow_recorder waiting 2055
ok "... and arrive when it is there" wait_for 10 all_came
recorder_stop waiting
in_bursts
ok "... and have settled" wait_for 10 drained
is "... and nothing is lost" "$(counter lostFlows) $(counter outFlows)" "0 $((2 * FLOWS))"

done_testing
