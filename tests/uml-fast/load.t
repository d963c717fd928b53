#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is loaded and unloaded, and everything that it created is removed with it.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

made='/proc/net/stat/ipt_netflow /proc/net/stat/ipt_netflow_snmp
/proc/net/stat/ipt_netflow_flows /proc/sys/net/netflow/destination'

all_there() {
	local file
	for file in $made; do
		[ -e "$file" ] || return 1
	done
}

none_there() {
	local file
	for file in $made; do
		[ ! -e "$file" ] || return 1
	done
}

for round in 1 2 3; do
	ok "round $round: it is loaded" module_load destination=127.0.0.1:2055 protocol=10 \
		natevents=1 inactive_timeout=15 active_timeout=15
	ok "round $round: its files exist" all_there
	ok "round $round: it is unloaded" module_unload
	ok "round $round: its files are removed" none_there
done

# The kernel loads the module on demand when a rule needs it, if it is installed; here it is
# loaded explicitly. Rules count as users.
module_load destination=127.0.0.1:2055
ok "a rule is accepted" "$IPTABLES" -A INPUT -j NETFLOW
ok "an IPv6 rule is accepted" "$IP6TABLES" -A INPUT -j NETFLOW
not "with rules the module cannot be unloaded" rmmod ipt_NETFLOW
like "iptables -S shows the rule" "$("$IPTABLES" -S INPUT)" '-A INPUT -j NETFLOW'
"$IPTABLES" -D INPUT -j NETFLOW
"$IP6TABLES" -D INPUT -j NETFLOW
is "there are no users" "$(awk '$1 == "ipt_NETFLOW" { print $3 }' /proc/modules)" 0
ok "it is unloaded" module_unload

done_testing
