// SPDX-License-Identifier: GPL-2.0-only
/*
 * maxflows is distributed to the CPUs in grants, so that most new flows need no atomic
 * operation. A grant is small, so idle CPUs hold little of maxflows, and large enough to be
 * rare.
 *
 * While there is some of maxflows left, any CPU that asks gets a grant. Once all of it is
 * granted, the CPUs that take part (those with more than one flow) have equal shares. A CPU
 * below its share still gets grants, and the CPUs above their shares evict their least
 * active flows, each at its next timer tick (nfl_cache_shed()), within a tenth of a second.
 * What is granted beyond maxflows is limited: all CPUs together never have more flows than
 * maxflows plus 1/OVERDRAFT of it (plus one each, if there are more CPUs than maxflows).
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>

#include "base/config.h"
#include "meter/maxflows.h"
#include "meter/meter.h"

#define GRANT_MAX	1024

/* 1/OVERDRAFT of maxflows may be granted beyond maxflows. */
#define OVERDRAFT	8

static u32 grant_size(const struct nfl_meter *meter)
{
	const u32 fair = nfl_config_maxflows(meter->config) / (16 * num_possible_cpus());

	return clamp_t(u32, fair, 1, GRANT_MAX);
}

/**
 * nfl_maxflows_share() - the number of flows that a CPU gets even if maxflows is used up
 * @meter: the metering process
 *
 * The shares of the CPUs that take part and NFL_FLOWS_LEAST of each other CPU add up to
 * maxflows or a little less. So if more than maxflows is granted, some CPU is above its
 * share.
 *
 * Return: the share.
 */
u32 nfl_maxflows_share(const struct nfl_meter *meter)
{
	const u32 maxflows = nfl_config_maxflows(meter->config);
	const u32 least = NFL_FLOWS_LEAST * num_possible_cpus();
	const u32 sharers = max(atomic_read(&meter->sharers), 1);

	return NFL_FLOWS_LEAST + (maxflows > least ? (maxflows - least) / sharers : 0);
}

/**
 * nfl_maxflows_join() - let a CPU take part in maxflows
 * @cpu: the CPU, owned; it may get grants beyond NFL_FLOWS_LEAST after this
 */
void nfl_maxflows_join(struct nfl_cpu *cpu)
{
	if (cpu->shares)
		return;
	cpu->shares = true;
	atomic_inc(&cpu->meter->sharers);
}

/**
 * nfl_maxflows_init() - initialise; each CPU has NFL_FLOWS_LEAST
 * @meter: the metering process; its settings are valid
 */
void nfl_maxflows_init(struct nfl_meter *meter)
{
	atomic_long_set(&meter->flows_free, (long)nfl_config_maxflows(meter->config) -
					    NFL_FLOWS_LEAST * (long)num_possible_cpus());
	atomic_set(&meter->sharers, 0);
}

/**
 * nfl_maxflows_change() - maxflows has changed
 * @meter: the metering process
 * @old: the old value, 0 for no limit
 * @new: the new value, 0 for no limit
 *
 * If too much is granted then, the CPUs release it at their next timer ticks.
 */
void nfl_maxflows_change(struct nfl_meter *meter, u32 old, u32 new)
{
	atomic_long_add((long)(new ?: INT_MAX) - (long)(old ?: INT_MAX), &meter->flows_free);
}

/* Take @flows, unless more than @overdraft would be granted beyond maxflows. */
static bool take(struct nfl_cpu *cpu, u32 flows, u32 overdraft)
{
	atomic_long_t *free = &cpu->meter->flows_free;

	if (atomic_long_sub_return(flows, free) >= -(long)overdraft) {
		cpu->flows_granted += flows;
		return true;
	}
	atomic_long_add(flows, free);
	return false;
}

/**
 * nfl_maxflows_grant() - get another grant
 * @cpu: the CPU, owned
 *
 * Called by nfl_maxflows_ask() only.
 *
 * Return: false if it is refused; nfl_maxflows_ask() does not ask again in this jiffy.
 */
bool nfl_maxflows_grant(struct nfl_cpu *cpu)
{
	const struct nfl_meter *meter = cpu->meter;
	const u32 grant = grant_size(meter);
	u32 share;

	nfl_maxflows_join(cpu);
	if (take(cpu, grant, 0))
		return true;
	share = nfl_maxflows_share(meter);
	if (cpu->flows_granted < share && take(cpu, min(grant, share - cpu->flows_granted),
					       nfl_config_maxflows(meter->config) / OVERDRAFT))
		return true;
	cpu->refused_jiffies = jiffies;
	return false;
}

/**
 * nfl_maxflows_release() - release the grants that a CPU does not need
 * @cpu: the CPU, owned
 *
 * The opposite, a CPU that has more flows than its share, is handled by nfl_cache_shed().
 */
void nfl_maxflows_release(struct nfl_cpu *cpu)
{
	const u32 live = nfl_cpu_live(cpu);
	const u32 keep = live ? live + grant_size(cpu->meter) : NFL_FLOWS_LEAST;

	if (cpu->flows_granted > keep) {
		atomic_long_add(cpu->flows_granted - keep, &cpu->meter->flows_free);
		cpu->flows_granted = keep;
	}
	if (!live && cpu->shares) {
		cpu->shares = false;
		atomic_dec(&cpu->meter->sharers);
	}
}
