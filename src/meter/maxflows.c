// SPDX-License-Identifier: GPL-2.0-only
/*
 * maxflows is shared out to the CPUs in grants, so that a new flow costs no
 * atomic operation. A grant is small enough that what idle CPUs hold does not
 * matter, and large enough that grants are rare.
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>

#include "base/config.h"
#include "meter/maxflows.h"
#include "meter/meter.h"

#define GRANT_MAX	1024

static u32 grant_size(const struct nfl_meter *meter)
{
	const u32 fair = nfl_config_maxflows(meter->config) / (16 * num_possible_cpus());

	return clamp_t(u32, fair, 1, GRANT_MAX);
}

/**
 * nfl_maxflows_init() - no CPU has more than it is never without
 * @meter: the metering process, whose settings are set
 */
void nfl_maxflows_init(struct nfl_meter *meter)
{
	atomic_long_set(&meter->flows_free, (long)nfl_config_maxflows(meter->config) -
					    NFL_FLOWS_LEAST * (long)num_possible_cpus());
}

/**
 * nfl_maxflows_change() - maxflows has another value
 * @meter: the metering process
 * @old: the value before, 0 for no limit
 * @new: the value now
 *
 * What the CPUs were granted they give back in time if it is too much.
 */
void nfl_maxflows_change(struct nfl_meter *meter, u32 old, u32 new)
{
	atomic_long_add((long)(new ?: INT_MAX) - (long)(old ?: INT_MAX), &meter->flows_free);
}

/**
 * nfl_maxflows_grant() - get another grant
 * @cpu: the CPU, owned
 *
 * Called through nfl_maxflows_ask().
 *
 * Return: false if it is refused, and will be until the next jiffy.
 */
bool nfl_maxflows_grant(struct nfl_cpu *cpu)
{
	struct nfl_meter *meter = cpu->meter;
	const u32 grant = grant_size(meter);

	if (atomic_long_sub_return(grant, &meter->flows_free) >= 0) {
		cpu->flows_granted += grant;
		return true;
	}
	atomic_long_add(grant, &meter->flows_free);
	cpu->refused_jiffies = jiffies;
	return false;
}

/**
 * nfl_maxflows_release() - give back what a CPU may have and does not need
 * @cpu: the CPU, owned
 *
 * See nfl_cache_shed() for what it does need.
 */
void nfl_maxflows_release(struct nfl_cpu *cpu)
{
	const u32 live = nfl_cpu_live(cpu);
	const u32 keep = live ? live + grant_size(cpu->meter) : NFL_FLOWS_LEAST;

	if (cpu->flows_granted > keep) {
		atomic_long_add(cpu->flows_granted - keep, &cpu->meter->flows_free);
		cpu->flows_granted = keep;
	}
}
