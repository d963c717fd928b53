#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# netflow-rules on a machine without iptables says what is missing and changes nothing.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

mkdir "$TMP/bin"
for program in sh id cat grep modprobe rm; do
	ln -s "$(command -v "$program")" "$TMP/bin/$program"
done

# rules COMMAND: its output, which is one line, and its exit status
rules() {
	PATH=$TMP/bin "$NETFLOW_TOP/boot/netflow-rules" "$1" 2>&1
	echo "status $?"
}

for command in start reload status; do
	like "$command: says which program is missing, and fails" "$(rules "$command")" \
		$'^netflow-rules: there is no program iptables[^\n]*: install iptables, or correct TOOLS in /etc/default/netflow-rules\nstatus 1$'
done
is "stop: there is no rule to remove" "$(rules stop)" "status 0"
not "the module was not loaded" test -d /sys/module/ipt_NETFLOW

done_testing
