// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timer and the work item of a CPU. There is one timer for each CPU and namespace. It is
 * armed (cpu.c) only while there is something to do:
 *
 *   after some milliseconds, while packets wait in a ring;
 *   every tenth of a second, while there are tables, which are freed some seconds after
 *   their last flow;
 *   twice as often, while flows that were removed wait in a batch that is not full.
 *
 * The timer does a bounded piece of work. If more is due (a million flows that end
 * together), a work item on the same CPU does the rest in pieces of the same size, with
 * bottom halves on in between.
 *
 * The timer of a CPU that goes offline is moved to another CPU, on which it does nothing.
 * cpu_dead() in process.c moves the flows.
 */
#include "base/works.h"
#include "meter/cache.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/handover.h"
#include "meter/maxflows.h"
#include "meter/meter.h"
#include "meter/ring.h"
#include "meter/timer.h"

static bool starved(const struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (nfl_table_starved(&cpu->tables[family]))
			return true;
	}
	return nfl_table_starved(&cpu->spare);
}

/*
 * Do a piece of the work for the tables. Returns true if there is more to do, in process
 * context.
 */
static bool walk_piece(struct nfl_cpu *cpu)
{
	bool more = nfl_expire_walk(cpu);

	if (nfl_cache_shed(cpu))
		more = true;
	if (nfl_cache_relieve(cpu))
		more = true;
	return more;
}

/* Work that is done after each tick, and after the last piece of the work item. */
static void pieces_end(struct nfl_cpu *cpu)
{
	nfl_maxflows_release(cpu);
	nfl_handover_age(cpu);
	nfl_cache_put_aside(cpu);
}

static void tick(struct timer_list *timer)
{
	struct nfl_cpu *cpu = timer_container_of(cpu, timer, timer);
	struct nfl_cpu __percpu *cpus = READ_ONCE(cpu->meter->cpus);
	const bool packets = nfl_cpu_has_packets(cpu);

	if (cpu->number != smp_processor_id())
		return;

	nfl_cpu_enter(cpus);
	nfl_rings_work_off(cpu);
	if (walk_piece(cpu) || starved(cpu))
		queue_work_on(cpu->number, nfl_cpu_workqueue, &cpu->work);
	pieces_end(cpu);

	/* during traffic the ring is rarely empty: keep the timer armed for it */
	cpu->armed = NFL_TIMER_OFF;
	if (packets)
		nfl_cpu_arm_ring(cpu);
	else if (nfl_cpu_has_tables(cpu) || nfl_cpu_has_batch(cpu))
		nfl_cpu_arm_expire(cpu);
	nfl_cpu_exit(cpus);
}

/*
 * An allocation for a table has failed in the packet path, which cannot sleep. Here it can
 * be done with GFP_KERNEL. If it fails here, too, it is tried again at the next tick. Returns true
 * if there was memory.
 */
static bool feed_table(struct nfl_cpu *cpu, struct nfl_cpu __percpu *cpus,
		       struct nfl_table *table)
{
	struct nfl_supply supply = { };
	bool is_fed;

	if (!nfl_table_starved(table))
		return false;
	/* what others need more would have to be given back at once */
	if (atomic_long_read(&cpu->relief) <= 0)
		nfl_supply_get(&supply, &table->memory);
	is_fed = supply.count || supply.array;
	nfl_cpu_enter(cpus);
	if (cpu->number == smp_processor_id())
		nfl_table_feed(table, &supply);
	nfl_cpu_exit(cpus);
	nfl_supply_free(&supply);
	return is_fed;
}

static void tick_work(struct work_struct *work)
{
	struct nfl_cpu *cpu = container_of(work, struct nfl_cpu, work);
	struct nfl_cpu __percpu *cpus = READ_ONCE(cpu->meter->cpus);
	int family;
	bool more;

	do {
		bool is_fed = false;

		for (family = 0; family < NFL_FAMILIES; family++)
			is_fed |= feed_table(cpu, cpus, &cpu->tables[family]);
		is_fed |= feed_table(cpu, cpus, &cpu->spare);
		nfl_cpu_enter(cpus);
		/* after its CPU went offline the work item runs on another one */
		more = cpu->number == smp_processor_id() &&
		       (walk_piece(cpu) || (is_fed && starved(cpu)));
		if (!more && cpu->number == smp_processor_id())
			pieces_end(cpu);
		nfl_cpu_exit(cpus);
		cond_resched();
	} while (more);
}

/**
 * nfl_timer_init() - initialise the timer and the work item of a CPU; they are not started
 * @cpu: the CPU
 */
void nfl_timer_init(struct nfl_cpu *cpu)
{
	timer_setup(&cpu->timer, tick, TIMER_PINNED);
	INIT_WORK(&cpu->work, tick_work);
}

/**
 * nfl_timer_stop() - stop the timer and the work item of a CPU
 * @cpu: the CPU; packets are not metered any more, so the timer is not armed again
 *
 * Context: process; waits for a running timer and work item.
 */
void nfl_timer_stop(struct nfl_cpu *cpu)
{
	timer_delete_sync(&cpu->timer);
	cancel_work_sync(&cpu->work);
	timer_delete_sync(&cpu->timer);
}
