# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Functions for tests of the debug kernels, in addition to lib.sh. On these kernels a new
# process takes a second or two, so the functions use the shell's builtins where possible,
# and return results in variables.
#
# The recorder (tools/recorder.c) is a strict IPFIX collector that writes what it decodes
# as lines "KIND NAME=VALUE...". Queries name a KIND, the wanted NAMEs, and words NAME=VALUE
# that a line must have.

RECORDER=''
# set this if so many lines are recorded that a process is faster than a loop in the shell
RECORDER_LARGE=''

# until_true [SECONDS] COMMAND...: another name of wait_for.
until_true() {
	wait_for "$@"
}

# --- the recorder ---

# recorder_start NAME "[--totals] [--default-buffer] PORT..." [NAMESPACE]
recorder_start() {
	local words
	read -ra words <<<"$2"
	RECORDER=$TMP/$1
	spawn "${3:-}" "$NETFLOW_TOOLS/recorder" "${words[@]}" >"$RECORDER"
	COLLECTOR_PID[$1]=$PID
	if [ -z "${3:-}" ]; then
		wait_for listening "${words[-1]}"
	else
		wait_for port_open "$3" udp "${words[-1]}"
	fi || bail "the recorder does not start"
}

# listening PORT: a socket listens on [::] in the guest's own namespace.
listening() {
	local hex table
	printf -v hex ':%04X ' "$1"
	read -rd '' table </proc/net/udp6
	[[ $table == *$hex* ]]
}

# recorder_stop NAME: stop it when all received messages are read.
recorder_stop() {
	stop "${COLLECTOR_PID[$1]}"
	RECORDER=$TMP/$1
}

