#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each destination has its own pace, message size, sequence and counters: a slow one holds up no
# other, records that wait are sent in messages made for the path as it is then, and what a
# collector refuses is sent again.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

RECORDER_LARGE=1
FLOWS=2100

# collected PORT COUNT: this many flows have arrived at the port
collected() {
	recorded_number "$1"
	[ "$NUMBER" -ge "$2" ]
}

# recorded_number PORT: set NUMBER to the flows that have arrived at the port
recorded_number() {
	NUMBER=$(awk '$1 == "flow" && / '"port=$1"' / { n++ } END { print n + 0 }' "$RECORDER")
}

# each_once TITLE PORT COUNT: so many flows have arrived, and all are different
each_once() {
	is "$1" "$(awk '$1 == "flow" && / '"port=$2"' / {
			for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
			flows++
			if (!seen[v["sourceIPv4Address"] " " v["sourceTransportPort"]]++) different++
		}
		END { print flows + 0, different + 0 }' "$RECORDER")" "$3 $3"
}

# longest PORT FROM: print the length of the longest message from this line of the file on
longest() {
	awk 'NR > '"$2"' && $1 == "message" && / '"port=$1"' / {
			for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] }
			if (v["length"] > most) most = v["length"]
		}
		END { print most + 0 }' "$RECORDER"
}

# burst COUNT: send so many flows
burst() {
	packets --src 10.9.0.2+100 --sport 1000+$(($1 / 100)) --flows "$1" --count "$1" --size 8 ||
		bail "no traffic"
}

ip netns add far
at_exit "ip netns del far"
ip -batch - <<-END || bail "no link"
	link add k0 type veth peer name f0 netns far
	address add 10.7.0.1/24 dev k0
	link set k0 up
END
ip -n far -batch - <<-END || bail "no link"
	address add 10.7.0.2/24 dev f0
	address add 10.7.2.2/32 dev f0
	link set f0 up
END
at_exit "ip link del k0"

# --- a slow destination beside a fast one ---

router destination=127.0.0.1:2055 active_timeout=600 inactive_timeout=1
recorder_start slow 2056 far
slow=$RECORDER
recorder_start fast 2055
fast=$RECORDER
setting destination 127.0.0.1:2055,10.7.0.2:2056
packets --dport 53
ok "both collectors are sent to" until_true 120 drained
RECORDER=$slow
ok "... and receive" until_true 120 collected 2056 1
# a message in a second and a half
tc qdisc replace dev k0 root tbf rate 8kbit burst 3000 limit 30000 || bail "no slow link"
burst 20000
RECORDER=$fast
ok "the fast one receives 20,000 flows while the slow one waits" until_true 120 collected 2055 20001
each_once "... each once" 2055 20001
RECORDER=$slow
recorded_number 2056
compare "... and the slow one has not many of them" "$NUMBER" '<' 5000
counts_are "... none is lost" "lostFlows dropPackets" "0 0"
# (not removed: that would drop what is in its queue)
tc qdisc change dev k0 root tbf rate 1gbit burst 200000 limit 30000
ok "the slow one receives all when the link is fast" until_true 120 collected 2056 20001
recorder_stop slow
recorder_stop fast
ok "... and what both have has settled" until_true 120 at_rest
counts_are "... none is lost, and each counts once" "lostFlows outFlows" "0 20001"
setting inactive_timeout 600

# --- records wait, and are sent in messages for the path as it is then ---

recorder_start path 2057 far
setting destination 10.7.2.2:2057
burst $FLOWS
flush
counts_are "no route: flows wait" "queuedPackets lostFlows" "$FLOWS 0"
ip route add 10.7.2.2/32 dev k0 src 10.7.0.1 mtu 1420
ok "a route with an MTU of 1420 comes: all flows arrive" until_true 120 collected 2057 $FLOWS
each_once "... each once" 2057 $FLOWS
longest=$(longest 2057 0)
compare "... in messages for it" "$longest" '<=' $((1420 - 28))
compare "... and not in smaller ones" "$longest" '>' $((1420 - 28 - 70))
ip link set k0 down
burst $FLOWS
flush
all_wait() {
	statistics
	[ "${COUNT[queuedPackets]} ${COUNT[lostFlows]}" = "$FLOWS 0" ]
}
ok "the link is down: flows wait" until_true 120 all_wait
before=$(wc -l <"$RECORDER")
ip link set k0 up
ip route replace 10.7.2.2/32 dev k0 src 10.7.0.1 mtu 700
ok "it is up, and narrower: all flows arrive" until_true 120 collected 2057 $((2 * FLOWS))
longest=$(longest 2057 "$before")
compare "... in messages for it" "$longest" '<=' $((700 - 28))
compare "... and not in smaller ones" "$longest" '>' $((700 - 28 - 70))
ok "... and has settled" until_true 120 at_rest
counts_are "... and nothing is lost" "lostFlows outFlows" "0 $((20001 + 2 * FLOWS))"
recorder_stop path
messages_right "all messages are right"
recorded total gaps
is "... and no sequence number is missing" "$RECORDED" 0

