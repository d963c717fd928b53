#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Allocations fail, one at a time: of loading, of each setting, of the first packets in
# a namespace and their export, of the files. What cannot be done is refused as a whole,
# and all that was there before goes on.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/recorder.sh
. "$NETFLOW_TOP/tests/recorder.sh"
# shellcheck source=tests/faults.sh
. "$NETFLOW_TOP/tests/faults.sh"

set_up='destination=127.0.0.1:2055,[::1]:2056/9 natevents=1 natfields=1 promisc=1 hooks=forward fields=mac,vlan'
sysctls=/proc/sys/net/netflow
statistics=/proc/net/stat

seed_shown
faults_ready || skip_all "this kernel has no fault injection"
# grace periods take most of the time that the module needs to go
echo 1 >/sys/kernel/rcu_expedited
at_exit "echo 0 >/sys/kernel/rcu_expedited"

# The kernel's own part of loading, before the first option, is no part of this.
allocations_of load "$NETFLOW_MODULE" protocol=7
each_fails "loading" "$ALLOCATIONS" 40 load "$NETFLOW_MODULE" "$set_up"
not "it is not loaded" module_loaded
read -ra words <<<"$set_up"
ok "it can be" module_load "${words[@]}"
ok "and unloads" module_unload

module_load destination=127.0.0.1:2055 || bail "no module"
traffic --socket --src 127.0.0.1 --dst 127.0.0.1 --count 1
while read -r name value back; do
	each_fails "$name=$value" 1 30 write "$sysctls/$name" "$value" "${back:-0}"
done <<-END
	hooks output,input
	hooks ingress
	destination 127.0.0.1:2057,[::1]:2058/9,127.0.0.1:2059/5 127.0.0.1:2055
	protocol 9 10
	fields mac,vlan,options ,
	natevents 1
	natfields 1
	promisc 1
	hashsize 100000
END
each_fails "packets, flows and their export in a new namespace" 1 40 meter
setting hooks output
traffic --socket --src 127.0.0.1 --dst 127.0.0.1 --dport 1000+500 --count 1000 --flows 500
for file in ipt_netflow ipt_netflow_snmp ipt_netflow_flows ipt_netflow_audit; do
	each_fails "$file" 1 30 read "$statistics/$file"
done
each_fails "flush of flows" 1 30 flush

# Nothing can be put on its way: a flush sleeps after each try, and is complete when there
# is memory again. Sleeps are counted, since how many tries there are in a second is up
# to the machine. Nobody but the flush may try.
TRIES=50
setting active_timeout 3600
setting inactive_timeout 3600
traffic --socket --cpu 0 --src 127.0.0.1 --dst 127.0.0.1 --dport 1000+500 --count 1000 --flows 500
setting hooks 0
faults_random 100 nfl_handover_put || bail "this kernel has no fault injection of one module"
at_exit faults_end
sleeps_begin || bail "this kernel does not trace timers"
at_exit sleeps_end
(sleeps_of_this && echo 1 >"$sysctls/flush") &
flush=$!
ok "a flush without memory tries again and again" until_true 600 faults_made $TRIES
sleeps_end
ok "... and goes on" kill -0 "$flush"
compare "... it slept after each of $FAULTS tries" "$SLEEPS" '>=' $((FAULTS - 1))
faults_end
wait "$flush"
counts_are "... until the tables are empty" hashPackets 0
ok "the module unloads" module_unload

done_testing
