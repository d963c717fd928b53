// SPDX-License-Identifier: GPL-2.0-only
/*
 * The times for which bottom halves are disabled, in a debug build (NETFLOW_DEBUG=y): by
 * packets, timers, walks and reads of the first namespace, all CPUs together.
 * /sys/module/ipt_NETFLOW/parameters/held shows the longest time in nanoseconds, then for
 * each step of NFL_HOLDTIME_STEP the begin of the step and the number of times in it.
 * Writing any text to the file resets the times.
 *
 * The times include interrupts, and the time that a hypervisor takes from a virtual CPU.
 */
#include <linux/module.h>

#include "control/settings.h"
#include "instance.h"
#include "meter/cpu.h"

static int held_get(char *text, const struct kernel_param *param)
{
	struct nfl_net *nn = nfl_config_first();
	struct nfl_cpu __percpu *cpus = nn ? READ_ONCE(nn->meter.cpus) : NULL;
	u64 longest = 0, times;
	int number, step, length;

	if (!cpus)
		return 0;
	for_each_possible_cpu(number)
		longest = max(longest, READ_ONCE(per_cpu_ptr(cpus, number)->holdtime.longest));
	length = sysfs_emit(text, "longest %llu\n", longest);
	for (step = 0; step < NFL_HOLDTIME_STEPS; step++) {
		times = 0;
		for_each_possible_cpu(number)
			times += READ_ONCE(per_cpu_ptr(cpus, number)->holdtime.times[step]);
		if (times)
			length += sysfs_emit_at(text, length, "%u %llu\n", step * NFL_HOLDTIME_STEP,
						times);
	}
	return length;
}

/* A CPU that writes one of its values at the same time may undo the reset of this value. */
static int held_set(const char *text, const struct kernel_param *param)
{
	struct nfl_net *nn = nfl_config_first();
	struct nfl_cpu __percpu *cpus = nn ? READ_ONCE(nn->meter.cpus) : NULL;
	int number, step;

	if (!cpus)
		return 0;
	for_each_possible_cpu(number) {
		struct nfl_holdtime *holdtime = &per_cpu_ptr(cpus, number)->holdtime;

		WRITE_ONCE(holdtime->longest, 0);
		for (step = 0; step < NFL_HOLDTIME_STEPS; step++)
			WRITE_ONCE(holdtime->times[step], 0);
	}
	return 0;
}

static const struct kernel_param_ops held_ops = {
	.set = held_set,
	.get = held_get,
};

module_param_cb(held, &held_ops, NULL, 0600);
MODULE_PARM_DESC(held, "for how long bottom halves were off, nanoseconds and how often; write to forget");
