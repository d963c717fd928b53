#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# More records at once than the way to the collector takes: the sender's buffer
# fills, the exporter waits, flows stay in the tables. Nothing is lost, and what
# waits is exported in the end.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

FLOWS=200000

topology || bail "no network"
tun t0
sink '' d0
collector_start all 2055 "$SERVER" || bail "no collector"
# 13 MB of messages take some seconds. The link's own queue is shorter than the
# send buffer in the first part, and longer in the second.
slow_link() {
	tc qdisc replace dev r1 root tbf rate 60mbit burst 20000 limit "$1"
}
module_load destination=10.2.0.2:2055 active_timeout=600 inactive_timeout=2 sndbuf=65536 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t0 -j NETFLOW

# burst PORT: so many flows that all time out together
burst() {
	traffic --tun t0 --src 10.9.0.2+1000 --dst 10.8.0.2 --dport "$1" --sport $((65535 - FLOWS / 1000))+$((FLOWS / 1000)) \
		--flows $FLOWS --count $FLOWS --size 8
	SENT[$1]="$SENT_FLOWS $SENT_PACKETS $SENT_OCTETS"
}
SENT=()

account() {
	awk '{ v[$1] = $2 } END {
		printf "%.0f\n", v["outPackets"] + v["hashPackets"] + v["queuedPackets"] + v["lostPackets"]
	}' "$STATS"
}

slow_link 4000000
burst 7001
busy=0
for _ in {1..10}; do
	sleep 0.5
	[ "$(counter queuedPackets)" = 0 ] || busy=1
	is "the law holds on the way" "$(account)" $FLOWS
done
is "records have waited for the link" $busy 1
ok "the queue drains" wait_for 30 drained
compare "the send buffer was full" "$(counter sock0 5)" '>' 0
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets)" "0 0"

# A short queue on the link drops what the sender does not wait for.
slow_link 200000
setting sndbuf 4000000
burst 7002
ok "the queue drains again" wait_for 30 drained
is "nothing was lost again" "$(counter lostPackets) $(counter dropPackets)" "0 0"
diag "$(tc -s qdisc show dev r1 | grep dropped)"
diag "$(grep ^sock "$STATS")"

tc qdisc del dev r1 root
collector_stop all
law_collected all
for port in 7001 7002; do
	is "the collector has all, burst of port $port" "$(total all "dst port $port")" "${SENT[port]}"
done

# --- a host on the link that does not answer: it holds up nobody for long ---

setting sndbuf 0
like "no send buffer of our own: the kernel's again" "$(</proc/net/stat/ipt_netflow)" \
	"sock0: 10\.2\.0\.2:2055, sndbuf $(</proc/sys/net/core/wmem_default),"
ip link add dead0 type dummy
at_exit "ip link del dead0"
ip link set dead0 arp on up
ip address add 10.66.0.1/24 dev dead0
collector_start alive 2056 || bail "no collector"
# alone_with PROTOCOL PORT: the dead one is sent to in that, and ports from PORT on are used.
alone_with() {
	local begin times='' slowest port=$2
	setting destination "127.0.0.1:2056,10.66.0.2:2055/$1"
	begin=$(now)
	burst "$port"
	ok "version $1: all is sent to who is there" wait_for 30 drained
	# for so long it was waited for, as one that has just come
	until [ $(($(now) - begin)) -ge 7000 ]; do
		sleep 0.5
	done
	for _ in {1..8}; do
		traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport $((port + 1)) --sport 1+100 --flows 100 --count 100
		begin=$(now)
		flush
		times+=" $(($(now) - begin))"
		sleep 0.6
	done
	# a flush waits two seconds for who takes nothing
	slowest=$(tr ' ' '\n' <<<"$times" | sort -n | tail -n 1)
	diag "flushes took ms:$times"
	compare "version $1: ... and flushes do not wait for who is not" "$slowest" '<' 1500
	wait_for 30 drained
}
alone_with 10 7003
alone_with 5 7005
collector_stop alive
for port in 7003 7005; do
	is "the collector has all, burst of port $port" "$(total alive "dst port $port")" "${SENT[port]}"
	is "... and what came after that" "$(total alive "dst port $((port + 1))")" "800 800 102400"
done
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets)" "0 0"
# the message that a session of version 5 begins with is taken back when nobody is there
setting destination 10.66.0.3:2055/5
traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --dport 7008 --sport 1+100 --flows 100 --count 100
flush
sleep 2
nobody_got_it() {
	[ "$(counter queuedPackets)" = 100 ]
}
ok "nobody is there, and nothing counts as sent" wait_for 8 nobody_got_it

done_testing
