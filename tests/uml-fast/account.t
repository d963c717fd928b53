#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The law: each packet that a rule metered is in the table, in the queue, lost or exported. It
# holds whenever there is no traffic, whatever the traffic was and whatever was changed
# meanwhile. At the end the collector has what was sent.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

needs_processors 2

# The two sides of the law, packets and octets.
account() {
	awk '{ v[$1] = $2 } END {
		printf "%.0f %.0f = %.0f %.0f\n", v["inPackets"], v["inBytes"],
			v["outPackets"] + v["hashPackets"] + v["queuedPackets"] + v["lostPackets"],
			v["outBytes"] + v["hashBytes"] + v["queuedBytes"] + v["lostBytes"]
	}' "$STATS"
}

# All packets sent so far must have been metered; packets can be in a ring for some
# milliseconds first.
PACKETS=0 OCTETS=0
seen_all() {
	[ "$(counter inPackets)" = "$PACKETS" ]
}

law() {
	wait_for seen_all
	is "$1" "$(account)" "$PACKETS $OCTETS = $PACKETS $OCTETS"
}

# mix NAME OPTION...: two senders at a time, each with its own device and processor.
mix() {
	local name=$1 cpu words packets octets
	shift
	for cpu in 0 1; do
		"$NETFLOW_TOOLS/traffic" --tun "t$cpu" --cpu "$cpu" --dport $((8000 + cpu)) "$@" >"$TMP/sent$cpu" &
		words[cpu]=$!
	done
	finished "${words[@]}" || bail "$name: no traffic"
	read -r packets octets <<<"$(awk '{ p += $2; o += $4 } END { printf "%d %.0f\n", p, o }' "$TMP"/sent[01])"
	PACKETS=$((PACKETS + packets)) OCTETS=$((OCTETS + octets))
	law "$name"
}

tun t0
ip tuntap add dev t1 mode tun
at_exit "ip link del t1"
ip link set t1 up
network_settings ''
sink '' d0
module_load destination=127.0.0.1:2055 || bail "no module"
"$IPTABLES" -t raw -A PREROUTING -i t+ -j NETFLOW
"$IP6TABLES" -t raw -A PREROUTING -i t+ -j NETFLOW
collector_start all 2055 || bail "no collector"

four=(--src 10.9.0.2+200 --dst 10.8.0.2+100 --sport 1000+50)
six=(--src fd00:9::2+200 --dst fd00:8::2+100 --sport 1000+50)
for size in 0 1 100 1400 9000; do
	mix "IPv4, $size octets" "${four[@]}" --size $size --count 20000 --flows 3000
	mix "IPv6, $size octets" "${six[@]}" --size $size --count 20000 --flows 3000
done
mix "TCP" "${four[@]}" --proto tcp --flags 18 --count 30000 --flows 30000
mix "IPv6 with extension headers" "${six[@]}" --exthdrs 0,60 --count 5000 --flows 500
mix "IPv4 with options" "${four[@]}" --options 24 --count 5000 --flows 500
mix "fragments" "${four[@]}" --size 3000 --fragments 4 --count 5000 --flows 500
mix "ICMP" "${four[@]}" --proto icmp --count 5000 --flows 500
mix "a protocol without ports" "${four[@]}" --proto 99 --no-ports --tos 184 --count 5000 --flows 500

flush
law "after a flush"
mix "new flows while the old ones leave" "${four[@]}" --count 60000 --flows 20000
before=$(counter outFlows)
setting inactive_timeout 1
wait_for counter_reaches outFlows $((before + 1))
law "with a shorter time-out, half way"
wait_for drained
law "when all have timed out"
setting inactive_timeout 15

# Reading the list and flushing must not change the account.
(for _ in {1..20}; do flush; account; head -c 100000 /proc/net/stat/ipt_netflow_flows; done) >"$TMP/noise" 2>&1 &
noise=$!
mix "while flushes and dumps go on" "${four[@]}" --count 80000 --flows 20000 --size 40
mix "and in IPv6" "${six[@]}" --count 60000 --flows 10000 --size 40
finished "$noise"
law "when they have ended"

export_all
collector_stop all
law_collected all
read -r _ packets octets <<<"$(total all)"
is "the collector has all packets and octets" "$packets $octets" "$PACKETS $OCTETS"
is "... and the number of records that were sent" "$(total all | cut -d' ' -f1)" "$(counter outFlows)"
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter queuedPackets) $(counter hashPackets)" "0 0 0 0"

done_testing
