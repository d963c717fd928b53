#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A random sequence of settings, rules, namespaces, packets and reads, and one of them
# in which each tenth allocation of ours fails. It is another one each time;
# NETFLOW_SEED=NUMBER in the environment of tests/suite does one again.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/faults.sh
. "$NETFLOW_TOP/tests/faults.sh"

printf -v now '%(%s)T' -1
seed=${NETFLOW_SEED:-$now}

# chaos TITLE
chaos() {
	ok "$1: NETFLOW_SEED=$seed does it again" "$NETFLOW_TOOLS/chaos" "$seed" "${NETFLOW_CHAOS:-100}"
	diag "$(cat "$TMP/output")"
}

module_load destination=127.0.0.1:2055 || bail "no module"
chaos "a random sequence"
if ! faults_ready || ! faults_random 10; then
	bail "this kernel has no fault injection of one module alone"
fi
at_exit faults_end
chaos "... and one with allocations that fail"
faults_end
compare "$FAULTS have failed" "$FAULTS" '>' 0
ok "the module unloads" module_unload
done_testing
