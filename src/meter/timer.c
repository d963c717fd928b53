// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU's timer and work item. One timer for each CPU and namespace, which is armed
 * (cpu.c) only while there is something to do:
 *
 *   soon, while packets wait in a ring;
 *   every tenth of a second while there are tables, which go some seconds after
 *   their last flow;
 *   twice as often while flows that have left them wait in a batch that is not full.
 *
 * The timer's softirq does a bounded piece of work. Where more is due (a
 * million flows that end together), a work item on the same CPU goes on with it
 * in pieces of the same size, between which bottom halves run.
 *
 * A CPU that dies leaves its timer to another one, which finds that it is not
 * the owner and does nothing: process.c sees to the flows (cpu_dead()).
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
 * A piece of what is to be done for the tables. Returns true if there is more,
 * which goes on in process context.
 */
static bool walk_piece(struct nfl_cpu *cpu)
{
	bool more = nfl_expire_walk(cpu);

	if (nfl_cache_shed(cpu))
		more = true;
	if (nfl_cache_relieve(cpu))
		more = true;
	return more || starved(cpu);
}

/* What waits for the end of the pieces, or for the next tick where there is none. */
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
	if (walk_piece(cpu))
		queue_work_on(cpu->number, nfl_cpu_workqueue, &cpu->work);
	pieces_end(cpu);

	/* in traffic the ring is rarely found empty: the timer goes on, unasked */
	cpu->armed = NFL_TIMER_OFF;
	if (packets)
		nfl_cpu_arm_ring(cpu);
	else if (nfl_cpu_has_tables(cpu) || nfl_cpu_has_batch(cpu))
		nfl_cpu_arm_expire(cpu);
	nfl_cpu_exit(cpus);
}

/*
 * A table found no memory in a packet's way, where nothing may be waited for.
 * Here it may. If there is none here either, the table asks again in time.
 */
static void feed_table(struct nfl_cpu *cpu, struct nfl_cpu __percpu *cpus,
		       struct nfl_table *table)
{
	struct nfl_supply supply;

	if (!nfl_table_starved(table))
		return;
	nfl_supply_get(&supply, &table->memory);
	nfl_cpu_enter(cpus);
	if (cpu->number == smp_processor_id())
		nfl_table_feed(table, &supply);
	nfl_cpu_exit(cpus);
	nfl_supply_free(&supply);
}

static void tick_work(struct work_struct *work)
{
	struct nfl_cpu *cpu = container_of(work, struct nfl_cpu, work);
	struct nfl_cpu __percpu *cpus = READ_ONCE(cpu->meter->cpus);
	int family;
	bool more;

	do {
		for (family = 0; family < NFL_FAMILIES; family++)
			feed_table(cpu, cpus, &cpu->tables[family]);
		feed_table(cpu, cpus, &cpu->spare);
		nfl_cpu_enter(cpus);
		/* a work item that outlived its CPU runs elsewhere */
		more = cpu->number == smp_processor_id() && walk_piece(cpu);
		if (!more && cpu->number == smp_processor_id())
			pieces_end(cpu);
		nfl_cpu_exit(cpus);
		cond_resched();
	} while (more);
}

/**
 * nfl_timer_init() - prepare a CPU's timer and work item, neither of which runs then
 * @cpu: the CPU
 */
void nfl_timer_init(struct nfl_cpu *cpu)
{
	timer_setup(&cpu->timer, tick, TIMER_PINNED);
	INIT_WORK(&cpu->work, tick_work);
}

/**
 * nfl_timer_stop() - stop both for good
 * @cpu: the CPU; no packet reaches it any more
 *
 * Context: process; waits for a timer and a work item that run.
 */
void nfl_timer_stop(struct nfl_cpu *cpu)
{
	timer_delete_sync(&cpu->timer);
	cancel_work_sync(&cpu->work);
	timer_delete_sync(&cpu->timer);
}
