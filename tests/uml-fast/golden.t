#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The wire format is unchanged: new messages of every kind have the templates and records of
# the golden captures. tests/golden/make creates these.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/matrix/network.sh
. "$NETFLOW_TOP/tests/matrix/network.sh"

GOLDEN=$NETFLOW_TOP/tests/golden
NEW=$NETFLOW_OUT/golden
export PYTHONDONTWRITEBYTECODE=1

matrix_network || bail "no network"
mkdir -p "$NEW"
ok "each kind is recorded" python3 "$GOLDEN/record.py" "$NETFLOW_MODULE" \
	"$NETFLOW_TOOLS/traffic" "$CLIENT" "$TMP/interfaces" "$NEW"
python3 "$GOLDEN/compare.py" "$GOLDEN" "$NEW" >"$TMP/compared" || bail "they cannot be compared"
results "$TMP/compared"
done_testing
