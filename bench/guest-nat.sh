# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The cost of NAT events: a router in which each packet is a new translated connection,
# without a listener to conntrack's events, with `conntrack -E` writing to /dev/null, and
# with natevents=1, which exports them. Sourced by guest.
# shellcheck disable=SC2034,SC2154

# The non-idle time of all processors in nanoseconds.
cpu_time() {
	awk -v hz="$(getconf CLK_TCK)" '/^cpu / { printf "%.0f\n", ($2 + $3 + $4 + $7 + $8) * 1000000000 / hz }' /proc/stat
}

# netlink VALUE: the sum over all sockets for conntrack of the octets to be read ($5 of the
# table), or of the messages dropped because the socket was full ($9).
netlink() {
	awk -v column="$1" '$2 == 12 { sum += $column } END { print sum + 0 }' /proc/net/netlink
}

nothing_to_read() {
	[ "$(netlink 5)" = 0 ]
}

nat_exported() {
	[ "$(counter natStart) $(counter natStop)" = "$flows $flows" ]
}

# connections: start them, then end all of them. Sets NS, the time per connection of the
# forwarding processor until it has started; CPU, that of all processors until all events
# are read.
connections() {
	local before
	before=$(cpu_time)
	forward "$flows"
	NS=$(awk -v pps="$PPS" 'BEGIN { printf "%.1f", 1000000000 / pps }')
	conntrack -F >/dev/null 2>&1
	wait_for "$LIMIT" nothing_to_read || fatal "$who does not read its events"
	[ "${1:-}" != ours ] || wait_for "$LIMIT" nat_exported ||
		fatal "of $flows sessions, $(counter natStart) begins were exported, and $(counter natStop) ends"
	CPU=$(subtract "$(cpu_time)" "$before" | awk -v flows="$flows" '{ printf "%.1f", $1 / flows }')
}

# listener_begin: enlarge its socket, which has room for a few hundred events by default:
# conntrack reads more slowly than connections start
listener_begin() {
	local room
	room=$(cat /proc/sys/net/core/rmem_default)
	echo 1073741824 >/proc/sys/net/core/rmem_default
	conntrack -E -e NEW,DESTROY -o ktimestamp >/dev/null 2>"$TMPDIR/listener" &
	listener=$!
	wait_for "$LIMIT" listening || fatal "conntrack -E does not listen"
	echo "$room" >/proc/sys/net/core/rmem_default
}

listening() {
	awk '$2 == 12 && $4 ~ /[4567cdef]$/ { found = 1 } END { exit !found }' /proc/net/netlink
}

nat_base() {
	connections
	result "$who" connection-base "$NS"
	result "$who" processors-base "$CPU"
}

nat_with() {
	if [ "$who" = peer ]; then
		listener_begin
		connections
		[ "$(netlink 9)" = 0 ] || fatal "conntrack -E missed events: its time is none"
		kill -INT "$listener"
		wait "$listener"
	else
		reader_begin
		module_begin ours natevents=1
		connections ours
		[ "$(counter natLost) $(counter natUnsent)" = "0 0" ] || fatal "events were lost"
		rmmod ipt_NETFLOW || fatal "our module does not unload"
		reader_end
		[ "${READ[other]}" -ge $((2 * flows)) ] ||
			fatal "of $((2 * flows)) events, the collector has ${READ[other]}"
		[ "${READ[missing]} ${READ[dropped]}" = "0 0" ] || fatal "the collector missed events"
	fi
	progress "$who: $NS ns a connection; all processors: $CPU"
	result "$who" connection-with "$NS"
	result "$who" processors-with "$CPU"
}

# every second pair starts with the listener, as pairs of packets do
nat_pair() {
	if [ $((PAIR % 2)) = 1 ]; then
		nat_base
		nat_with
	else
		nat_with
		nat_base
	fi
}

measure_nat() {
	router
	sysctl -qw net.netfilter.nf_conntrack_timestamp=1
	connections
	by_turns "$PAIRS" nat_pair
}
