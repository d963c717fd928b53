# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Parts of all measurements inside a guest: packets from pktgen, the module under test, a
# collector that counts. Sourced by guest.
#
# The environment has the case's OPTIONS, which guest turns into variables, OURS and PEER
# (paths of the modules), PAIRS, and TOOLS (the directory of reader).
# shellcheck disable=SC2034,SC2153,SC2154

STATS=/proc/net/stat/ipt_netflow_snmp
PORT=2055
RATE_LIMIT=0	# packets per second, 0 for no limit
SENT=0		# packets to be metered since the module was loaded
LIMIT=600	# seconds until a wait fails: far more than a busy machine needs
PAIR=0		# number of the pair of runs, or of the single run

fatal() {
	echo "error: $CASE: $*"
	dmesg | tail -n 8
	exit 1
}

# result WHO NAME VALUE: write a result; WHO is ours, peer or another module.
result() {
	[[ $3 =~ ^-?[0-9]+(\.[0-9]+)?$ ]] || fatal "$2 of $1 is no number: $3"
	printf '%s\t%s\t%s\t%d\t%s\n' "$CASE" "$1" "$2" "$PAIR" "$3" >>"$NETFLOW_OUT/results"
}

progress() {
	echo "  $CASE, $PAIR of $PAIRS: $*"
}

# wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# subtract A B: works with decimal fractions
subtract() {
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a - b }'
}

now() {
	echo "$EPOCHREALTIME"
}

# --- packets: pktgen injects them into the receive path of a dummy device, with one
# thread and one device per CPU ---

pktgen() {
	echo "$2" >"/proc/net/pktgen/$1" || fatal "pktgen does not take: $2"
}

# Set the addresses of a generator's flows: sources from 20.0.0.0 on, for the second CPU
# from 40.0.0.0 on. With IPv6 pktgen can only count ports.
generator_flows() {
	local dev=dum$1 base=$((20 * ($1 + 1))) last=$((flows - 1))
	if [ "$family" = 4 ]; then
		pktgen "$dev" "dst 11.0.0.1"
		pktgen "$dev" "src_min $base.0.0.0"
		pktgen "$dev" "src_max $((base + (last >> 24))).$((last >> 16 & 255)).$((last >> 8 & 255)).$((last & 255))"
		return
	fi
	pktgen "$dev" "dst6 fd00:11::1"
	pktgen "$dev" "src6 fd00:$base::1"
	pktgen "$dev" "udp_src_min 1000"
	if [ "$flows" -le 50000 ]; then
		pktgen "$dev" "udp_src_max $((1000 + flows))"
	else
		# Both ports are incremented together. 1000 and an odd number that is not a
		# multiple of 5 have no common factor, so all pairs of ports occur.
		pktgen "$dev" "udp_src_max 2000"
		pktgen "$dev" "udp_dst_min 1000"
		pktgen "$dev" "udp_dst_max $((1000 + (flows / 1000 | 1)))"
	fi
}

# Without the rule, packets are dropped in the raw table too.
generators() {
	local i dev drop
	sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv6.conf.default.accept_dad=0
	for ((i = 0; i < cpus; i++)); do
		dev=dum$i
		ip link add "$dev" type dummy || fatal "no dummy device"
		ip link set "$dev" up arp off
		pktgen "kpktgend_$((i + first_cpu))" "add_device $dev"
		pktgen "$dev" "xmit_mode netif_receive"
		pktgen "$dev" "clone_skb 0"
		pktgen "$dev" "pkt_size $((packet_octets + 14))"
		pktgen "$dev" "dst_mac $(cat "/sys/class/net/$dev/address")"
		generator_flows "$i"
	done
	drop=(-t raw -A PREROUTING -i dum+ -j DROP)
	"$iptables" "${drop[@]}" || fatal "no rule to end the way of the packets"
}

