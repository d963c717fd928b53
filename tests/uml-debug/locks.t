#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The order of locks. A rule of nftables is checked under that table's lock, and waits there
# for locks that settings hold. So no setting may wait for nftables while it opens, closes
# or waits for something. Each setting is changed and restored, with rules in between.
# lockdep records the order of all locks, and reports a circle even if no deadlock occurs.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/settings.sh
. "$NETFLOW_TOP/tests/settings.sh"
SYSCTLS=/proc/sys/net/netflow

watches() {
	local line
	while read -r line; do
		[[ ! $line =~ ^debug_locks:\ +1$ ]] || return 0
	done </proc/lockdep_stats
	return 1
}

# rule: add and remove a rule by nftables.
rule() {
	rules iptables-nft 'filter OUTPUT -p udp --dport 77' && rules iptables-nft 'filter -'
}

ok "lockdep is active" watches
# from now on, closing a netfilter socket waits for nftables
ok "nftables is available" iptables-nft -P OUTPUT ACCEPT
module_load destination=127.0.0.1:2055 || bail "no module"
ok "a rule is added and removed" rule
for file in "$SYSCTLS"/*; do
	name=${file##*/} before=''
	read -r before <"$file"
	other=${OTHER[$name]:-}
	compare "$name: another value is known" "${#other}" '>' 0
	ok "$name: another value" setting "$name" "$other"
	ok "$name: a rule" rule
	ok "$name: the previous value" setting "$name" "$before"
	ok "$name: a rule again" rule
	ok "$name: lockdep has found nothing" watches || break
done
ok "the module is unloaded" module_unload
ok "lockdep is active in the end" watches

done_testing
