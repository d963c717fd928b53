#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A destination whose link takes one message in a second, beside one that takes all, in a minute
# of flood. The second one receives every flow and the tables never fill; the first one loses its
# oldest, and each flow is in the account of each. While its send buffer is full the sender
# sleeps.
# TIMEOUT 3600

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

SECONDS_OF_FLOOD=60 RATE=5000
FLOOD=$((SECONDS_OF_FLOOD * RATE))
FULL=3	# column of the statistics of a destination

# messages PORT: set MESSAGES to those that have arrived at the port
messages() {
	MESSAGES=$(grep -c "^message port=$1 " "$RECORDER")
}

# all_sent: nothing is in the tables, and the fast collector has all that was sent
all_sent() {
	statistics
	[ "${COUNT[hashPackets]} ${COUNT[outFlows]}" = "0 $flows" ]
}

# slow_is_done: each flow was sent to the slow collector or is lost to it. Sets SLOW_SENT and
# SLOW_LOST.
slow_is_done() {
	[[ $(</proc/net/stat/ipt_netflow) =~ sock1:.*\ ([0-9]+)\ flows,\ .*\ lost\ ([0-9]+)\ flows, ]] || return
	SLOW_SENT=${BASH_REMATCH[1]} SLOW_LOST=${BASH_REMATCH[2]}
	[ $((SLOW_SENT + SLOW_LOST)) = "$flows" ]
}

ip netns add far
at_exit "ip netns del far"
ip -batch - <<-END || bail "no link"
	link add k0 type veth peer name f0 netns far
	address add 10.7.0.1/24 dev k0
	link set k0 up
END
at_exit "ip link del k0"
ip -n far -batch - <<-END || bail "no link"
	address add 10.7.0.2/24 dev f0
	link set f0 up
END
ip neigh replace 10.7.0.2 lladdr "$(ip -n far -br link show f0 | awk '{ print $3 }')" dev k0 nud permanent

# 1,024 blocks of 63 flows are 13 seconds of the flood
router destination=127.0.0.1:2055,10.7.0.2:2056 active_timeout=600 inactive_timeout=1 logsize=4194304 sndbuf=65536
recorder_start slow "--totals 2056" far
slow=$RECORDER
recorder_start fast "--totals 2055"
packets --dport 7000
ok "both are sent to" until_true drained
tc qdisc replace dev k0 root tbf rate 12kbit burst 1600 limit 40000000 || bail "no slow link"

packets --dport 7001 --src 10.9.0.2+1000 --sport 1000+$((FLOOD / 1000)) --flows $FLOOD --count $FLOOD \
	--rate $RATE --size 8 || bail "no traffic"
flows=$((SENT_FLOWS + 1))
statistics
read -ra words <<<"${COUNT[sock1]}"
RECORDER=$slow
messages 2056
# when it is tried again, half of the send buffer, which takes 28 messages, has been sent
compare "a full send buffer is not tried again and again" "${words[FULL]}" '<=' $(((MESSAGES + 28) / 13 + 1))
compare "... and it was full" "${words[FULL]}" '>' 0
law_holds "in the flood"
ok "the fast one receives all of the flood" until_true all_sent
counts_are "no flow was evicted, dropped or lost" "evictedFlows dropPackets lostFlows" "0 0 0"
recorder_stop fast
recorded total 'flows gaps problems' port=2055
is "... each one, without a gap" "$RECORDED" "$flows 0 0"

# (not removed: that would drop what is in its queue)
tc qdisc change dev k0 root tbf rate 1gbit burst 200000 limit 40000000
ok "the link is fast: the slow one receives what is kept for it" until_true slow_is_done
recorder_stop slow
recorded total 'flows problems' port=2056
is "... all that it was sent" "$RECORDED" "$SLOW_SENT 0"
compare "... it has lost some" "$SLOW_LOST" '>' 0
is "... as the sequence numbers say" "$(awk '
	$1 == "gap" {
		for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
		missing += v["sequence"] - v["expected"]
	}
	END { print missing + 0 }' "$RECORDER")" "$SLOW_LOST"
counts_are "... and each flow counts once" "outFlows lostFlows" "$flows 0"

law_holds "in the end"
done_testing
