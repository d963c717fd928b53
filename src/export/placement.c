// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the exporter's thread runs: where exportcpu says, or else away from the packets.
 *
 * Left to the scheduler it comes to the packets' CPU as to any other, where it takes time
 * from them (docs/performance.md). So where some CPUs have most of the packets, and there
 * are many, the thread goes to the one that has fewest. Whatever process is there the
 * scheduler can move away, to a third.
 *
 * The thread does not go to a CPU that does not answer calls (meter/call.c), and is moved
 * away from one that a real-time task has taken (worker.c).
 */
#include <linux/cpu.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>

#include "base/config.h"
#include "base/rate.h"
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

/* Do work items run on that CPU, as far as is known? */
static bool answers(const struct nfl_place *place, int number)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(place->meter->cpus);

	return number != READ_ONCE(place->doubted) &&
	       !(cpus && READ_ONCE(per_cpu_ptr(cpus, number)->call.late));
}

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
		if (!answers(place, number))
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
	place->cpu = best;
}

/* Choose the CPU; -1 to leave it to the scheduler. */
static int choose(const struct nfl_place *place)
{
	int cpu = (s32)READ_ONCE(place->config->exportcpu);

	/* a number that is being refused may be seen here */
	if ((unsigned int)cpu >= nr_cpu_ids || !cpu_online(cpu))
		cpu = place->cpu;
	return cpu >= 0 && cpu_online(cpu) && answers(place, cpu) ? cpu : -1;
}

/* Let the thread run there; it fails if all of these CPUs have gone offline. */
static void move(struct task_struct *thread, const struct cpumask *mask)
{
	if (!cpumask_equal(thread->cpus_ptr, mask))
		set_cpus_allowed_ptr(thread, mask);
}

/**
 * nfl_place_go() - go to where the work is to run
 * @place: of the exporter
 *
 * Context: the thread, without locks; sleeps. On the CPU that is chosen it may have to wait for
 * as long as a real-time task likes, or until it is moved away.
 */
void nfl_place_go(struct nfl_place *place)
{
	const int away = READ_ONCE(place->away);
	const bool was_free = place->chosen < 0 && away < 0;

	if (cpumask_empty(place->anywhere))
		cpumask_copy(place->anywhere, current->cpus_ptr);
	if (away >= 0 && answers(place, away))
		WRITE_ONCE(place->away, -1);
	/* a CPU that is online but will not be for long is none */
	cpus_read_lock();
	place->chosen = choose(place);
	if (place->chosen >= 0)
		move(current, cpumask_of(place->chosen));
	else if (!was_free && READ_ONCE(place->away) < 0)
		move(current, place->anywhere);
	cpus_read_unlock();
}

/* Could a thread go on, and has no CPU? */
static bool waits_for_cpu(const struct task_struct *thread)
{
#ifdef CONFIG_SMP
	return READ_ONCE(thread->on_rq) && !READ_ONCE(thread->on_cpu);
#else
	return false;	/* there is no other */
#endif
}

/**
 * nfl_place_leave() - move the thread away, if it is late because it does not get its CPU
 * @place: of the exporter
 * @thread: its thread
 *
 * The CPU is asked whether it answers calls: it may just be busy. If it does not, the thread
 * does not go there until it does. The thread may be on its way to a CPU, and then has to be
 * moved once more.
 *
 * Context: process; sleeps; not called twice at the same time.
 */
void nfl_place_leave(struct nfl_place *place, struct task_struct *thread)
{
	const int cpu = task_cpu(thread);
	int number;

	if (!waits_for_cpu(thread) || nfl_cpu_answers(place->meter, cpu))
		return;
	WRITE_ONCE(place->doubted, cpu);
	WRITE_ONCE(place->away, cpu);
	cpumask_clear(place->elsewhere);
	for_each_cpu(number, place->anywhere) {
		if (answers(place, number))
			cpumask_set_cpu(number, place->elsewhere);
	}
	/* a CPU that is kept for others is better than none */
	if (!cpumask_intersects(place->elsewhere, cpu_active_mask))
		cpumask_andnot(place->elsewhere, cpu_possible_mask, cpumask_of(cpu));
	/* it fails if there is no other CPU */
	set_cpus_allowed_ptr(thread, place->elsewhere);
	/* where the thread itself was in a call, that CPU could not be asked before */
	nfl_cpu_answers(place->meter, cpu);
	WRITE_ONCE(place->doubted, -1);
}

/**
 * nfl_place_start() - prepare for a thread
 * @place: at rest
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int nfl_place_start(struct nfl_place *place)
{
	if (!zalloc_cpumask_var(&place->anywhere, GFP_KERNEL))
		return -ENOMEM;
	if (!zalloc_cpumask_var(&place->elsewhere, GFP_KERNEL))
		goto err_anywhere;
	place->seen = kcalloc(nr_cpu_ids, sizeof(*place->seen), GFP_KERNEL);
	if (!place->seen)
		goto err_elsewhere;
	return 0;

err_elsewhere:
	free_cpumask_var(place->elsewhere);
err_anywhere:
	free_cpumask_var(place->anywhere);
	return -ENOMEM;
}

/**
 * nfl_place_stop() - undo nfl_place_start()
 * @place: whose thread has ended
 */
void nfl_place_stop(struct nfl_place *place)
{
	kfree(place->seen);
	place->seen = NULL;
	free_cpumask_var(place->elsewhere);
	free_cpumask_var(place->anywhere);
}

/**
 * nfl_place_init() - prepare; the scheduler has its way
 * @place: to be filled
 * @meter: the metering process whose packets it is away from
 * @config: the settings
 */
void nfl_place_init(struct nfl_place *place, struct nfl_meter *meter,
		    const struct nfl_config *config)
{
	place->meter = meter;
	place->config = config;
	place->cpu = -1;
	place->chosen = -1;
	place->away = -1;
	place->doubted = -1;
	place->time = jiffies;
}
