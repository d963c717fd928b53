#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A random sequence of settings, rules, namespaces, packets and reads. Then more of them while
# allocations of the module fail: a part of all allocations, and many of those that hold
# counted packets. NETFLOW_SEED=NUMBER in the environment of tests/suite selects another sequence.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/faults.sh
. "$NETFLOW_TOP/tests/faults.sh"

seed_shown

# chaos TITLE
chaos() {
	ok "$1" "$NETFLOW_TOOLS/chaos" "$SEED" "${NETFLOW_CHAOS:-100}"
	diag "$(<"$TMP/output")"
}

module_load destination=127.0.0.1:2055 || bail "no module"
chaos "a random sequence"
faults_ready || bail "this kernel has no fault injection"
at_exit faults_end
while read -r percent function title; do
	faults_random "$percent" "${function#any}" ||
		bail "this kernel has no fault injection of one module, or the module no $function"
	# which ones fail is random; with few allocations none may fail, so it is repeated
	tries=0
	until faults_made 1 || [ $((tries++)) = 20 ]; do
		chaos "$percent % of $title fail"
		SEED=$((SEED + 1))
	done
	faults_end
	compare "$FAULTS have failed" "$FAULTS" '>' 0
done <<-END
	10 any all allocations
	40 nfl_export_add those for messages
	20 nfl_transport_pump those for sending
	60 nfl_handover_put those for flows on their way to the exporter
END
ok "the module is unloaded" module_unload
done_testing