# send PACKETS: send so many on each CPU; sets NS, the time per packet in nanoseconds. It
# is called hundreds of times, so it starts no process: that takes longer than the packets.
send() {
	local i lines line tenths=0
	for ((i = 0; i < cpus; i++)); do
		pktgen "dum$i" "count $1"
		if [ "$RATE_LIMIT" = 0 ]; then
			pktgen "dum$i" "delay 0"
		else
			pktgen "dum$i" "ratep $RATE_LIMIT"
		fi
	done
	pktgen pgctrl start
	# pktgen can return before a thread has started
	wait_for "$LIMIT" sent || fatal "pktgen does not end"
	for ((i = 0; i < cpus; i++)); do
		mapfile -t lines <"/proc/net/pktgen/dum$i"
		line=${lines[*]}
		[[ $line =~ pkts-sofar:\ $1\ .*Result:\ OK:\ ([0-9]+)\( ]] ||
			fatal "pktgen did not send $1 packets: $line"
		tenths=$((tenths + BASH_REMATCH[1] * 10000 / ($1 * cpus)))
	done
	NS=$((tenths / 10)).$((tenths % 10))
	[ -z "$ruled" ] || SENT=$((SENT + $1 * cpus))
}

# sent: true if all devices have the result of the packets, not of the last setting ("OK: delay=0").
sent() {
	local file lines
	for file in /proc/net/pktgen/dum*; do
		mapfile -t lines <"$file"
		[[ ${lines[*]} =~ Result:\ OK:\ [0-9]+\( ]] || return
	done
}

# in_random_order ''|!: set or clear random order, if the case has it. Flows are created in turn.
in_random_order() {
	local i
	[ "$order" = random ] || return 0
	for ((i = 0; i < cpus; i++)); do
		pktgen "dum$i" "flag $1IPSRC_RND"
	done
}

# --- the module under test, and its collector ---

# the position of the rule, and the packets that it matches
rule=(raw PREROUTING -i dum+)
ruled=
rule_add() {
	[ -z "$ruled" ] || return 0
	"$iptables" -t "${rule[0]}" -I "${rule[@]:1}" -j NETFLOW || fatal "no NETFLOW rule"
	ruled=1
}

rule_remove() {
	[ -n "$ruled" ] || return 0
	"$iptables" -t "${rule[0]}" -D "${rule[@]:1}" -j NETFLOW || fatal "the rule stays"
	ruled=
}

# to be called before the module is loaded: without a collector it waits before it retries
reader_begin() {
	${reader_cpu:+taskset -c "$reader_cpu"} "$TOOLS/reader" "$PORT" "${1:-0}" >"$TMPDIR/reader" &
	reader=$!
	wait_for "$LIMIT" grep -qs ready "$TMPDIR/reader" || fatal "the reader does not start"
}

# reader_end: stop the reader; sets READ[name] to its results.
declare -A READ
reader_end() {
	local name value words
	kill "$reader"
	wait "$reader" || fatal "the reader failed"
	read -ra words <<<"$(tail -n 1 "$TMPDIR/reader")"
	set -- "${words[@]}"
	while [ $# -ge 2 ]; do
		name=$1 value=$2
		READ[$name]=$value
		shift 2
	done
}

# module_begin ours|peer|ALTERNATIVE [OPTION...]: load the module, with a collector and
# time-outs longer than any measurement.
module_begin() {
	local module=$OURS options=()
	who=$1
	[ "$who" = ours ] || module=${ALTERNATIVES:-}/$who.ko
	shift
	IFS=, read -ra options <<<"${ours-}"
	if [ "$who" = peer ]; then
		module=$PEER
		# its table does not grow: set a size that is sufficient for all flows
		options=("hashsize=$((flows * cpus * 2 > 2097152 ? flows * cpus * 2 : 2097152))")
		[ -z "${theirs-}" ] || IFS=, read -ra options <<<"${options[0]},$theirs"
	fi
	SENT=0
	insmod "$module" "destination=127.0.0.1:$PORT" protocol=10 maxflows=0 \
		active_timeout=3600 inactive_timeout=3600 "${options[@]}" "$@" ||
		fatal "the module of $who does not load"
}

setting() {
	echo "$2" >"/proc/sys/net/netflow/$1" || fatal "$who does not take $1=$2"
}

# drained: every metered packet was exported or counted as lost.
drained() {
	awk '{ value[$1] = $2 }
		END { exit value["inPackets"] != value["outPackets"] + value["lostPackets"] }' "$STATS"
}

counter() {
	awk -v name="$1" '$1 == name { print $2 }' "$STATS"
}

# export_all: the peer sends a message that is not full only when the inactive time-out
# passes without another record, and only its human-readable statistics show it.
export_all() {
	setting inactive_timeout 1
	setting flush 1
	if [ "$who" = peer ]; then
		wait_for "$LIMIT" empty && wait_for "$LIMIT" no_message
	else
		wait_for "$LIMIT" drained
	fi || fatal "not all of $who is exported after $LIMIT s: $(head -n 19 "$STATS")"
}

empty() {
	[ "$(counter hashFlows)" = 0 ]
}

# no_message: the peer has no message that is not sent yet.
no_message() {
	grep -q 'InPDU 0, 0\.' /proc/net/stat/ipt_netflow
}

# module_end: compare the collector's sums with the sent packets. For ours they must be
# equal; for the peer the difference is a result.
module_end() {
	local want="$SENT $((SENT * packet_octets))"
	local lost
	rule_remove
	export_all
	lost=$(counter lostPackets)
	rmmod ipt_NETFLOW || fatal "the module of $who does not unload"
	reader_end
	if [ "${READ[packets]} ${READ[octets]}" != "$want" ]; then
		[ "$who" = peer ] || fatal "sent were $want packets and octets, exported ${READ[packets]} ${READ[octets]}; the module says that $lost were lost; the collector: $(tail -n 1 "$TMPDIR/reader")"
		progress "the peer exported ${READ[packets]} of $SENT packets and says that $lost were lost"
	fi
	result "$who" unexported $((SENT - READ[packets]))
	# otherwise the packets did not belong to the flows of the case
	[ "$who" = peer ] || [ "${READ[records]}" -ge $((flows * cpus)) ] ||
		fatal "of $((flows * cpus)) flows, ${READ[records]} records came"
	[ "${READ[unknown]} ${READ[dropped]}" = "0 0" ] ||
		fatal "the collector could not read all: $(tail -n 1 "$TMPDIR/reader")"
}
