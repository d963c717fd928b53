// SPDX-License-Identifier: GPL-2.0-only
/*
 * The per-CPU parts of a metering process: they are allocated and freed, and the flows of a
 * CPU that goes offline are moved to another CPU.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>

#include "base/config.h"
#include "meter/cache.h"
#include "meter/cpu.h"
#include "meter/handover.h"
#include "meter/maxflows.h"
#include "meter/meter.h"
#include "meter/pressure.h"
#include "meter/process.h"
#include "meter/ring.h"
#include "meter/timer.h"

static enum cpuhp_state hotplug_state __read_mostly;

/* A table is not kept larger than for all flows that there may be, or that fit into the machine. */
static u32 buckets_for(const struct nfl_config *config, u32 flows)
{
	flows = min3(flows, nfl_config_maxflows(config), nfl_memory_maxflows());
	return DIV_ROUND_UP(flows, NFL_BUCKET_LOAD * num_possible_cpus());
}

/* Allocate the per-CPU parts, with empty tables. Returns NULL without memory. */
static struct nfl_cpu __percpu *cpus_alloc(struct nfl_meter *meter)
{
	const u32 buckets_min = buckets_for(meter->config, meter->config->hashsize);
	struct nfl_cpu __percpu *cpus;
	int number, family;

	cpus = alloc_percpu_gfp(struct nfl_cpu, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!cpus)
		return NULL;
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);

		local_lock_init(&cpu->lock);
		u64_stats_init(&cpu->stats.sync);
		cpu->meter = meter;
		cpu->number = number;
		cpu->flows_granted = NFL_FLOWS_LEAST;
		cpu->refused_jiffies = jiffies - 1;
		for (family = 0; family < NFL_FAMILIES; family++) {
			cpu->tables[family].family = family;
			cpu->tables[family].buckets_min = buckets_min;
		}
		nfl_timer_init(cpu);
		nfl_call_slot_init(&cpu->call);
	}
	return cpus;
}

static void cpus_free(struct nfl_cpu __percpu *cpus)
{
	int number, family;

	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);

		for (family = 0; family < NFL_FAMILIES; family++)
			nfl_table_release(&cpu->tables[family]);
		nfl_table_release(&cpu->spare);
	}
	free_percpu(cpus);
}

/**
 * nfl_meter_start() - allocate the per-CPU parts, with empty tables
 * @meter: the metering process, initialised; its settings are valid
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_meter_start(struct nfl_meter *meter)
{
	struct nfl_cpu __percpu *cpus;
	int err;

	nfl_hash_seed(&meter->hash_key);
	nfl_maxflows_init(meter);
	cpus = cpus_alloc(meter);
	if (!cpus)
		return -ENOMEM;
	err = nfl_pressure_start(meter);
	if (err)
		goto err_cpus;
	err = cpuhp_state_add_instance_nocalls(hotplug_state, &meter->hotplug);
	if (err)
		goto err_pressure;
	/*
	 * Last, since readers of statistics take no reference. Pairs with the address
	 * dependency of all who find the pointer set.
	 */
	smp_store_release(&meter->cpus, cpus);
	return 0;

err_pressure:
	nfl_pressure_stop(meter);
err_cpus:
	cpus_free(cpus);
	return err;
}

/**
 * nfl_meter_stop() - stop timers and work items
 * @meter: the metering process, started; packets are not metered any more, and nothing else
 *	arms the timer of a CPU
 *
 * The flows stay in the tables.
 *
 * Context: process; sleeps.
 */
void nfl_meter_stop(struct nfl_meter *meter)
{
	int number;

	cpuhp_state_remove_instance_nocalls(hotplug_state, &meter->hotplug);
	nfl_pressure_stop(meter);
	for_each_possible_cpu(number)
		nfl_timer_stop(per_cpu_ptr(meter->cpus, number));
	nfl_calls_direct(meter);
}

/**
 * nfl_meter_free() - free the per-CPU parts
 * @meter: the metering process, stopped; flows that are still in the tables are freed too
 */
