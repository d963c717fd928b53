#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A random sequence of settings, rules, namespaces, packets and reads. It is another
# one each time; NETFLOW_SEED=NUMBER in the environment of tests/suite does one again.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/faults.sh
. "$NETFLOW_TOP/tests/faults.sh"

printf -v now '%(%s)T' -1
seed=${NETFLOW_SEED:-$now}

# sequence TITLE OPERATIONS [PERCENT]
sequence() {
	local title=$1
	shift
	module_load destination=127.0.0.1:2055 || bail "no module"
	ok "$title: NETFLOW_SEED=$seed does it again" "$NETFLOW_TOOLS/chaos" "$seed" "$@"
	diag "$(cat "$TMP/output")"
	ok "... and the module unloads" module_unload
}

sequence "a random sequence" "${NETFLOW_CHAOS:-60}"
faults_ready || bail "this kernel has no fault injection"
# whoever asks for it, as on a machine that is out of memory
sequence "the same while one allocation in twenty fails" "${NETFLOW_CHAOS:-60}" 5

done_testing
