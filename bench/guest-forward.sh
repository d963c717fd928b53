# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Measurements that need more than a receiving device. Sourced by guest.
# shellcheck disable=SC2034,SC2153,SC2154

# A router: pktgen in the namespace client sends over a veth, the guest forwards
# with conntrack and masquerading, the namespace server counts and drops.
#
#	client: c0 ---- r0 (guest) r1 ---- s0: server
#
# Flows are 1000 sources to $flows / 1000 destinations. pktgen increments both together, so
# the number of destinations must have no common factor with 1000, or pairs repeat too soon.
# Masquerading needs a port for each source and destination. A plain router does not masquerade.
router() {
	local space
	rule=(filter FORWARD -i r0)
	for space in client server; do
		ip netns add "$space" || fatal "no namespace"
	done
	ip -batch - <<-END || fatal "no veths"
		link add r0 address 02:00:00:00:01:01 type veth peer name c0 netns client
		link add r1 type veth peer name s0 address 02:00:00:00:02:02 netns server
		address add 10.1.0.1/24 dev r0
		address add 10.2.0.1/24 dev r1
		link set r0 up
		link set r1 up
		route add 11.0.0.0/8 via 10.2.0.2
		neigh replace 10.2.0.2 lladdr 02:00:00:00:02:02 dev r1 nud permanent
	END
	ip -n client link set c0 up
	ip -n server link set s0 up
	ip netns exec server iptables-legacy -t raw -A PREROUTING -i s0 -p udp -j DROP || fatal "no rule in the server"
	sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.r0.rp_filter=0 \
		net.core.netdev_max_backlog=100000
	iptables-legacy -P FORWARD ACCEPT
	[ "${1-}" = plain ] || {
		iptables-legacy -t nat -A POSTROUTING -o r1 -j MASQUERADE || fatal "no masquerading"
	}
	sysctl -qw net.netfilter.nf_conntrack_max=1000000 net.netfilter.nf_conntrack_udp_timeout=3600
	echo 65536 >/sys/module/nf_conntrack/parameters/hashsize
	client_pktgen kpktgend_0 "add_device c0"
	client_pktgen c0 "clone_skb 0"
	client_pktgen c0 "pkt_size $((packet_octets + 14))"
	client_pktgen c0 "dst_mac 02:00:00:00:01:01"
	client_pktgen c0 "src_min 20.0.0.0"
	client_pktgen c0 "src_max 20.0.3.231"
	client_pktgen c0 "dst_min 11.0.0.1"
	client_pktgen c0 "dst_max 11.0.0.$((flows / 1000))"
	# masquerading replaces a port below 512 by another port below 512, of which
	# there are too few
	client_pktgen c0 "udp_src_min 2000"
	client_pktgen c0 "udp_src_max 2000"
	client_pktgen c0 "delay 0"
}

client_pktgen() {
	# tee writes, so that there is one process and no shell
	echo "$2" | ip netns exec client tee "/proc/net/pktgen/$1" >/dev/null ||
		fatal "pktgen does not take: $2"
}

client_result() {
	ip netns exec client cat /proc/net/pktgen/c0
}

# client_sent: as sent, in the client's namespace
client_sent() {
	client_result | grep -q 'Result: OK: [0-9]*('
}

arrived() {
	ip netns exec server cat /sys/class/net/s0/statistics/rx_packets
}

