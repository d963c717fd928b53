#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real-time task has a processor for itself, so that no work item runs there. Statistics and
# settings do not wait for it; the audit and the list of flows wait once. Flows of the other
# processor are exported, also if the exporter had that processor. Nothing is lost.
# TIMEOUT 3600

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"
# shellcheck source=tests/settings.sh
. "$NETFLOW_TOP/tests/settings.sh"

needs_processors 2
# there softirqs are threads too, and the network stops with them
[[ $(uname -v) != *PREEMPT_RT* ]] || skip_all "a real-time task keeps softirqs from running there"
# there the end of a grace period, and so the removal of any module, takes minutes
case $(uname -r) in
5.* | 6.[0-9].* | 6.10.* | 6.11.*) skip_all "grace periods of this kernel wait for such a processor" ;;
esac
rt=/proc/sys/kernel/sched_rt_runtime_us
[ -w "$rt" ] || skip_all "this kernel's real-time tasks cannot have a processor for themselves"

# The kernel reports a processor on which no work item, or no grace period, ends for some time.
report_off() {
	[ -w "$1" ] || return 0
	at_exit "echo $(<"$1") >$1"
	echo "$2" >"$1"
}
report_off /sys/module/workqueue/parameters/watchdog_thresh 0
report_off /sys/module/rcupdate/parameters/rcu_cpu_stall_suppress 1

metered_tun || bail "no module"
cpuwait=/sys/module/ipt_NETFLOW/parameters/cpuwait
collector_start all 2055 || bail "no collector"
before=$(<"$rt")
at_exit "echo $before >$rt"
echo -1 >"$rt" || bail "real-time tasks are limited"
# newer kernels keep some time for others, unless they are told not to
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
for server in /sys/kernel/debug/sched/*_server/cpu1/runtime; do
	[ -e "$server" ] || continue
	at_exit "echo $(<"$server") >$server"
	echo 0 >"$server" || bail "$server cannot be set"
done

four=(--tun t0 --src 10.9.0.2 --dst 10.8.0.2)
audit() {
	awk -v name="$1" '$1 == name { print $2 }' /proc/net/stat/ipt_netflow_audit
}
audit_is() {
	[ "$(audit "$1")" = "$2" ]
}

# The shell keeps off the second processor, and so does what it starts.
taskset -p -c 0 $$ >/dev/null
# Where the kernel waits for all processors, it is not the task that it waits for.
for thread in $(pgrep '^rcu'); do
	taskset -p -c 0 "$thread" >/dev/null 2>&1
done

# The task starts nothing and looks at no file: the processor does nothing else. It ends by itself
# if this file waits for it, which would be a fault.
loop_runs() {
	[ "$(awk '{ print $39, $40, $41 }' "/proc/$LOOP/stat" 2>/dev/null)" = "1 50 1" ]
}
loop_start() {
	timeout -s KILL 600 taskset -c 1 chrt -f 50 bash -c 'while :; do :; done' &
	TIMER=$!
	at_exit "kill -TERM $TIMER 2>/dev/null"
	LOOP=''
	loop_found() {
		LOOP=$(pgrep -P "$TIMER") && loop_runs
	}
	wait_for loop_found || bail "no real-time task"
}
loop_stop() {
	ok "the task had the processor all the time" loop_runs
	kill -TERM "$TIMER"
	wait "$TIMER" 2>/dev/null
}

# starving: work items of the second processor that could run and do not: id and how often their
# thread has run
starving() {
	local status words
	for status in /proc/[0-9]*/status; do
		awk '/^Name:/ && $2 !~ /^kworker\/1:/ { exit }
			/^State:/ && $2 != "R" { exit }
			/^Pid:/ { pid = $2 }
			/ctxt_switches:/ { n += $2 }
			END { if (n) print pid, n }' "$status" 2>/dev/null
	done
}

# --- A setting that waits for it delays no reader ---

