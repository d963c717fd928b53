#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real-time task has a processor for itself, so that no work item runs there: export and
# statistics go on, and say what they could not ask for.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

needs_processors 2
rt=/proc/sys/kernel/sched_rt_runtime_us
[ -w "$rt" ] || skip_all "this kernel's real-time tasks cannot have a processor for themselves"

metered_tun || bail "no module"
echo 10 >/sys/module/ipt_NETFLOW/parameters/cpuwait
collector_start all 2055 || bail "no collector"
before=$(<"$rt")
at_exit "echo $before >$rt"
echo -1 >"$rt" || bail "real-time tasks are limited"
# newer kernels keep some time for others, unless they are told not to
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
for server in /sys/kernel/debug/sched/*_server/cpu1/runtime; do
	[ ! -e "$server" ] || echo 0 >"$server"
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
traffic "${four[@]}" --dport 7001 --sport 1+100 --flows 100 --count 200 --cpu 1 || bail "no traffic"
all_seen() {
	[ "$(counter hashPackets)" = 200 ]
}
ok "the second processor has flows" wait_for all_seen
# it starts nothing and looks at no file: the processor does nothing else
taskset -c 1 chrt -f 50 bash -c 'while :; do :; done' &
loop=$!
at_exit "kill -KILL $loop 2>/dev/null"
absent() {
	audit_is absent 1
}
ok "the second processor does not answer, so its work items do not run" wait_for absent
ok "the flow list says so" grep -q '^# cpu1 does not answer' /proc/net/stat/ipt_netflow_flows
traffic "${four[@]}" --dport 7002 --sport 1+50 --flows 50 --count 50 --cpu 0 || bail "no traffic"
sent=$(counter outFlows)
ok "a flush ends" flush
exported() {
	[ "$(counter outFlows)" = $((sent + 50)) ]
}
ok "flows of the first processor are exported" wait_for exported
is "they are counted as unmerged" "$(audit unmerged)" 50
ok "statistics are read" grep -q "^Flows: active 100 " /proc/net/stat/ipt_netflow
ok "hashsize is set" setting hashsize 4096
kill -KILL "$loop"
ok "the processor answers when the task has ended" wait_for audit_is absent 0
is "nothing is missing" "$(audit missing)" 0
export_all
is "its flows were kept" "$(counter outFlows)" $((sent + 150))
collector_stop all
done_testing
