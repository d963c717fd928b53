// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flows of a CPU as a cache of bounded size: new ones come in, in the place of others
 * if there are as many as there may be; parts come from other CPUs, or go there.
 */
#include <linux/kernel.h>

#include "meter/batch.h"
#include "meter/cache.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/handover.h"
#include "meter/maxflows.h"
#include "meter/meter.h"

/* Flows that are given up at a time. */
#define SHED_FLOWS	32

/* Buckets and chunks without flows that are given back at a time when memory is short. */
#define RELIEF_STEPS	16

static void count_dropped(struct nfl_cpu *cpu, const struct nfl_flow *flow)
{
	nfl_count(cpu, NFL_DROPPED_FLOWS, 1);
	nfl_count(cpu, NFL_DROPPED_PACKETS, flow->packets);
	nfl_count(cpu, NFL_DROPPED_OCTETS, flow->octets);
}

/*
 * End a flow early. Where the exporter has no room for it either, its packets are lost,
 * and counted as such.
 */
static void give_up(struct nfl_cpu *cpu, struct nfl_table *table, struct nfl_flow *flow, u32 ref)
{
	if (!nfl_handover_put(cpu, table->family, flow, NFL_END_RESOURCES))
		count_dropped(cpu, flow);
	nfl_count(cpu, NFL_EVICTED_FLOWS, 1);
	nfl_table_remove(table, flow, ref);
}

/* Take a flow out to make room for another. */
static bool evict(struct nfl_cpu *cpu, struct nfl_table *table)
{
	u32 ref;

	if (!table->live)
		return false;
	ref = nfl_table_victim(table, cpu->stamp);
	nfl_table_reuse(table, ref);
	give_up(cpu, table, nfl_table_at(table, ref), ref);
	return true;
}

/* The table with most flows: a flow of it is the least loss. */
static struct nfl_table *largest_table(struct nfl_cpu *cpu)
{
	int family, largest = NFL_IPV4;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->tables[family].live > cpu->tables[largest].live)
			largest = family;
	}
	return &cpu->tables[largest];
}

/**
 * nfl_cache_start() - give a table its first memory
 * @cpu: the CPU, owned
 * @table: one of its tables, empty
 *
 * Where there is none, the table gets what was put aside when the CPU's first table was started.
 * So there is a place for which another family's flow can be evicted, but no packet of this
 * one is lost.
 *
 * Return: false if there is no memory at all.
 */
bool nfl_cache_start(struct nfl_cpu *cpu, struct nfl_table *table)
{
	if (nfl_table_start(table)) {
		if (!cpu->spare.buckets)
			return false;
		nfl_table_start_from(table, &cpu->spare);
	}
	nfl_cache_put_aside(cpu);
	return true;
}

/**
 * nfl_cache_put_aside() - have first memory for one more table, or for none if there are none
 * @cpu: the CPU, owned
 */
void nfl_cache_put_aside(struct nfl_cpu *cpu)
{
	struct nfl_table *spare = &cpu->spare;

	if (!nfl_cpu_has_tables(cpu))
		nfl_table_release(spare);
	else if (!spare->buckets && !nfl_table_start(spare))
		nfl_table_trim(spare);	/* a work item brings more than it needs */
}

/**
 * nfl_cache_create() - make an entry, whatever must go for it
 * @cpu: the CPU, owned
 * @family: the flow's family
 * @hash: hash of @key
 * @key: the family's key, of no flow in the table
 *
 * Return: the entry, of which key and hash are set; NULL if there is nothing that could
 * go.
 */
struct nfl_flow *nfl_cache_create(struct nfl_cpu *cpu, enum nfl_family family, u32 hash,
				  const void *key)
{
	struct nfl_table *table = &cpu->tables[family];
	struct nfl_flow *flow;

	if (nfl_cpu_live(cpu) >= cpu->flows_granted && !nfl_maxflows_ask(cpu) &&
	    !evict(cpu, largest_table(cpu)))
		return NULL;
	flow = nfl_table_insert(table, hash, key);
	if (unlikely(!flow) && evict(cpu, table))
		flow = nfl_table_insert(table, hash, key);
	return flow;
}

/**
 * nfl_cache_shed() - give up flows, now that maxflows is less than was granted
 * @cpu: the CPU, owned
 *
 * Either maxflows was made less, or a CPU below its share got more while all of it was used
 * up. What is above this CPU's share goes.
 *
 * Return: true if there is more to give up; a bounded number was.
 */
bool nfl_cache_shed(struct nfl_cpu *cpu)
{
	struct nfl_meter *meter = cpu->meter;
	u32 share;
	int i;

	if (atomic_long_read(&meter->flows_free) >= 0)
		return false;
	share = nfl_maxflows_share(meter);
	for (i = 0; i < SHED_FLOWS && atomic_long_read(&meter->flows_free) < 0; i++) {
		if (cpu->flows_granted <= share)
			return false;
		if (nfl_cpu_live(cpu) >= cpu->flows_granted &&
		    (!nfl_batch_queue_room(meter->queue) || !evict(cpu, largest_table(cpu))))
			return false;
		cpu->flows_granted--;
		atomic_long_inc(&meter->flows_free);
	}
	return i == SHED_FLOWS;
}

