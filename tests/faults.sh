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

# each_fails TITLE LEAST THING...: a thing that tools/failing knows is done once for
# each of its allocations, with that one failing. They are LEAST, or more.
each_fails() {
	local title=$1 least=$2 word allocations all refused
	shift 2
	if ! "$NETFLOW_TOOLS/failing" "$@" >"$TMP/failing" 2>&1; then
		fail "$title: each allocation fails in turn"
		diag "$(cat "$TMP/failing")"
		return
	fi
	read -r word allocations word all word refused <"$TMP/failing"
	: "$word"
	compare "$title: $allocations of $all allocations fail, one at a time; $refused times it is refused" \
		"$allocations" '>=' "$least"
}