# the longest time that it is waited for
echo 10000 >"$cpuwait"
writer_waits() {
	process_state "$writer"
	[ "$STATE" = D ]
}
# all_read: read all files while a sampler is being set; true if it was not set by then
all_read() {
	local file writer lines
	loop_start
	setting sampler deterministic:2 &
	writer=$!
	ok "a sampler is to be set, which asks all processors" wait_for writer_waits
	for file in /proc/sys/net/netflow/* /proc/net/stat/ipt_netflow /proc/net/stat/ipt_netflow_snmp; do
		mapfile -t lines <"$file"
	done
	: "${lines[@]}"
	read -r READ </proc/sys/net/netflow/sampler
	loop_stop
	wait "$writer"
	[ "$READ" = deterministic:3 ]
}
setting sampler deterministic:3
# the machine may stop the guest for longer than the processor is waited for, but not each time
for try in 1 2 3; do
	all_read && break
	setting sampler deterministic:3
done
is "settings and statistics are read before it is set, try $try" "$READ" deterministic:3
is "... and then it is" "$(setting sampler)" deterministic:2
setting sampler none

# --- Statistics and settings do not ask it ---

echo 5000 >"$cpuwait"
traffic "${four[@]}" --dport 7001 --sport 1+100 --flows 100 --count 200 --cpu 1 || bail "no traffic"
all_seen() {
	[ "$(counter hashPackets)" = 200 ]
}
ok "the second processor has flows" wait_for all_seen
loop_start
for file in ipt_netflow ipt_netflow_snmp; do
	like "$file is read" "$(cat /proc/net/stat/$file)" ' 100 '
done
for file in /proc/sys/net/netflow/*; do
	name=${file##*/} value=''
	case $name in
	# these flush, which asks all processors for their flows
	flush | sampler | aggregation) continue ;;
	esac
	read -r value <"$file"
	ok "$name is set" setting "$name" "${OTHER[$name]}"
	ok "... and set back" setting "$name" "$value"
done
begin=$(now)
is "the audit finds that the processor does not answer" "$(audit absent)" 1
# what has been waited for before is not waited for again
compare "... and is the first that waits for it" $(($(now) - begin)) '>=' 5000
starving >"$TMP/starving"
compare "its work items wait" "$(wc -l <"$TMP/starving")" '>' 0
ok "the list of flows says that it does not answer" \
	grep -q '^# cpu1 does not answer' /proc/net/stat/ipt_netflow_flows
is "work items have not run there" "$(starving | grep -Fxf "$TMP/starving")" "$(<"$TMP/starving")"
loop_stop
ok "the processor answers when the task has ended" wait_for audit_is absent 0
is "nothing is missing" "$(audit missing)" 0
export_all

# --- The other processor's flows are exported ---

echo 1000 >"$cpuwait"
traffic "${four[@]}" --dport 7002 --sport 1+100 --flows 100 --count 200 --cpu 1 || bail "no traffic"
ok "the second processor has flows again" wait_for all_seen
loop_start
traffic "${four[@]}" --dport 7003 --sport 1+50 --flows 50 --count 50 --cpu 0 || bail "no traffic"
sent=$(counter outFlows) unmerged=$(audit unmerged)
exported() {
	flush && [ "$(counter outFlows)" = $((sent + 50)) ]
}
ok "they are exported" wait_for exported
is "they are counted as unmerged" "$(audit unmerged)" $((unmerged + 50))
ok "flows of the second are in its table" grep -q "^Flows: active 100 " /proc/net/stat/ipt_netflow
loop_stop
ok "the processor answers when the task has ended" wait_for audit_is absent 0
is "nothing is missing" "$(audit missing)" 0
export_all
is "its flows were kept" "$(counter outFlows)" $((sent + 150))

# --- The exporter has that processor ---

# It has much to do, so it most likely runs when the task comes.
exporter_on() {
	[[ $(</proc/net/stat/ipt_netflow) =~ \ us,\ cpu\ $1, ]]
}
setting maxflows 1000
setting exportcpu 1
sender_start '' "${four[@]}" --dport 7004 --sport 1+20000 --flows 20000 --cpu 0
for round in 1 2 3; do
	ok "the exporter is on the second processor" wait_for exporter_on 1
	loop_start
	ok "it goes on elsewhere, time $round" wait_for exporter_on 0
	ok "... and exports" wait_for counter_reaches outFlows $(($(counter outFlows) + 10000))
	loop_stop
done
ok "it comes back" wait_for exporter_on 1
sender_stop
setting exportcpu -1
export_all

# An administrator has put it there. The scheduler does not move it away either.
thread=$(pgrep -x netflow-rounds)
# newer kernels remember what the administrator wanted, older ones do not
may_go_back() {
	[[ $(<"/proc/$thread/status") =~ Cpus_allowed_list:[[:space:]]*(0-)?1$'\n' ]]
}
sender_start '' "${four[@]}" --dport 7005 --sport 1+20000 --flows 20000 --cpu 0 --rate 2000
taskset -p -c 1 "$thread" >/dev/null
ok "the exporter's thread is on the second processor" wait_for exporter_on 1
loop_start
ok "it goes on elsewhere" wait_for exporter_on 0
ok "... and exports" wait_for counter_reaches outFlows $(($(counter outFlows) + 1000))
loop_stop
ok "it may go back" wait_for may_go_back
sender_stop
export_all
is "nothing is missing" "$(audit missing)" 0
is "nothing was lost" "$(counter lostPackets) $(counter dropPackets) $(counter hashPackets)" "0 0 0"
collector_stop all

# --- The module goes ---

loop_start
is "the processor has been asked" "$(audit absent)" 1
ok "the module is removed while it does not answer" module_unload
loop_stop
done_testing
