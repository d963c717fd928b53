# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Fault injection (CONFIG_FAULT_INJECTION). Sourced after lib.sh.

INJECTORS=(/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc)

# faults_ready: set up fault injection for tasks that ask for it: allocations of all sizes
# and in all contexts can fail, without a line in the log for each.
faults_ready() {
	local injector setting
	for injector in "${INJECTORS[@]}"; do
		[ -d "$injector" ] || return 1
		for setting in ignore-gfp-wait=N ignore-gfp-highmem=N min-order=0 verbose=0 times=-1 \
			interval=1 probability=0; do
			[ ! -e "$injector/${setting%=*}" ] ||
				echo "${setting#*=}" >"$injector/${setting%=*}" || return 1
		done
	done
}

# faults_random PERCENT [FUNCTION]: until faults_end, PERCENT of the allocations fail that
# the module makes, or that the kernel makes on its behalf, in any context. With FUNCTION
# only those in this function and the functions that it calls.
faults_random() {
	local begin end injector
	# shellcheck disable=SC2016 # expanded by awk
	read -r begin end <<<"$(awk '$4 == "[ipt_NETFLOW]" && $2 ~ /^[tT]$/ { print $1, $3 }' /proc/kallsyms |
		sort | awk -v wanted="${2:-}" '
			wanted == "" { end = $1 }
			begin != "" && end == "" && $1 != begin { end = $1 }
			begin == "" && (wanted == "" || $2 == wanted) { begin = $1 }
			END { print begin, end }')"
	[ -n "$end" ] || return 1
	# only the start of the last function is known: use the end of its page
	[ -n "${2:-}" ] || printf -v end '%x' $(((0x$end | 0xfff) + 1))
	for injector in "${INJECTORS[@]}"; do
		[ -e "$injector/require-start" ] || return 1
		echo "0x$begin" >"$injector/require-start"
		echo "0x$end" >"$injector/require-end"
		echo 1000000 >"$injector/times"
		echo "$1" >"$injector/probability"
	done
}

# faults_end: disable fault injection; sets FAULTS to the number of failed allocations.
faults_end() {
	local injector
	FAULTS=0
	for injector in "${INJECTORS[@]}"; do
		echo 0 >"$injector/probability"
		FAULTS=$((FAULTS + 1000000 - $(<"$injector/times")))
		echo 0 >"$injector/require-start"
		# the default: no upper limit
		echo 0xffffffffffffffff >"$injector/require-end"
		echo -1 >"$injector/times"
	done
}

# faults_made COUNT: at least COUNT allocations have failed since faults_random; sets FAULTS.
faults_made() {
	local injector
	FAULTS=0
	for injector in "${INJECTORS[@]}"; do
		FAULTS=$((FAULTS + 1000000 - $(<"$injector/times")))
	done
	[ "$FAULTS" -ge "$1" ]
}

TRACING=/sys/kernel/tracing

# sleeps_begin: trace the timers that processes start before they sleep.
sleeps_begin() {
	[ -e "$TRACING/events/timer/hrtimer_start" ] || return 1
	echo 256 >"$TRACING/buffer_size_kb"
	echo >"$TRACING/trace"
	# trace no other process until sleeps_of_this is called
	echo $$ >"$TRACING/set_event_pid"
	echo 1 >"$TRACING/events/timer/hrtimer_start/enable"
	echo 1 >"$TRACING/tracing_on"
}

# sleeps_of_this: trace the calling (sub)shell
sleeps_of_this() {
	echo "$BASHPID" >"$TRACING/set_event_pid"
}

# sleeps_end: set SLEEPS to the number of times that it has slept for some time
sleeps_end() {
	# shellcheck disable=SC2034 # used by the tests
	SLEEPS=$(grep -c 'function=hrtimer_wakeup ' "$TRACING/trace")
	echo 0 >"$TRACING/events/timer/hrtimer_start/enable"
	echo >"$TRACING/set_event_pid"
	echo >"$TRACING/trace"
}

# allocations_of THING...: set ALLOCATIONS to the number that it makes; its result is ignored
allocations_of() {
	local word
	read -r word word word ALLOCATIONS word <<<"$(FAILING_COUNT=1 "$NETFLOW_TOOLS/failing" "$@")"
	: "$word"
}

# each_fails TITLE FROM MOST THING...: run an operation of tools/failing once for each of its
# allocations from number FROM on, with that allocation failing. If there are more than MOST,
# only MOST of them are tried, evenly spread and different each time; with NETFLOW_FAULTS=all,
# all of them.
each_fails() {
	local title=$1 from=$2 most=$3 step=1 word failed all refused
	shift 3
	allocations_of "$@"
	if [ "${NETFLOW_FAULTS:-}" != all ] && [ $((ALLOCATIONS - from)) -gt "$most" ]; then
		step=$(((ALLOCATIONS - from) / most))
		from=$((from + RANDOM % step))
	fi
	if ! FAILING_FROM=$from FAILING_STEP=$step "$NETFLOW_TOOLS/failing" "$@" >"$TMP/failing" 2>&1; then
		fail "$title: each allocation fails in turn"
		diag "$(cat "$TMP/failing")"
		return
	fi
	read -r word failed word all word refused <"$TMP/failing"
	: "$word"
	[ "$all" -ge "$from" ] || failed=-1	# there are no allocations, so none was tried
	compare "$title: of $all allocations, from number $from on each $step. fails in turn: $failed, refused $refused" \
		"$failed" '>=' $(((all - from) / step))
}
