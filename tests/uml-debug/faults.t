#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Allocations fail, one at a time: in loading, in each setting, in the first packets of a
# namespace and their export, in reading the files. A failing operation is rejected as a
# whole, and everything that existed before continues.

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
# grace periods take most of the time of unloading
echo 1 >/sys/kernel/rcu_expedited
at_exit "echo 0 >/sys/kernel/rcu_expedited"

# Skip the allocations of the kernel itself, before the first option is parsed.
allocations_of load "$NETFLOW_MODULE" protocol=7
each_fails "loading" "$ALLOCATIONS" 40 load "$NETFLOW_MODULE" "$set_up"
not "it is not loaded" module_loaded
read -ra words <<<"$set_up"
ok "it can be loaded afterwards" module_load "${words[@]}"
ok "... and unloaded" module_unload

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

# No flow can be queued for export: a flush sleeps after each attempt, and completes when
# memory is available again. Sleeps are counted, because the number of attempts per second
# depends on the machine. Only the flush may attempt this.
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
ok "a flush without memory is tried repeatedly" until_true 600 faults_made $TRIES
sleeps_end
ok "... and continues" kill -0 "$flush"
compare "... it slept after each of $FAULTS attempts" "$SLEEPS" '>=' $((FAULTS - 1))
faults_end
wait "$flush"
counts_are "... until the tables are empty" hashPackets 0
ok "the module is unloaded" module_unload

done_testing