void nfl_meter_free(struct nfl_meter *meter)
{
	struct nfl_cpu __percpu *cpus = meter->cpus;

	WRITE_ONCE(meter->cpus, NULL);
	cpus_free(cpus);
}

/**
 * nfl_meter_init() - initialise; there are no per-CPU parts yet
 * @meter: the metering process, all 0
 * @net: the namespace
 * @config: the settings of the namespace
 * @queue: the queue of flows that are removed from the tables
 */
void nfl_meter_init(struct nfl_meter *meter, struct net *net, const struct nfl_config *config,
		    struct nfl_batch_queue *queue)
{
	meter->net = net;
	meter->config = config;
	meter->queue = queue;
	nfl_calls_init(&meter->calls);
}

/**
 * nfl_meter_set_hashsize() - set the minimum size of the tables
 * @meter: the metering process
 * @flows: the number of flows that they are sized for; tables grow as flows are added
 *
 * Context: process; sleeps. The caller holds the namespace's lock.
 */
void nfl_meter_set_hashsize(struct nfl_meter *meter, u32 flows)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	int number, family;

	if (!cpus)
		return;
	for_each_possible_cpu(number) {
		for (family = 0; family < NFL_FAMILIES; family++)
			WRITE_ONCE(per_cpu_ptr(cpus, number)->tables[family].buckets_min,
				   buckets_for(meter->config, flows));
	}
}

/*
 * A CPU has gone offline. The packets in its rings and the flows in its tables are moved to
 * the CPU that runs this function. Nothing else accesses the part of the dead CPU: its timer
 * and its work item do nothing on other CPUs, and calls wait for hotplug to end.
 */
static int cpu_dead(unsigned int number, struct hlist_node *node)
{
	struct nfl_meter *meter = hlist_entry_safe(node, struct nfl_meter, hotplug);
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	struct nfl_cpu *heir, *dead;
	struct nfl_flow *flow;
	int family;
	u32 n, i;

	/* the metering process is being made */
	if (!cpus)
		return 0;
	dead = per_cpu_ptr(cpus, number);
	timer_delete_sync(&dead->timer);
	dead->armed = NFL_TIMER_OFF;
	/* must not be preempted: on 32 bits counters are written in two halves */
	nfl_cpu_enter(cpus);
	nfl_rings_work_off(dead);
	nfl_cpu_exit(cpus);
	for (family = 0; family < NFL_FAMILIES; family++) {
		struct nfl_table *table = &dead->tables[family];
		const size_t size = nfl_flow_size(family);

		for (n = 0; n < table->chunks_count; n++) {
			const struct nfl_chunk *chunk = &table->chunks[n];

			if (!chunk->used)
				continue;
			i = 0;
			nfl_chunk_for_each(chunk, size, i, chunk->fresh, flow) {
				heir = nfl_cpu_enter(cpus);
				/* packets of the flow may be in the heir's rings */
				nfl_rings_work_off(heir);
				nfl_cache_move(heir, dead, family, flow);
				nfl_cpu_exit(cpus);
				nfl_table_remove(table, flow, n * nfl_chunk_entries(family) + i);
			}
		}
		nfl_table_release(table);
	}
	nfl_cache_put_aside(dead);
	atomic_long_set(&dead->relief, 0);
	WRITE_ONCE(dead->relief_urgent, false);
	nfl_handover_publish(dead);
	nfl_maxflows_release(dead);
	/* nfl_rings_work_off() above may have armed it again */
	timer_delete_sync(&dead->timer);
	dead->armed = NFL_TIMER_OFF;
	return 0;
}

/**
 * nfl_metering_init() - register the CPU hotplug state of all metering processes
 *
 * Return: 0, or a negative error.
 */
int nfl_metering_init(void)
{
	const int err = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "net/netflow:dead", NULL,
						cpu_dead);

	if (err < 0)
		return err;
	hotplug_state = err;
	return 0;
}

/**
 * nfl_metering_exit() - undo nfl_metering_init()
 */
void nfl_metering_exit(void)
{
	cpuhp_remove_multi_state(hotplug_state);
}