# recorded KIND "NAME..." [NAME=VALUE...]: set RECORDED to the values, one line per record.
recorded() {
	local kind=$1 names=$2 lines=() line word value
	shift 2
	RECORDED=''
	RECORDED_COUNT=0
	if [ "$RECORDER_LARGE" ]; then
		mapfile -t lines <<<"$(grep "^$kind " "$RECORDER")"
	else
		mapfile -t lines <"$RECORDER"
	fi
	for line in "${lines[@]}"; do
		[[ $line == "$kind "* ]] || continue
		for word; do
			[[ "$line " == *" $word "* ]] || continue 2
		done
		value=''
		for word in $names; do
			value+=" "
			if [[ $line == *" $word="* ]]; then
				word=${line#* "$word"=}
				value+=${word%% *}
			else
				value+=-
			fi
		done
		RECORDED+=${RECORDED:+$'\n'}${value# }
		RECORDED_COUNT=$((RECORDED_COUNT + 1))
	done
}

# has KIND [NAME=VALUE...]: there is such a line.
has() {
	recorded "$1" port "${@:2}"
	[ "$RECORDED_COUNT" -gt 0 ]
}

# has_count KIND COUNT [NAME=VALUE...]: there are at least COUNT such lines.
has_count() {
	recorded "$1" port "${@:3}"
	[ "$RECORDED_COUNT" -ge "$2" ]
}

# recorded_sums [NAME=VALUE...]: set RECORDED to "records packets octets" of flows.
recorded_sums() {
	local packets=0 octets=0 p o
	recorded flow 'packetDeltaCount octetDeltaCount' "$@"
	while read -r p o; do
		packets=$((packets + p))
		octets=$((octets + o))
	done <<<"$RECORDED"
	RECORDED="$RECORDED_COUNT $packets $octets"
}

# sums_are TITLE "RECORDS PACKETS OCTETS" [NAME=VALUE...]
sums_are() {
	recorded_sums "${@:3}"
	is "$1" "$RECORDED" "$2"
}

# fields_are TITLE "NAME..." "VALUE..." [NAME=VALUE...]: of flows.
fields_are() {
	recorded flow "$2" "${@:4}"
	is "$1" "$RECORDED" "$3"
}

# messages_right TITLE: no message was malformed or came before its templates.
messages_right() {
	recorded problem port
	if [ "$RECORDED_COUNT" = 0 ] && has message; then
		pass "$1"
	else
		fail "$1"
		diag "$(grep '^problem' "$RECORDER" | head -n 5)"
	fi
}

# --- statistics ---

declare -A COUNT

# statistics: read all statistics into COUNT[name]. The file is read at once, because `read`
# seeks back for each line, and the length of the file may change.
statistics() {
	local name value line lines
	COUNT=()
	mapfile -t lines <"$STATS"
	for line in "${lines[@]}"; do
		read -r name value <<<"$line"
		COUNT[${name:-none}]=$value
	done
}

# counts "NAME...": set COUNTS to their values in one line.
counts() {
	local name
	statistics
	COUNTS=''
	for name in $1; do
		COUNTS+=" ${COUNT[$name]}"
	done
	COUNTS=${COUNTS# }
}

# counts_are TITLE "NAME..." "VALUE..."
counts_are() {
	counts "$2"
	is "$1" "$COUNTS" "$3"
}

# at_rest: no flow is queued for the collectors.
at_rest() {
	statistics
	[ "${COUNT[queuedPackets]}" = 0 ]
}

# resting: to be called after the senders have stopped. Waits until each packet that they
# sent, or that was sent in response, is counted: no packet is between devices, and reading
# the audit makes every processor count the packets in its ring.
resting() {
	local before=-1
	statistics
	until [ "${COUNT[inPackets]}" = "$before" ]; do
		before=${COUNT[inPackets]}
		wait_for network_idle
		: "$(</proc/net/stat/ipt_netflow_audit)"
		statistics
	done
}

# metered COUNT: at least COUNT packets have been metered.
metered() {
	statistics
	[ "${COUNT[inPackets]}" -ge "$1" ]
}

# law_holds TITLE: each packet and each octet is accounted for.
law_holds() {
	local packets octets
	statistics
	packets=$((COUNT[inPackets] - COUNT[outPackets] - COUNT[hashPackets] - COUNT[queuedPackets] -
		COUNT[lostPackets] - COUNT[unsampledPackets] - COUNT[discardedPackets]))
	octets=$((COUNT[inBytes] - COUNT[outBytes] - COUNT[hashBytes] - COUNT[queuedBytes] -
		COUNT[lostBytes] - COUNT[unsampledBytes] - COUNT[discardedBytes]))
	is "$1: in = out + table + queue + lost + not sampled" "$packets $octets" "0 0"
}

# --- setting up ---

# rules TOOL LINE...: "TABLE CHAIN MATCHES" appends a NETFLOW rule to the chain; "TABLE -"
# flushes a table.
rules() {
	local tool=$1 line table rest text=''
	shift
	for line; do
		read -r table rest <<<"$line"
		text+="*$table"$'\n'
		[ "$rest" = - ] && text+="-F"$'\n' || text+="-A $rest -j NETFLOW"$'\n'
		text+="COMMIT"$'\n'
	done
	"$tool-restore" --noflush <<<"$text"
}

# router OPTION...: create a device t0 on which packets arrive (10.9.0.1/24, fd00:9::1/64) and
# a device d0 by which they leave (10.8.0.1/16, fd00:8::1/64), load the module with these
# options, and add rules for arriving packets.
router() {
	# set this before devices are created: router solicitations would be metered
	echo 0 >/proc/sys/net/ipv6/conf/default/router_solicitations
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	ip -batch - <<-END || bail "no devices"
		tuntap add dev t0 mode tun
		link add d0 type dummy
		address add 10.9.0.1/24 dev t0
		address add fd00:9::1/64 dev t0 nodad
		address add 10.8.0.1/16 dev d0
		address add fd00:8::1/64 dev d0 nodad
		link set t0 up
		link set d0 up arp off
	END
	at_exit "ip link del t0; ip link del d0"
	echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
	echo 0 >/proc/sys/net/ipv4/conf/t0/rp_filter
	module_load "$@" || bail "the module does not load"
	rules "$IPTABLES" 'raw PREROUTING -i t0'
	rules "$IP6TABLES" 'raw PREROUTING -i t0'
	at_exit router_rules_gone
}

router_rules_gone() {
	rules "$IPTABLES" 'raw -'
	rules "$IP6TABLES" 'raw -'
}

# packets OPTION...: send traffic into t0, between addresses that the router has routes for.
packets() {
	traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 "$@"
}

packets6() {
	traffic --tun t0 --src fd00:9::2 --dst fd00:8::2 "$@"
}

# --- the kernel's log ---

# log_start: record the module's log messages from now on.
log_start() {
	spawn '' dmesg --follow-new --notime >"$TMP/log"
	# dmesg does not signal when it is ready: write a line until it appears
	wait_for log_hears
}

log_hears() {
	echo "test $TEST listens" >/dev/kmsg
	[ -s "$TMP/log" ]
}

# log_count REGEX: set LOG_COUNT to the number of the module's lines that match.
log_count() {
	local lines line
	LOG_COUNT=0
	mapfile -t lines <"$TMP/log"
	for line in "${lines[@]}"; do
		[[ $line == 'ipt_NETFLOW: '* && $line =~ $1 ]] && LOG_COUNT=$((LOG_COUNT + 1))
	done
	return 0
}

# log_has REGEX
log_has() {
	log_count "$1"
	[ "$LOG_COUNT" -gt 0 ]
}

# logged_once TITLE REGEX
logged_once() {
	wait_for log_has "$2"
	log_count "$2"
	is "$1" "$LOG_COUNT" 1
}
