# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Functions for a test file (tests/SUITE/NAME.t): TAP, waiting, the module, traffic. It
# runs inside a guest, as root, and may change anything there. network.sh and collector.sh
# beside this file set up networks and collectors, law.sh checks the account of packets.
#
#	#!/bin/bash
#	. "$NETFLOW_TOP/tests/lib.sh"
#	module_load destination=127.0.0.1:2055
#	ok "the module is loaded" test -d /sys/module/ipt_NETFLOW
#	done_testing
#
# At the end, everything that the file started, created or loaded is removed.

set -u
export LC_ALL=C
TEST=$(basename "$0" .t)
TMP=$(mktemp -d "${TMPDIR:-/tmp}/$TEST.XXXXXX")
TESTS_RUN=0
STATS=/proc/net/stat/ipt_netflow_snmp
# Seconds until a wait fails. Nothing takes a tenth of this time, but a busy machine may
# stall the guest for long, and no result may depend on that.
PATIENCE=300
# All random inputs come from one seed, so that a run can be repeated: $RANDOM, and $SEED
# for programs. seed_shown prints it.
SEED=$((${NETFLOW_SEED:-1}))
RANDOM=$SEED

# --- TAP: one line per test ---

pass() {
	TESTS_RUN=$((TESTS_RUN + 1))
	echo "ok $TESTS_RUN - $*"
}

fail() {
	TESTS_RUN=$((TESTS_RUN + 1))
	echo "not ok $TESTS_RUN - $*"
}

diag() {
	printf '%s\n' "$@" | sed '/^$/d; s/^/# /'
}

# ok NAME COMMAND...: the command succeeds. Its output is printed if it does not.
# It runs in this shell, so that processes that a function starts are known and stopped.
ok() {
	local name=$1
	shift
	if "$@" >"$TMP/output" 2>&1; then
		pass "$name"
	else
		fail "$name"
		diag "failed: $*" "$(cat "$TMP/output")"
	fi
}

# not NAME COMMAND...: the command fails.
not() {
	local name=$1
	shift
	if "$@" >"$TMP/output" 2>&1; then
		fail "$name"
		diag "succeeded, but must not: $*" "$(cat "$TMP/output")"
	else
		pass "$name"
	fi
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "     got: $2"
		diag "expected: $3"
	fi
}

# like NAME GOT REGEX
like() {
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1"
		diag "        got: $2"
		diag "is not like: $3"
	fi
}

# compare NAME NUMBER OPERATOR NUMBER: operators as in C, quoted: "<=".
compare() {
	# shellcheck disable=SC2219 # an arithmetic expansion would exit the shell at a bad number
	if let "$2 $3 $4"; then
		pass "$1"
	else
		fail "$1"
		diag "does not hold: $2 $3 $4"
	fi
}

# results FILE: include the results of a program: "ok NAME" or "not ok NAME", and lines that
# explain them.
results() {
	local line
	while IFS= read -r line; do
		case $line in
		'ok '*) pass "${line#ok }" ;;
		'not ok '*) fail "${line#not ok }" ;;
		*) echo "# ${line#\# }" ;;
		esac
	done <"$1"
}

# skip NAME REASON: print and count a skipped test.
skip() {
	TESTS_RUN=$((TESTS_RUN + 1))
	echo "ok $TESTS_RUN - $1 # SKIP $2"
}

# skip_all REASON: skip the whole file.
skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# needs_processors COUNT: skip the file if there are fewer.
needs_processors() {
	[ "$(nproc)" -ge "$1" ] || skip_all "it needs $1 processors, and there are $(nproc)"
}

# bail REASON: abort, because no further test is useful.
bail() {
	fail "$*"
	done_testing
	exit 1
}

done_testing() {
	echo "1..$TESTS_RUN"
}

# --- waiting instead of sleeping ---

# pause SECONDS: sleep without a process. Before 5.2, bash's read may miss its own alarm if
# that comes too early, and then waits for ever.
mkfifo "$TMP/pause"
exec {PAUSE}<>"$TMP/pause"
pause() {
	if [ $((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1])) -ge 502 ]; then
		read -rt "$1" -u "$PAUSE" || true
	else
		sleep "$1"
	fi
}

# wait_for [SECONDS] COMMAND...: run the command until it succeeds, at short intervals first.
# SECONDS, or $PATIENCE, is only a limit; a wait that reaches it reports the command.
wait_for() {
	local limit=$PATIENCE end look steps=(0.002 0.005 0.01 0.02 0.05)
	if [[ $1 =~ ^[0-9]+$ ]]; then
		limit=$1
		shift
	fi
	end=$((SECONDS + limit))
	for ((look = 0; ; look++)); do
		! "$@" >/dev/null 2>&1 || return 0
		[ "$SECONDS" -lt "$end" ] || break
		pause "${steps[look]:-0.1}"
	done
	diag "$limit s were not enough for: $*"
	return 1
}

