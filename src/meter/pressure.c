// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables give memory back that others need. CPUs are asked for it, and their work items take
 * flows out and give chunks back (nfl_cache_relieve()).
 *
 * A shrinker is called by reclaim. It waits for nothing and frees nothing itself, so it may be
 * called in any reclaim, ours included. But reclaim does not see then that there will be
 * memory, and may turn to the OOM killer too soon. So there is a notifier too, which is called
 * before a process is killed: it waits for the CPUs, and says what they have given back. None
 * is killed as long as there is something.
 */
#include <linux/cpumask.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>

#include "base/works.h"
#include "compat/shrinker.h"
#include "meter/cpu.h"
#include "meter/meter.h"
#include "meter/pressure.h"

/*
 * Reclaim takes a flow's page for eight times as dear as one of a file: a file that is
 * read once should not end flows early.
 */
#define SEEKS	(8 * DEFAULT_SEEKS)

/* What is asked for before a process is killed, and for how many jiffies it is waited for. */
#define KILL_OCTETS	(8 * NFL_CHUNK_SIZE)
#define KILL_WAIT	max(HZ / 10, 1)

/* Octets for each CPU that are kept in any case. */
#define KILL_LEAST	NFL_CHUNK_SIZE

/* Octets that a CPU's tables have. */
static u64 held_by(const struct nfl_cpu *cpu)
{
	u64 held = 0;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		held += nfl_table_memory(&cpu->tables[family]);
	return held;
}

static u64 held_by_all(struct nfl_cpu __percpu *cpus)
{
	u64 held = 0;
	int number;

	for_each_possible_cpu(number)
		held += held_by(per_cpu_ptr(cpus, number));
	return held;
}

static unsigned long pressure_count(struct shrinker *shrinker, struct shrink_control *control)
{
	const struct nfl_meter *meter = nfl_shrinker_data(shrinker);
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	const unsigned long pages = cpus ? div_u64(held_by_all(cpus), PAGE_SIZE) : 0;

	return pages ?: SHRINK_EMPTY;
}

/* Each CPU is asked for its share. What it was asked before and has not done stays. */
static void ask_cpus(struct nfl_meter *meter, u64 wanted, bool urgent)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	u64 total;
	int number;

	/* the metering process is being made */
	if (!cpus)
		return;
	total = held_by_all(cpus);
	if (!total)
		return;
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);
		const u64 held = held_by(cpu);
		const long asked = atomic_long_read(&cpu->relief);
		u64 share;

		if (!held)
			continue;
		share = min(held, div64_u64(wanted * held, total) + 1);
		if (urgent)
			WRITE_ONCE(cpu->relief_urgent, true);
		/* where the CPU has just given something back, the next request counts */
		atomic_long_cmpxchg(&cpu->relief, asked, min_t(u64, asked + share, held));
		queue_work_on(number, nfl_cpu_workqueue, &cpu->work);
	}
}

static unsigned long pressure_scan(struct shrinker *shrinker, struct shrink_control *control)
{
	ask_cpus(nfl_shrinker_data(shrinker), (u64)control->nr_to_scan * PAGE_SIZE, false);
	return 0;	/* so far */
}

/*
 * A process is about to be killed for want of memory. What is reported is what is free in the
 * end: if it is anything, the kernel tries again instead of killing, without end. So packets
 * take no memory back for a while (nfl_cache_relieve()), and where there is little, nothing is
 * asked for: a process that takes all memory must be killed, whatever flows there are.
 */
static int before_kill(struct notifier_block *notifier, unsigned long unused, void *freed)
{
	struct nfl_meter *meter = container_of(notifier, struct nfl_meter, before_kill);
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	const u64 before = cpus ? held_by_all(cpus) : 0;
	const u64 wanted = min_t(u64, before, KILL_OCTETS);
	unsigned long *pages = freed;
	u64 now = before;
	int wait;

	/* another namespace has freed enough, or this one has little */
	if (*pages >= KILL_OCTETS / PAGE_SIZE || before < KILL_LEAST * num_online_cpus())
		return NOTIFY_OK;
	ask_cpus(meter, wanted, true);
	for (wait = 0; wait < KILL_WAIT && now + wanted > before; wait++) {
		schedule_timeout_uninterruptible(1);
		now = held_by_all(cpus);
	}
	if (now < before)
		*pages += div_u64(before - now, PAGE_SIZE);
	return NOTIFY_OK;
}

/**
 * nfl_pressure_start() - let reclaim ask for memory of the tables
 * @meter: the metering process; its CPUs' parts may come later
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_pressure_start(struct nfl_meter *meter)
{
	struct shrinker *shrinker = nfl_shrinker_alloc("netflow");
	int err;

	if (!shrinker)
		return -ENOMEM;
	nfl_shrinker_set_data(shrinker, meter);
	shrinker->count_objects = pressure_count;
	shrinker->scan_objects = pressure_scan;
	shrinker->seeks = SEEKS;
	err = nfl_shrinker_register(shrinker);
	if (err)
		return err;
	meter->shrinker = shrinker;
	meter->before_kill.notifier_call = before_kill;
	register_oom_notifier(&meter->before_kill);
	return 0;
}

/**
 * nfl_pressure_stop() - undo nfl_pressure_start()
 * @meter: the metering process; no CPU is asked any more
 *
 * Context: process; sleeps.
 */
void nfl_pressure_stop(struct nfl_meter *meter)
{
	unregister_oom_notifier(&meter->before_kill);
	nfl_shrinker_free(meter->shrinker);
}
