#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A debug build tests its tables when it is loaded: random operations on all CPUs, compared
# with a reference, see src/debug/selftest.c.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

operations=1000000
# an emulated processor is slow
[ "$NETFLOW_KIND" != kcsan ] || operations=100000
ok "the module is loaded, the self-test finds no fault" module_load selftest=$operations
is "... after all operations" "$(dmesg | sed -n 's/.*selftest: \([0-9]*\) operations: all .*/\1/p' | tail -n 1)" \
	$operations
ok "... and the module can be unloaded" module_unload
done_testing