# process_state PID: set STATE, as ps prints it; empty if there is no such process.
process_state() {
	STATE=''
	read -r STATE 2>/dev/null <"/proc/$1/stat" || return 0
	STATE=${STATE##*) }
	STATE=${STATE%% *}
}

# processes_gone PID...: these programs have exited. (Signal 0 would succeed for children that
# this shell has not reaped, and in a loop without processes it may not reap them.)
processes_gone() {
	local pid
	for pid; do
		process_state "$pid"
		[[ $STATE = [ZX] || ! $STATE ]] || return
	done
}

# finished PID...: wait until they exit by themselves; true if they succeed.
finished() {
	local pid status=0
	for pid; do
		wait_for processes_gone "$pid" || kill -KILL "$pid" 2>/dev/null
		wait "$pid" || status=1
	done
	return "$status"
}

# process_sleeps PID: it waits for input, so it has processed all input.
process_sleeps() {
	process_state "$1"
	[ "$STATE" = S ]
}

# seed_shown: for a test with random inputs
seed_shown() {
	diag "NETFLOW_SEED=$SEED"
}

# now: milliseconds since the epoch.
now() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# --- the cleanup at the end ---

CLEANUPS=()
at_exit() {
	CLEANUPS+=("$*")
}

clean_up() {
	local i
	# a child that is killed before exec still has the parent's traps
	[ "$BASHPID" = $$ ] || return
	trap - EXIT
	law_look
	NETFLOW_LAW=''
	for ((i = ${#CLEANUPS[@]} - 1; i >= 0; i--)); do
		eval "${CLEANUPS[i]}"
	done
	rm -rf "$TMP"
}
trap clean_up EXIT

# The time limit of the file was reached: print the position.
stopped() {
	local i
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		diag "stopped in ${FUNCNAME[i]}, ${BASH_SOURCE[i]##*/} line ${BASH_LINENO[i - 1]}"
	done
	exit 143
}
trap stopped TERM INT

# spawn NAMESPACE PROGRAM...: run in the background until the end of the file. $PID is the
# program's own, because ip executes the program in place of itself.
spawn() {
	local where=$1
	shift
	if [ -n "$where" ]; then
		ip netns exec "$where" "$@" &
	else
		"$@" &
	fi
	PID=$!
	at_exit "stop $PID"
}

# stop PID [SIGNAL]: stop a process, by KILL if the signal has no effect.
stop() {
	kill "-${2:-TERM}" "$1" 2>/dev/null || true
	wait_for processes_gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null || true
}

# --- the module ---

# NETFLOW_MODULE is a path in a guest of the lab (built for its kernel), and a name in a guest
# with the package installed. A guest's processors stop while the machine's run something
# else, so each has long to answer, unless a test sets another time.
module_load() {
	set -- cpuwait=10000 "$@"
	case $NETFLOW_MODULE in
	*/*) insmod "$NETFLOW_MODULE" "$@" ;;
	*) modprobe "$NETFLOW_MODULE" "$@" ;;
	esac || return
	at_exit module_unload
}

# All removals of the module use this function.
rmmod() {
	[[ " $* " != *" ipt_NETFLOW "* ]] || law_look
	command rmmod "$@"
}

module_loaded() {
	[ -d /sys/module/ipt_NETFLOW ]
}

# True if the module is loaded and has no users: no rule and no hook of a namespace.
module_unused() {
	local name size users rest
	while read -r name size users rest; do
		[ "$name $users" != "ipt_NETFLOW 0" ] || return 0
	done </proc/modules
	: "$size" "$rest"
	return 1
}

# Rules use the module, so they are removed first.
module_unload() {
	local tool
	module_loaded || return 0
	rmmod ipt_NETFLOW 2>/dev/null && return 0
	for tool in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
		rules_flush "$tool"
	done
	# nf_tables releases a rule's target in a worker, after a grace period
	wait_for module_unused
	rmmod ipt_NETFLOW
}

rules_flush() {
	local tool=$1 table
	"$tool-save" 2>/dev/null | grep -q -- '-j NETFLOW' || return 0
	for table in raw mangle filter security; do
		"$tool" -t "$table" -S 2>/dev/null | sed -n 's/^-A \(.* -j NETFLOW.*\)/-D \1/p' |
			while read -ra rule; do
				"$tool" -t "$table" "${rule[@]}"
			done
	done
}

# The iptables variant of this guest: legacy if the kernel supports it, else nft.
if iptables-legacy -t filter -S >/dev/null 2>&1; then
	IPTABLES=iptables-legacy IP6TABLES=ip6tables-legacy
else
	# shellcheck disable=SC2034 # used by the tests
	IPTABLES=iptables-nft IP6TABLES=ip6tables-nft
fi

# setting NAME [VALUE]: read or write a sysctl of the module.
setting() {
	if [ $# = 1 ]; then
		cat "/proc/sys/net/netflow/$1"
	else
		echo "$2" 2>/dev/null >"/proc/sys/net/netflow/$1"
	fi
}

# maxflows_initial: what maxflows is at first on this machine: IPv6 flows of 145 octets
# in a twentieth of RAM, 2,000,000 at most.
maxflows_initial() {
	awk '/^MemTotal:/ { n = int($2 * 1024 / 20 / 145); print n < 2000000 ? n : 2000000 }' /proc/meminfo
}

# Export all flows, whatever their age.
flush() {
	setting flush 1
}

# counter NAME [COLUMN]: print a value of the machine-readable statistics; starts no process.
counter() {
	local line lines words
	mapfile -t lines <"$STATS" || return
	for line in "${lines[@]}"; do
		[[ $line == "$1 "* ]] || continue
		read -ra words <<<"$line"
		echo "${words[${2:-2} - 1]:-}"
		return
	done
	return 1
}

# drained: every metered packet has been exported or counted as lost, sampled out or
# discarded.
drained() {
	awk '{ value[$1] = $2 }
		END { exit value["inPackets"] != value["outPackets"] + value["lostPackets"] + \
			value["unsampledPackets"] + value["discardedPackets"] }' "$STATS"
}

# export_all: flush, and wait until all flows are exported.
export_all() {
	flush
	wait_for drained || diag "not all is exported: $(head -n 40 "$STATS")"
}

# --- traffic ---

# traffic OPTION...: see tests/tools/traffic.c. Sets SENT_PACKETS, SENT_OCTETS and SENT_FLOWS.
traffic() {
	traffic_in '' "$@"
}

# traffic_in NAMESPACE OPTION...
traffic_in() {
	local where=$1 output
	shift
	if ! output=$(in_ns "$where" "$NETFLOW_TOOLS/traffic" "$@"); then
		diag "traffic $* failed"
		return 1
	fi
	sent_is "$output"
}

# sent_is "packets N octets N flows N": parse the output of traffic.
sent_is() {
	local word
	read -r word SENT_PACKETS word SENT_OCTETS word SENT_FLOWS <<<"$1"
	# shellcheck disable=SC2034 # used by the tests
	: "$word" "$SENT_PACKETS" "$SENT_OCTETS" "$SENT_FLOWS"
}

# sender_start NAMESPACE OPTION...: send traffic until sender_stop, which sets the results.
# During it, progress is measured in packets: see metered_more.
sender_start() {
	spawn "$1" "$NETFLOW_TOOLS/traffic" --count 1000000000 "${@:2}" >"$TMP/sent"
	SENDER=$PID
}

sender_stop() {
	stop "$SENDER"
	sent_is "$(<"$TMP/sent")"
}

# metered_more COUNT: wait until COUNT more packets have been metered.
metered_more() {
	wait_for counter_reaches inPackets $(($(counter inPackets) + $1))
}

# counter_reaches NAME LEAST
counter_reaches() {
	[ "$(counter "$1")" -ge "$2" ]
}

# in_ns NAMESPACE COMMAND...: an empty name means the guest's own namespace.
in_ns() {
	local name=$1
	shift
	if [ -n "$name" ]; then
		ip netns exec "$name" "$@"
	else
		"$@"
	fi
}

# port_open NAMESPACE udp|tcp PORT: a socket listens on the port.
port_open() {
	local hex
	hex=$(printf ':%04X' "$3")
	in_ns "$1" cat "/proc/net/$2" "/proc/net/${2}6" 2>/dev/null |
		awk -v port="$hex" -v state="$([ "$2" = tcp ] && echo 0A || echo 07)" '
			substr($2, length($2) - 4) == port && $4 == state { found = 1 }
			END { exit !found }'
}

# shellcheck source=tests/law.sh
. "$NETFLOW_TOP/tests/law.sh"
# shellcheck source=tests/network.sh
. "$NETFLOW_TOP/tests/network.sh"
# shellcheck source=tests/collector.sh
. "$NETFLOW_TOP/tests/collector.sh"
