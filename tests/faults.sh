# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Faults that a kernel makes on demand (CONFIG_FAULT_INJECTION). Sourced after lib.sh.

INJECTORS=(/sys/kernel/debug/failslab /sys/kernel/debug/fail_page_alloc)

# faults_ready: whoever asks for failing allocations from now on gets them, of every
# size and in every context, and the log has no line for each.
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

# allocations_of THING...: how many it makes, into ALLOCATIONS, whatever comes of it
allocations_of() {
	local word
	read -r word word word ALLOCATIONS word <<<"$(FAILING_COUNT=1 "$NETFLOW_TOOLS/failing" "$@")"
	: "$word"
}

# each_fails TITLE FROM MOST THING...: a thing that tools/failing knows is done once
# for each of its allocations from number FROM on, with that one failing. Where they
# are more than MOST, only so many of them, evenly spread and others each time;
# NETFLOW_FAULTS=all has all of them fail.
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
	compare "$title: of $all allocations, from number $from on each $step. fails in turn: $failed, refused $refused" \
		"$failed" '>=' $(((all - from) / step))
}
