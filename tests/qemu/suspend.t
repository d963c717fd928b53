#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The machine suspends and resumes with flows in its tables: no flow is lost or split, the
# suspended time counts as time, and waiting flows are exported afterwards.

# shellcheck source=tests/lib.sh
. "$NETFLOW_TOP/tests/lib.sh"

alarm=/sys/class/rtc/rtc0/wakealarm
# After s2idle there is nothing that resumes an emulated machine.
grep -qw deep /sys/power/mem_sleep 2>/dev/null || skip_all "this kernel does not support suspend"
[ -w "$alarm" ] || skip_all "this machine has no wake-up clock"

# asleep SECONDS: suspend to RAM; all processors except one go offline and come back. A slow
# machine needs seconds to suspend. If the alarm comes before that, it does not resume.
asleep() {
	echo 0 >"$alarm" && echo "+$1" >"$alarm" && echo deep >/sys/power/mem_sleep &&
		echo mem >/sys/power/state
}

# seen COUNT: so many packets have been metered, and all flows exist
seen() {
	[ "$(counter inPackets) $(counter hashFlows)" = "$1 200" ]
}

# gone_on COUNT: so many packets have been metered. (Flows of a processor that was offline
# were moved to another one, and have a part on each until they are exported.)
gone_on() {
	[ "$(counter inPackets)" = "$1" ]
}

send() {
	traffic --tun t0 --src 10.9.0.2 --dst 10.8.0.2 --sport 1+100 --flows 100 --count 300 --cpu 0 &&
		traffic --tun t0 --src fd00:9::2 --dst fd00:8::2 --sport 1+100 --flows 100 --count 300 --cpu 1
}

# On an emulated machine Debian's 5.10 hangs in its second suspend, even without the module.
sleeps=2
case $(uname -r) in 5.*) sleeps=1 ;; esac

metered_tun || bail "no module"
collector_start all 2055 || bail "no collector"

packets=600
send || bail "no traffic"
ok "flows are in the tables" wait_for 300 seen 600
for ((round = 1; round <= sleeps; round++)); do
	ok "the machine sleeps and wakes ($round)" asleep 12
	ok "... its flows are still there" wait_for 300 seen "$packets"
	send || bail "no traffic"
	packets=$((packets + 600))
	ok "... and continue" wait_for 300 gone_on "$packets"
done
is "nothing was exported in the meantime" "$(counter outPackets)" 0
export_all
collector_stop all
law_collected all
is "each flow has one record" "$(total all | cut -d' ' -f1,2)" "200 $packets"
# at least 12 s each, minus rounding, since both clocks have whole seconds
short=$(records all '%td' | awk -F: -v least=$((sleeps * 10)) '
	$NF + 60 * $(NF - 1) < least { n++ } END { print n + 0 }')
is "each is at least as long as all sleeps" "$short" 0
ok "the module is unloaded" module_unload

done_testing
