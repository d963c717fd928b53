#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# More records at once than the path to the collector accepts: the send buffer or the link's
# queue is full, and the exporter waits. No record is lost, waiting records are exported in the
# end, and a flush returns when they are. A collector that accepts nothing does not delay the
# others.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"

# twice as many messages as a destination's queue has room for
FLOWS=30000

# burst PORT FLOWS: send FLOWS flows, a multiple of 1000. SENT[PORT] has the sums.
SENT=()
burst() {
	packets --src 10.9.0.2+1000 --dport "$1" --sport $((65535 - $2 / 1000))+$(($2 / 1000)) \
		--flows "$2" --count "$2" --size 8 || bail "no traffic"
	SENT[$1]="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
}

# slow_link RATE LIMIT: set the rate of the link to the server, and the octets of its queue
slow_link() {
	tc qdisc replace dev r1 root tbf rate "$1" burst 20000 limit "$2"
}

# sock NUMBER COLUMN: set SOCK to a column of a destination's line of the statistics, which
# were read before. The columns used here:
FULL=3 ANSWERED=4
sock() {
	local words
	read -ra words <<<"${COUNT[sock$1]}"
	SOCK=${words[$2]}
}

# link_full: the tables are empty, records wait, and the socket has rejected messages
link_full() {
	statistics
	sock 0 $FULL
	[ "${COUNT[hashPackets]}" = 0 ] && [ "${COUNT[queuedPackets]}" -gt 0 ] &&
		[ "$SOCK" -gt "$refused" ]
}

# dropped: set DROPPED to the packets that the link's queue has dropped
dropped() {
	DROPPED=$(tc -s qdisc show dev r1 | sed -n '1,2s/.*dropped \([0-9]*\).*/\1/p')
}

topology || bail "no network"
collector_start all 2055 "$SERVER" || bail "no collector"
router destination=10.2.0.2:2055 active_timeout=600 inactive_timeout=1 sndbuf=65536

# --- the link's queue is longer than the send buffer, then shorter ---

# waits PORT TITLE LIMIT: a burst waits for the slow link, and is sent when the link is fast
waits() {
	local total i
	statistics
	sock 0 $FULL
	refused=$SOCK
	burst "$1" $FLOWS
	ok "$2: records wait" until_true 120 link_full
	for i in {1..5}; do
		statistics
		total=$((COUNT[outPackets] + COUNT[hashPackets] + COUNT[queuedPackets] + COUNT[lostPackets]))
		is "... and the account has each of them, read $i" $total "${COUNT[inPackets]}"
	done
	dropped
	tc qdisc change dev r1 root tbf rate 1gbit burst 200000 limit "$3"
	ok "... they are sent when the link is fast again" until_true 120 drained
	counts_are "... and nothing is lost" "lostPackets dropPackets" "0 0"
}

slow_link 2mbit 4000000
waits 7001 "a full send buffer" 4000000
is "... and no message was dropped by the link" "$DROPPED" 0
slow_link 2mbit 200000
setting sndbuf 4000000
waits 7002 "a full queue of the link" 200000
compare "... and the link has dropped messages" "$DROPPED" '>' 0

# --- a flush ends when all is sent ---

setting inactive_timeout 600
setting sndbuf 20000
# half a second for all records: a flush waits two seconds for a link that accepts nothing
slow_link 10mbit 4000000
statistics
sock 0 $FULL
refused=$SOCK
burst 7003 10000
flush
law_read ''
# it may be refused for two more seconds, and does not count as sent before
is "when a flush ends all is sent" "${LAW[table]} ${LAW[batches]} ${LAW[messages]} ${LAW[unsent]}" \
	"0 0 ${LAW[unanswered]} 0"
statistics
sock 0 $FULL
compare "... although the send buffer was full" "$SOCK" '>' "$refused"

# --- a link that accepts nothing: the send buffer stays full ---

