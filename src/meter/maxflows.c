// SPDX-License-Identifier: GPL-2.0-only
/*
 * maxflows is shared out to the CPUs in grants, so that a new flow costs no
 * atomic operation. A grant is small enough that what idle CPUs hold does not
 * matter, and large enough that grants are rare.
 *
 * Grants go to the CPUs that ask first. Once all of maxflows is granted, fairness counts: the
 * CPUs that take part, which are those with more than one flow, have equal shares. A CPU below
 * its share gets more nevertheless, up to OVERDRAFT in all, and the CPUs above theirs
 * evict their least active flows for it, each at its next tick (nfl_cache_shed()): within
 * a tenth of a second. So all CPUs together never have more than maxflows and an
 * OVERDRAFT-th part of it (and one each, if there are more CPUs than maxflows).
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>

#include "base/config.h"
#include "meter/maxflows.h"
#include "meter/meter.h"

#define GRANT_MAX	1024

/* This part of maxflows may be granted beyond it. */
#define OVERDRAFT	8

static u32 grant_size(const struct nfl_meter *meter)
{
	const u32 fair = nfl_config_maxflows(meter->config) / (16 * num_possible_cpus());

	return clamp_t(u32, fair, 1, GRANT_MAX);
}

/**
 * nfl_maxflows_share() - what a CPU gets even if others have used up all of maxflows
 * @meter: the metering process
 *
 * The shares of the CPUs that take part, and what the others are never without, are
 * maxflows or a little less: if more was granted, some CPU is above its share.
 */
u32 nfl_maxflows_share(const struct nfl_meter *meter)
{
	const u32 maxflows = nfl_config_maxflows(meter->config);
	const u32 least = NFL_FLOWS_LEAST * num_possible_cpus();
	const u32 sharers = max(atomic_read(&meter->sharers), 1);

	return NFL_FLOWS_LEAST + (maxflows > least ? (maxflows - least) / sharers : 0);
}

/**
 * nfl_maxflows_join() - a CPU takes part in maxflows
 * @cpu: the CPU, owned; it may be granted more than NFL_FLOWS_LEAST from now on
 */
void nfl_maxflows_join(struct nfl_cpu *cpu)
{
	if (cpu->shares)
		return;
	cpu->shares = true;
	atomic_inc(&cpu->meter->sharers);
}

/**
 * nfl_maxflows_init() - no CPU has more than it is never without
 * @meter: the metering process, whose settings are set
 */
void nfl_maxflows_init(struct nfl_meter *meter)
{
	atomic_long_set(&meter->flows_free, (long)nfl_config_maxflows(meter->config) -
					    NFL_FLOWS_LEAST * (long)num_possible_cpus());
	atomic_set(&meter->sharers, 0);
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

/* Take @flows, if not more than @overdraft of all that was granted are beyond maxflows then. */
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
 * Called through nfl_maxflows_ask().
 *
 * Return: false if it is refused, and will be until the next jiffy.
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
	if (!live && cpu->shares) {
		cpu->shares = false;
		atomic_dec(&cpu->meter->sharers);
	}
}
