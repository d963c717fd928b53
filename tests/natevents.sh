# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Common functions for tests of NAT events: conntrack's own log and the events that a
# collector received, as lines that can be compared. Sourced after recorder.sh.
#
# A line is an event:
#	NUMBER PROTOCOL ZONE SOURCE PORT DESTINATION PORT, the same translated
# followed, if requested, by the octets and packets of both directions. NUMBER is natEvent;
# ICMP identifiers are source ports.

# shellcheck disable=SC2034 # used by the tests
CONNECTIONS=$NETFLOW_TOP/tests/tools/connections.py
CONNTRACK=/proc/sys/net/netfilter

# log_begin NAME [NAMESPACE [OPTION...]]: log conntrack's events of all connections to
# NAME.events. The option -b of conntrack 1.4.7 enlarges a socket that is not the one that it
# reads, so the default size of all new sockets is increased.
log_begin() {
	local name=$1 where=${2:-} count room
	shift $(($# > 1 ? 2 : 1))
	count=$(listeners "$where")
	[ $# -gt 0 ] || set -- -e NEW,DESTROY -o extended,timestamp
	room=$(cat /proc/sys/net/core/rmem_default)
	echo 402653184 >/proc/sys/net/core/rmem_default
	spawn "$where" conntrack -E "$@" >"$TMP/$name.events" 2>"$TMP/$name.errors"
	COLLECTOR_PID["log-$name"]=$PID
	wait_for listeners_are "$where" $((count + 1)) || bail "conntrack -E does not start"
	echo "$room" >/proc/sys/net/core/rmem_default
}

# listeners NAMESPACE: print the number of sockets in conntrack's group DESTROY.
listeners() {
	# shellcheck disable=SC2016 # expanded by awk
	in_ns "$1" awk '$2 == 12 && $4 ~ /[4567cdef]$/ { n++ } END { print n + 0 }' /proc/net/netlink
}

listeners_are() {
	[ "$(listeners "$1")" = "$2" ]
}

# log_end NAME: stop when all events are read; fail if the log is incomplete.
log_end() {
	local pid=${COLLECTOR_PID["log-$1"]}
	wait_for log_read "$pid" || bail "conntrack's log is not read to its end"
	stop "$pid" INT
	! grep ENOBUFS "$TMP/$1.errors" || bail "conntrack's log is not whole"
}

# log_read PID: conntrack has written all events of its sockets.
log_read() {
	listeners_idle "$1" && process_sleeps "$1"
}

# listeners_idle [PID]: no netfilter socket in the guest's namespace, or of this process, has
# data to read.
listeners_idle() {
	# shellcheck disable=SC2046 # numbers
	awk -v inodes="$([ $# = 0 ] || stat -L -c %i "/proc/$1/fd/"* | xargs)" '
		BEGIN {
			count = split(inodes, list)
			for (i in list)
				wanted[list[i]]
		}
		$2 == 12 && $5 != 0 && (!count || $10 in wanted) { busy = 1 }
		END { exit busy }' "/proc/${1:-self}/net/netlink"
}

# hear_from, hear_end NAME: copy the records that the recorder receives between the two calls
# to NAME. (A new recorder would have to wait for templates, and would miss earlier records.)
hear_from() {
	hear_rest
	HEARD=$(wc -l <"$TMP/all")
}

hear_end() {
	hear_rest
	RECORDER=$TMP/$1
	tail -n +"$((HEARD + 1))" "$TMP/all" >"$RECORDER"
}

# hear_rest: wait until the module has read all events of conntrack, a flush has sent the
# incomplete messages (a module that was removed has done that itself), and the recorder has
# written all that it received.
hear_rest() {
	wait_for listeners_idle
	! module_loaded || flush
	wait_for heard_all
}

# The recorder, on port 2055 = 0x807 of HEAR_WHERE, has no data to read.
HEAR_WHERE=''
heard_all() {
	# shellcheck disable=SC2016 # expanded by awk
	network_idle && in_ns "$HEAR_WHERE" awk '
		$2 ~ /:0807$/ { split($5, queue, ":"); waits = queue[2] != 0 }
		END { exit waits }' /proc/net/udp6 && process_sleeps "${COLLECTOR_PID[all]}"
}

# truth NAME [counts]: print the events of translated connections, sorted.
truth() {
	awk -v counts="${2:-}" '
	{
		for (at = 1; $at !~ /^ipv[46]$/; at++)
			if (at == NF)
				next
		delete value
		delete seen
		for (i = at; i <= NF; i++)
			if (split($i, part, "=") == 2)
				value[part[1], seen[part[1]]++] = part[2]
		zone = (("zone", 0) in value) ? value["zone", 0] : value["zone-orig", 0]
		icmp = $(at + 2) ~ /icmp/
		port = icmp ? value["id", 0] : value["sport", 0]
		after = icmp ? value["id", 1] : value["dport", 1]
		if (value["src", 0] == value["dst", 1] && value["dst", 0] == value["src", 1] &&
		    port == after && value["dport", 0] == value["sport", 1])
			next
		ends = /\[DESTROY\]/
		line = ($at == "ipv4" ? 4 : 1) + ends " " $(at + 3) " " zone + 0 " " \
			value["src", 0] " " port + 0 " " value["dst", 0] " " value["dport", 0] + 0 " " \
			value["dst", 1] " " after + 0 " " value["src", 1] " " value["sport", 1] + 0
		if (counts != "" && ends)
			line = line " " value["bytes", 0] + 0 " " value["bytes", 1] + 0 " " \
				value["packets", 0] + 0 " " value["packets", 1] + 0
		print line
	}' "$TMP/$1.events" | sort
}

# told NAME [counts]: print the events that the recorder received, sorted.
told() {
	awk -v counts="${2:-}" '
	/^flow .* natEvent=/ {
		delete value
		for (i = 2; i <= NF; i++)
			if (split($i, part, "=") == 2)
				value[part[1]] = part[2]
		ip = ("sourceIPv4Address" in value) ? "IPv4Address" : "IPv6Address"
		line = value["natEvent"] " " value["protocolIdentifier"] " " value["ingressVRFID"] " " \
			value["source" ip] " " value["sourceTransportPort"] " " \
			value["destination" ip] " " value["destinationTransportPort"] " " \
			value["postNATSource" ip] " " value["postNAPTSourceTransportPort"] " " \
			value["postNATDestination" ip] " " value["postNAPTDestinationTransportPort"]
		if (counts != "" && value["natEvent"] ~ /[25]/)
			line = line " " value["initiatorOctets"] + 0 " " value["responderOctets"] + 0 " " \
				value["initiatorPackets"] + 0 " " value["responderPackets"] + 0
		print line
	}' "$TMP/$1" | sort
}

# same_events TITLE LOG RECORDER LEAST [counts]: both have the same events, at least LEAST.
same_events() {
	local count
	truth "$2" "${5:-}" >"$TMP/truth"
	told "$3" "${5:-}" >"$TMP/told"
	count=$(wc -l <"$TMP/truth")
	if ! cmp -s "$TMP/truth" "$TMP/told"; then
		fail "$1"
		diag "$(diff "$TMP/truth" "$TMP/told" | head -n 10)" \
			"$count in conntrack's log, $(wc -l <"$TMP/told") reported"
	else
		compare "$1 ($count events)" "$count" '>=' "$4"
	fi
}

# pairs_right TITLE RECORDER: no session is created or deleted twice in a row, and none is
# deleted without having been created.
pairs_right() {
	local wrong
	wrong=$(awk '
	/^flow .* natEvent=/ {
		key = $0
		sub(/.* natEvent=/, "natEvent=", key)
		sub(/ flowStartMilliseconds=.*/, "", key)
		match(key, /natEvent=[0-9]+/)
		ends = substr(key, 10, RLENGTH - 9) ~ /[25]/
		sub(/natEvent=[0-9]+ /, "", key)
		if (ends ? !alive[key] : alive[key])
			print (ends ? "deleted" : "created") ": " key
		alive[key] = !ends
	}' "$TMP/$2" | head -n 5)
	is "$1" "$wrong" ''
}

# nat_rest: all sessions that have started have ended.
nat_rest() {
	statistics
	# shellcheck disable=SC2153 # set by recorder.sh
	[ "${COUNT[natStart]}" = "${COUNT[natStop]}" ]
}

# nat_started COUNT: at least COUNT sessions have started.
nat_started() {
	statistics
	[ "${COUNT[natStart]}" -ge "$1" ]
}

# nat_stopped COUNT
nat_stopped() {
	statistics
	[ "${COUNT[natStop]}" -ge "$1" ]
}

# nat_quick SECONDS: set conntrack's time-outs to SECONDS and allow many connections; remove
# connections of earlier tests, which have the same ports.
nat_quick() {
	local name
	conntrack -F >/dev/null 2>&1
	conntrack -F -f ipv6 >/dev/null 2>&1
	for name in udp_timeout udp_timeout_stream icmp_timeout icmpv6_timeout \
		tcp_timeout_syn_sent tcp_timeout_syn_recv tcp_timeout_fin_wait tcp_timeout_close_wait \
		tcp_timeout_last_ack tcp_timeout_time_wait tcp_timeout_close \
		sctp_timeout_closed sctp_timeout_shutdown_ack_sent sctp_timeout_cookie_wait; do
		[ ! -e "$CONNTRACK/nf_conntrack_$name" ] || echo "$1" >"$CONNTRACK/nf_conntrack_$name"
	done
	echo 262144 >"$CONNTRACK/nf_conntrack_buckets"
	echo 1000000 >"$CONNTRACK/nf_conntrack_max"
}

# nfdump_events NAME: print the IPv4 events of TCP and UDP of a stopped collector, in the
# format of told without the zone. (Older versions of nfdump do not name the events of
# RFC 8158, but all can select them by number.)
nfdump_events() {
	local event
	for event in 4 5; do
		records "$1" '%pr %sa %sp %da %dp %nsa %nsp %nda %ndp' "nat event $event" |
			awk -v event="$event" '$1 == 6 || $1 == 17 { print event, $0 }'
	done | sort
}

# nfdump_has TITLE COLLECTOR RECORDER: the collector has the events of the recorder.
nfdump_has() {
	nfdump_events "$2" >"$TMP/nel"
	told "$3" | awk '$1 ~ /[45]/ && $2 ~ /^(6|17)$/ { $3 = ""; gsub(/  /, " "); print }' | sort >"$TMP/told"
	if cmp -s "$TMP/nel" "$TMP/told"; then
		compare "$1 ($(wc -l <"$TMP/nel") events)" "$(wc -l <"$TMP/nel")" '>' 0
	else
		fail "$1"
		diag "$(diff "$TMP/told" "$TMP/nel" | head -n 10)"
	fi
}