/* The table with most memory. */
static struct nfl_table *heaviest_table(struct nfl_cpu *cpu)
{
	int family, heaviest = NFL_IPV4;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (nfl_table_memory(&cpu->tables[family]) >
		    nfl_table_memory(&cpu->tables[heaviest]))
			heaviest = family;
	}
	return &cpu->tables[heaviest];
}

/* Take the flows of a chunk out, @most of them, and give it back when it is empty. */
static void empty_chunk(struct nfl_cpu *cpu, struct nfl_table *table, unsigned int most)
{
	const size_t size = nfl_flow_size(table->family);
	struct nfl_chunk *chunk;
	struct nfl_flow *flow;
	u32 n, i = 0;

	n = nfl_table_empty_begin(table);
	chunk = &table->chunks[n];
	nfl_chunk_for_each(chunk, size, i, chunk->fresh, flow) {
		if (!most--)
			return;
		give_up(cpu, table, flow, n * nfl_chunk_entries(table->family) + i);
	}
	nfl_table_empty_end(table);
}

static void pause_growth(struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		nfl_memory_pause(&cpu->tables[family].memory);
}

/**
 * nfl_cache_relieve() - give memory up that others need
 * @cpu: the CPU, owned
 *
 * First what no flow needs, then chunk by chunk, since flows that lie here and there
 * leave no page free. What is asked for waits while the exporter has no room, unless it is
 * urgent: else flows are lost only where there is no memory to hand them over.
 *
 * Return: true if there is more to give up; a bounded number of flows was.
 */
bool nfl_cache_relieve(struct nfl_cpu *cpu)
{
	const long wanted = atomic_long_read(&cpu->relief);
	struct nfl_table *table;
	size_t before, freed;

	if (likely(wanted <= 0))
		return false;
	table = heaviest_table(cpu);
	before = nfl_table_memory(table);
	if (!before) {
		atomic_long_set(&cpu->relief, 0);
		WRITE_ONCE(cpu->relief_urgent, false);
		return false;
	}
	if (READ_ONCE(cpu->relief_urgent))
		pause_growth(cpu);
	nfl_table_trim(table);
	nfl_table_shrink(table, RELIEF_STEPS, 1);
	if (nfl_table_memory(table) == before) {
		if (!table->live) {
			nfl_table_release(table);
		} else {
			if (!nfl_batch_queue_room(cpu->meter->queue) &&
			    !READ_ONCE(cpu->relief_urgent))
				return false;
			empty_chunk(cpu, table, SHED_FLOWS);
		}
	}
	freed = before - nfl_table_memory(table);
	if (atomic_long_sub_return(min_t(long, freed, wanted), &cpu->relief) > 0)
		return true;
	/* a request that comes between these two is less urgent: it is repeated */
	WRITE_ONCE(cpu->relief_urgent, false);
	return false;
}

/**
 * nfl_cache_move() - move a flow to another CPU
 * @to: the CPU that it goes to, owned
 * @from: the CPU whose table it is in; taking it out is the caller's
 * @family: the flow's family
 * @flow: the flow
 *
 * Where there is no room for it, it ends, and if there is no room for that
 * either it is lost, and counted.
 */
void nfl_cache_move(struct nfl_cpu *to, struct nfl_cpu *from, enum nfl_family family,
		    const struct nfl_flow *flow)
{
	/* what it is allowed goes with it, or it would have another one evicted */
	if (from->flows_granted > NFL_FLOWS_LEAST) {
		nfl_maxflows_join(to);
		from->flows_granted--;
		to->flows_granted++;
	}
	if (nfl_cache_adopt(to, family, flow)) {
		nfl_count(from, NFL_EXPIRED_FLOWS, 1);
		nfl_count(from, NFL_EXPIRED_PACKETS, flow->packets);
		nfl_count(from, NFL_EXPIRED_OCTETS, flow->octets);
	} else if (!nfl_handover_put(from, family, flow, NFL_END_RESOURCES)) {
		count_dropped(from, flow);
	}
}

/**
 * nfl_cache_adopt() - add a part of a flow that another CPU had
 * @cpu: the CPU, owned
 * @family: the part's family
 * @part: the part
 *
 * Return: false if there is no memory for it.
 */
bool nfl_cache_adopt(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *part)
{
	struct nfl_table *table = &cpu->tables[family];
	struct nfl_flow *flow;

	if (!table->buckets && !nfl_cache_start(cpu, table))
		return false;
	flow = nfl_table_find(table, part->hash, nfl_flow_key(part));
	if (flow) {
		nfl_flow_merge(flow, part, family);
	} else {
		u32 next;

		flow = nfl_cache_create(cpu, family, part->hash, nfl_flow_key(part));
		if (!flow)
			return false;
		next = flow->next;
		memcpy(flow, part, nfl_flow_size(family));
		flow->next = next;
		flow->end_reason = NFL_END_NONE;
		nfl_cpu_arm_expire(cpu);
	}
	nfl_expire_sooner(cpu, table, flow);
	u64_stats_update_begin(&cpu->stats.sync);
	nfl_stats_add(&cpu->stats.counter[NFL_RETURNED_FLOWS], 1);
	nfl_stats_add(&cpu->stats.counter[NFL_RETURNED_PACKETS], part->packets);
	nfl_stats_add(&cpu->stats.counter[NFL_RETURNED_OCTETS], part->octets);
	u64_stats_update_end(&cpu->stats.sync);
	return true;
}