# --- a collector 150 ms away that is dead while flows are flushed ---

ip netns exec far tc qdisc add dev f0 root netem delay 150ms || bail "no delay"
recorder_start before 2058 far
setting destination 10.7.0.2:2058
packets --dport 54
flush
ok "a collector far away receives" until_true 120 collected 2058 1
ok "... what has settled" until_true 120 at_rest
recorder_stop before
burst $FLOWS
flush
refused() {
	statistics
	[ "${COUNT[errTotal]}" -gt "$errors" ]
}
counts errTotal
errors=$COUNTS
ok "it is dead: it refuses" until_true 120 refused
counts_are "... nothing counts as sent, and nothing is lost" "queuedPackets lostFlows" "$FLOWS 0"
recorder_start after 2058 far
ok "it is up again: all flows arrive" until_true 120 collected 2058 $FLOWS
ok "... and settle" until_true 120 at_rest
each_once "... each once" 2058 $FLOWS
counts_are "... and count once" "lostFlows outFlows" "0 $((20002 + 3 * FLOWS))"
recorder_stop after
recorded total gaps
is "... without a gap in the sequence" "$RECORDED" 0

# --- the source address follows routes and addresses ---

# from ADDRESS: the last message on port 2059 has this source
from() {
	recorded message source port=2059
	[[ ${RECORDED##*$'\n'} == "$1#"* ]]
}

# again_from ADDRESS: a flow that is sent now comes from this address. The socket is looked at
# once in a second.
again_from() {
	packets --dport 55
	flush
	from "$1"
}

ip netns exec far tc qdisc del dev f0 root
ip -n far address add fd00:7::2/64 dev f0 nodad
ip address add fd00:7::1/64 dev k0 nodad
recorder_start moves 2059 far
setting destination 10.7.2.2:2059
ok "a source address by the route" until_true 120 again_from 10.7.0.1
ip address add 10.7.0.9/24 dev k0
ip route replace 10.7.2.2/32 dev k0 src 10.7.0.9
ok "another route: another source address" until_true 120 again_from 10.7.0.9
setting destination '[fd00:7::2]:2059'
ok "IPv6" until_true 120 again_from fd00:7::1
ip address add fd00:7::99/64 dev k0 nodad
ip address del fd00:7::1/64 dev k0
ok "the address has gone: messages come from the one that is there" until_true 120 again_from fd00:7::99
setting destination '10.7.2.2:2059@10.7.0.1'
ok "a source address that was given" until_true 120 again_from 10.7.0.1
ip route replace 10.7.2.2/32 dev k0 src 10.7.0.9 mtu 1400
packets --dport 56
flush
ok "... stays" until_true 120 has flow port=2059 destinationTransportPort=56
ok "... whatever the route says" from 10.7.0.1
recorder_stop moves
messages_right "all messages are right, templates went first"

# --- each destination's options data have its own counts ---

setting refresh-rate 3
recorder_start counts "2061 2062"
setting destination 127.0.0.1:2061
burst 400
flush
ok "a collector receives" until_true 120 collected 2061 400
setting mtu 600
setting destination 127.0.0.1:2061,127.0.0.1:2062
burst 300
flush
ok "another one, too" until_true 120 collected 2062 300
# a change of these sends all options data again
setting sampler deterministic:2
setting sampler none
flush
has_sampling() {
	has options template=313 port=2061 && has options template=313 port=2062
}
ok "options data were sent again" until_true 120 has_sampling
recorder_stop counts
# "PORT RECORDS WRONG": of records with the counts of messages and octets, those that differ from
# what had arrived before them
is "messages and octets of each destination, in each record" "$(awk '
	{ for (i = 2; i <= NF; i++) { split($i, word, "="); v[word[1]] = word[2] } }
	$1 == "options" && v["template"] == 300 {
		waiting[v["port"]]++
		said[v["port"], waiting[v["port"]]] = v["exportedMessageTotalCount"] " " v["exportedOctetTotalCount"]
	}
	$1 == "message" {
		port = v["port"]
		for (n = 1; n <= waiting[port]; n++) {
			records[port]++
			if (said[port, n] != messages[port] + 0 " " octets[port] + 0) wrong[port]++
		}
		waiting[port] = 0
		messages[port]++
		octets[port] += v["length"]
	}
	END {
		for (port = 2061; port <= 2062; port++)
			print port, (records[port] >= 2 ? "enough" : records[port] + 0), wrong[port] + 0
	}' "$RECORDER")" "2061 enough 0"$'\n'"2062 enough 0"

law_holds "in the end"
done_testing
