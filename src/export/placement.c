// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the exporter's work runs: where exportcpu says, or else away from the packets.
 *
 * Left to the scheduler it comes to the packets' CPU as to any other, where it takes time
 * from them (docs/performance.md). So where some CPUs have most of the packets, and there
 * are many, the work goes to the one that has fewest. Whatever process is there the
 * scheduler can move away, to a third.
 */
#include <linux/sched/isolation.h>
#include <linux/slab.h>

#include "base/config.h"
#include "base/rate.h"
#include "base/works.h"
#include "compat/compat.h"
#include "export/placement.h"
#include "meter/counters.h"
#include "meter/cpu.h"
#include "meter/meter.h"

/* How often packets are counted, in jiffies. */
#define LOOK_INTERVAL	max(HZ / 4, 1)

/* Packets a second with which a CPU has much to do. */
#define MANY		20000

/* One has few if another has so many times as many. */
#define CONTRAST	8

/* Packets a second of a CPU since the last look, @passed milliseconds ago. */
static u64 packet_rate(struct nfl_place *place, int number, u64 passed)
{
	struct nfl_sums sums;

	nfl_meter_sums(place->meter, number, &sums);
	return nfl_rate_of(&place->seen[number], sums.counter[NFL_SEEN_PACKETS], passed);
}

/**
 * nfl_place_look() - find out where the packets are
 * @place: of the exporter, which is locked
 *
 * Context: process, the exporter's work.
 */
void nfl_place_look(struct nfl_place *place)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(place->meter->cpus);
	const struct cpumask *usable;
	const unsigned long passed = jiffies - place->time;
	u64 rate, most = 0, fewest = U64_MAX, here = U64_MAX;
	int number, best = -1;

	if (passed < LOOK_INTERVAL || !place->seen)
		return;
	place->time = jiffies;
	/* newer kernels free a mask that another has taken the place of */
	rcu_read_lock();
	usable = housekeeping_cpumask(HK_TYPE_DOMAIN);
	for_each_online_cpu(number) {
		rate = packet_rate(place, number, jiffies_to_msecs(passed));
		most = max(most, rate);
		/* where the scheduler puts nothing by itself, neither do we */
		if (!cpumask_test_cpu(number, usable))
			continue;
		/* nor where work items do not run */
		if (cpus && READ_ONCE(per_cpu_ptr(cpus, number)->call.late))
			continue;
		if (number == place->cpu)
			here = rate;
		if (rate < fewest) {
			fewest = rate;
			best = number;
		}
	}
	rcu_read_unlock();
	if (most < MANY || fewest > most / CONTRAST)
		best = -1;
	else if (here <= most / CONTRAST)
		best = place->cpu;
	WRITE_ONCE(place->cpu, best);
}

/**
 * nfl_place_queue() - queue the exporter's work, or change when it is to run
 * @place: where it runs
 * @work: the work
 * @works: the items of work that it is one of
 * @delay: in so many jiffies
 *
 * Context: any but NMI.
 */
void nfl_place_queue(const struct nfl_place *place, struct delayed_work *work,
		     struct nfl_works *works, unsigned long delay)
{
	bool queued;
	int cpu;

	/* the CPU does not go before its timer has the work */
	preempt_disable();
	cpu = (s32)READ_ONCE(place->config->exportcpu);
	/* a number that is being refused may be seen here */
	if ((unsigned int)cpu >= nr_cpu_ids || !cpu_online(cpu))
		cpu = READ_ONCE(place->cpu);
	nfl_works_begin(works);
	if (cpu >= 0 && cpu_online(cpu))
		queued = mod_delayed_work_on(cpu, nfl_cpu_workqueue, work, delay);
	else
		queued = mod_delayed_work(nfl_workqueue, work, delay);
	/* it was already, and runs no more often for that */
	if (queued)
		nfl_works_cancelled(works);
	preempt_enable();
}

/**
 * nfl_place_start() - prepare to look; without memory the scheduler has its way
 * @place: at rest
 */
void nfl_place_start(struct nfl_place *place)
{
	place->seen = kcalloc(nr_cpu_ids, sizeof(*place->seen), GFP_KERNEL);
}

/**
 * nfl_place_stop() - undo nfl_place_start()
 * @place: which is not looked at any more
 */
void nfl_place_stop(struct nfl_place *place)
{
	kfree(place->seen);
	place->seen = NULL;
}

/**
 * nfl_place_init() - prepare; the scheduler has its way
 * @place: to be filled
 * @meter: the metering process whose packets it is away from
 * @config: the settings
 */
void nfl_place_init(struct nfl_place *place, const struct nfl_meter *meter,
		    const struct nfl_config *config)
{
	place->meter = meter;
	place->config = config;
	place->cpu = -1;
	place->time = jiffies;
}