setting inactive_timeout 1
collector_start alive 2056 || bail "no collector"
setting destination 10.2.0.2:2055,127.0.0.1:2056
packets --dport 7004
ok "messages are sent to both collectors" until_true 120 drained
# after the first message, one message in two and a half minutes
tc qdisc replace dev r1 root tbf rate 80bit burst 1600 limit 4000000 || bail "no link that takes nothing"
metered_and_sent() {
	metered "$1" && drained
}
statistics
sock 0 $FULL
refused=$SOCK
sent=${COUNT[inPackets]}
burst 7005 $FLOWS
ok "a blocked link: all is sent to the other collector" \
	until_true 300 metered_and_sent $((sent + FLOWS))
sock 0 $FULL
compare "... although the send buffer stayed full" "$SOCK" '>' "$refused"
counts_are "... and nothing is lost" "lostPackets dropPackets" "0 0"

# --- a host that does not answer ---

setting sndbuf 0
like "sndbuf=0: the kernel's default again" "$(</proc/net/stat/ipt_netflow)" \
	"sock0: 10\.2\.0\.2:2055, sndbuf $(</proc/sys/net/core/wmem_default),"
setting inactive_timeout 600
ip link add dead0 type dummy
at_exit "ip link del dead0"
ip link set dead0 arp on up
ip address add 10.66.0.1/24 dev dead0

given_up() {
	statistics
	sock 1 $ANSWERED
	[ "$SOCK" -gt 0 ]
}

# quick_flushes PORT: eight flushes, one after the other; none may wait the two seconds that a
# flush waits for a collector that accepts nothing
quick_flushes() {
	local begin times='' took slowest=0 i
	for i in {1..8}; do
		packets --dport "$1" --sport 1+100 --flows 100 --count 100
		LATER[$1]=$((LATER[$1] + 100))
		begin=${EPOCHREALTIME/./}
		flush
		took=$(((${EPOCHREALTIME/./} - begin) / 1000))
		times+=" $took"
		slowest=$((took > slowest ? took : slowest))
		# try all states of the session with the dead host
		pause 0.6
	done
	diag "flushes took ms:$times"
	[ "$slowest" -lt 1500 ]
}
LATER=()

# alone_with PROTOCOL PORT: use PROTOCOL for the dead host, and ports from PORT on.
alone_with() {
	setting destination "127.0.0.1:2056,10.66.0.2:2055/$1"
	burst "$2" $FLOWS
	flush
	ok "protocol $1, a host that does not answer: all is sent to the other" until_true 300 drained
	ok "... the host is considered broken" until_true 120 given_up
	LATER[$2 + 1]=0
	# a slow machine may take longer, but not each time
	ok "... and flushes do not wait for it" until_true 300 quick_flushes $(($2 + 1))
}

alone_with 10 7006
alone_with 5 7008
ok "all messages are sent" until_true 120 drained
collector_stop alive
for port in 7005 7006 7008; do
	is "the other collector has all, burst of port $port" "$(total alive "dst port $port")" "${SENT[port]}"
done
for port in 7007 7009; do
	is "... and the later flows, port $port" "$(total alive "dst port $port")" \
		"${LATER[port]} ${LATER[port]} $((LATER[port] * 128))"
done
counts_are "nothing was lost" "lostPackets dropPackets" "0 0"

# the first message of a version 5 session to a dead host is queued again
setting destination 10.66.0.3:2055/5
packets --dport 7010 --sport 1+100 --flows 100 --count 100
flush
taken_back() {
	statistics
	sock 0 $ANSWERED
	[ "$SOCK" -gt 0 ] && [ "${COUNT[queuedPackets]}" = 100 ]
}
ok "messages to an unreachable host only do not count as sent" until_true 120 taken_back

# --- the module is unloaded while the link is slow ---

tc qdisc del dev r1 root
setting destination 10.2.0.2:2055
ok "waiting messages are sent" until_true 120 drained
setting sndbuf 20000
packets --dport 7011
export_all
slow_link 10mbit 4000000
burst 7012 10000
router_rules_gone
ok "the module is unloaded" module_unload
tc qdisc del dev r1 root
collector_stop all
for port in 7001 7002 7003 7012; do
	is "the collector has all, burst of port $port" "$(total all "dst port $port")" "${SENT[port]}"
done
is "... and the messages that waited for the unreachable host" "$(total all "dst port 7010")" "100 100 12800"

done_testing