# forward PACKETS: sets PPS, the rate of arrived packets; all packets must arrive.
forward() {
	local before came
	before=$(arrived)
	client_pktgen c0 "count $1"
	client_pktgen pgctrl start
	wait_for "$LIMIT" client_sent || fatal "pktgen does not end"
	wait_for "$LIMIT" forwarded $((before + $1))
	came=$(($(arrived) - before))
	[ "$came" -ge "$1" ] || fatal "of $1 packets, $came came to the server: $(nstat -az 2>/dev/null | grep -i drop)"
	PPS=$(client_result | awk -v n="$1" '
		/^Result: OK: / { split($3, time, "("); printf "%d\n", n / time[1] * 1000000 }')
	[ -n "$PPS" ] || fatal "pktgen says nothing of its time"
	[ -z "$ruled" ] || SENT=$((SENT + $1))
}

forwarded() {
	[ "$(arrived)" -ge "$1" ]
}

forward_load() {
	reader_begin
	module_begin "$who"
	rule_add
	forward "$flows"
	pairs_of_load PPS forward "$packets"
	module_end
}

measure_forward() {
	router
	# create the connections before the measurement
	forward "$flows"
	by_loads forward_load
}

# Measure the time of a ping through the router (99th percentile) while each other packet
# is the first of its flow and the table is full.
ping_round() {
	local reply flood beside=1
	[ "$who" = none ] || {
		reader_begin
		module_begin "$who"
		rule_add
	}
	client_pktgen c0 "count $packets"
	client_pktgen pgctrl start &
	flood=$!
	sleep 1
	ip netns exec client ping -n -i 0.002 -c "$pings" 10.2.0.2 >"$TMPDIR/ping" || fatal "no ping"
	! client_sent || beside=
	wait_for "$LIMIT" client_sent || fatal "the flood does not end"
	wait "$flood"
	reply=$(sed -n 's/.* time=\([0-9.]*\) ms/\1/p' "$TMPDIR/ping" | sort -n |
		awk -v n=$((pings * 99 / 100)) 'NR == n { printf "%.0f", $1 * 1000 }')
	progress "$who: 99 of 100 pings take less than $reply us"
	[ "$who" = none ] || {
		SENT=$packets
		module_end
	}
	if [ "$beside" ]; then
		result "$who" ping-us "$reply"
	else
		progress "$who: no figure, as the flood ended before the pings"
	fi
}

measure_ping() {
	local thread
	WHO='none peer ours'
	router plain
	# the pings are not metered
	rule+=(-p udp)
	ip -n client address add 10.1.0.2/24 dev c0
	ip -n client route add default via 10.1.0.1
	ip -n server address add 10.2.0.2/24 dev s0
	ip -n server route add default via 10.2.0.1
	client_pktgen c0 "src_max 20.255.255.255"
	client_pktgen c0 "dst_max 11.0.0.1"
	client_pktgen c0 "ratep 50000"
	if [ "$kernel" = exact ]; then
		WHO='none ours'
		# run the generator at idle priority, so that it uses the only processor when no
		# other process needs it
		for thread in $(pgrep kpktgend_0); do
			chrt -i -p 0 "$thread"
		done
	fi
	by_turns "$PAIRS" ping_round
}

# softflowd meters a device by libpcap. Compare the numbers of packets that its export and
# ours lack, with the same traffic at rising rates.
softflowd_round() {
	local softflowd
	reader_begin
	softflowd -d -i dum0 -n "127.0.0.1:$PORT" -v 10 -m $((flows * 2)) -t expint=3600 -t udp=3600 -t maxlife=3600 \
		-c "$TMPDIR/control" -p "$TMPDIR/pid" >"$TMPDIR/softflowd" 2>&1 &
	softflowd=$!
	wait_for "$LIMIT" test -S "$TMPDIR/control" || fatal "softflowd does not start: $(cat "$TMPDIR/softflowd")"
	send "$count"
	# it reads the rest of its buffer within a second after the last packet
	sleep 2
	softflowctl -c "$TMPDIR/control" expire-all >/dev/null || fatal "softflowd does not expire its flows"
	softflowctl -c "$TMPDIR/control" shutdown >/dev/null
	wait "$softflowd"
	reader_end
	lost softflowd "$count"
}

lost() {
	local percent
	percent=$(awk -v sent="$2" -v got="${READ[packets]}" 'BEGIN { printf "%.2f", 100 * (sent - got) / sent }')
	progress "$1: lacks $percent % at $rate"
	result "$1" "lost-percent-$rate" "$percent"
}

ours_round() {
	reader_begin
	module_begin ours
	rule_add
	send "$count"
	module_end
	lost ours "$count"
}

measure_softflowd() {
	local rate count
	generators
	for ((PAIR = 1; PAIR <= PAIRS; PAIR++)); do
		for rate in 100000 200000 400000 800000 all; do
			[ "$rate" = all ] && count=$packets || count=$((rate * 3))
			RATE_LIMIT=${rate/all/0}
			softflowd_round
			ours_round
		done
	done
}
