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
SYSCTLS=/proc/sys/net/netflow

# For each setting a value that differs from its default.
declare -A OTHER=(
	[active_timeout]=60 [aggregation]=10.0.0.0/8=16 [debug]=1 [destination]=127.0.0.1:9
	[engine_id]=3 [exportcpu]=0 [fields]="mac,vlan" [flush]=1 [hashsize]=4096
	[hooks]="input,ingress" [hooks_mark]=1 [hooks_mark_mask]=1 [inactive_timeout]=20
	[maxflows]=1000 [mtu]=900 [natevents]=1 [natfields]=1 [promisc]=1 [protocol]=9
	[refresh-rate]=5 [sampler]=random:2 [scan-min]=2 [sndbuf]=100000 [logsize]=100000 [snmp-rules]=eth:100
	[timeout-rate]=5
)

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

ok "lockdep watches" watches
# from now on, closing a netfilter socket waits for nftables
ok "nftables is there" iptables-nft -P OUTPUT ACCEPT
module_load destination=127.0.0.1:2055 || bail "no module"
ok "a rule comes and goes" rule
for file in "$SYSCTLS"/*; do
	name=${file##*/} before=''
	read -r before <"$file"
	other=${OTHER[$name]:-}
	compare "$name: another value is known" "${#other}" '>' 0
	ok "$name: another value" setting "$name" "$other"
	ok "$name: a rule" rule
	ok "$name: the value before" setting "$name" "$before"
	ok "$name: a rule again" rule
	ok "$name: lockdep has found nothing" watches || break
done
ok "the module unloads" module_unload
ok "lockdep watches to the end" watches

done_testing
