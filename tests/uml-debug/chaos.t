#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A random sequence of settings, rules, namespaces, packets and reads. It is another
# one each time; NETFLOW_SEED=NUMBER in the environment of tests/suite does one again.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

printf -v now '%(%s)T' -1
seed=${NETFLOW_SEED:-$now}

module_load destination=127.0.0.1:2055 || bail "no module"
ok "a random sequence: NETFLOW_SEED=$seed does it again" "$NETFLOW_TOOLS/chaos" "$seed" "${NETFLOW_CHAOS:-100}"
diag "$(cat "$TMP/output")"
ok "... and the module unloads" module_unload
done_testing
