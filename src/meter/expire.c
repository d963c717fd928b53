// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time-outs, by an incremental walk over the memory of the entries.
 *
 * Flows are not sorted or linked by their time-outs, so time-outs cost a packet nothing.
 * Entries are contiguous in memory, so a walk reads memory in order, which the hardware
 * prefetches: a few nanoseconds per entry.
 *
 * Each chunk of entries has the time at which the earliest of its flows may be due. A walk
 * skips chunks that are not due. The due time of a flow can only become later, and a new
 * flow is due after a time-out at the earliest. So the due time of a chunk stays valid until
 * the next walk and packets need not update it. It is updated if a part of a flow comes from
 * another CPU, and reset if the time-outs change.
 *
 * A flow is removed at most CHUNK_INTERVAL and one timer tick after it was due.
 */
#include <linux/in.h>
#include <linux/ktime.h>
#include <net/tcp.h>

#include "base/clock.h"
#include "base/config.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/handover.h"
#include "meter/meter.h"

/* Minimum time between two walks of a chunk, in milliseconds. */
#define CHUNK_INTERVAL	200

/* A piece of a walk reads the clock after this many entries, ... */
#define PIECE_ENTRIES	64
/*
 * ... and takes this many nanoseconds in all, by ktime_get_ns(): the scheduler's clock has
 * the resolution of jiffies on some machines.
 */
#define PIECE_NS	40000

/* How long a table without flows keeps its memory, in milliseconds. */
#define EMPTY_TIME	5000

/* Number of flows whose removal is prefetched together. */
#define REMOVE_BATCH	16

/* Number of buckets and chunks that a piece of a walk may free. */
#define SHRINK_STEPS	16

struct due_flow {
	struct nfl_flow *flow;
	u32 ref;
	enum nfl_end_reason reason;
};

/**
 * nfl_expire_reason() - is a flow due?
 * @cpu: a CPU of the flow's namespace
 * @family: the flow's family
 * @flow: a live flow
 * @now: nfl_clock()
 *
 * Return: the reason why it ends, or NFL_END_NONE.
 */
enum nfl_end_reason nfl_expire_reason(const struct nfl_cpu *cpu, enum nfl_family family,
				      const struct nfl_flow *flow, u32 now)
{
	const struct nfl_config *config = cpu->meter->config;

	/* signed: the clock of another CPU may be a millisecond ahead */
	if ((s32)(now - flow->last) >= (s32)nfl_config_inactive_ms(config)) {
		if (nfl_flow_protocol(flow, family) == IPPROTO_TCP &&
		    flow->tcp_flags & (TCPHDR_FIN | TCPHDR_RST))
			return NFL_END_DETECTED;
		return NFL_END_IDLE;
	}
	if ((s32)(now - flow->first) >= (s32)nfl_config_active_ms(config))
		return NFL_END_ACTIVE;
	return NFL_END_NONE;
}

/* Milliseconds until a live flow may be due; negative if it is overdue. */
static s32 flow_due_in(const struct nfl_config *config, const struct nfl_flow *flow, u32 now)
{
	return min((s32)(nfl_config_inactive_ms(config) - (now - flow->last)),
		   (s32)(nfl_config_active_ms(config) - (now - flow->first)));
}

/*
 * Remove due flows from the table. Returns false if the exporter's queue is full: the flows
 * stay in the table, so none is lost.
 */
static bool remove_due(struct nfl_cpu *cpu, struct nfl_table *table, struct due_flow *due,
		       unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		nfl_table_prefetch_removal(table, due[i].flow);
	for (i = 0; i < count; i++) {
		if (!nfl_handover_put(cpu, table->family, due[i].flow, due[i].reason)) {
			nfl_count(cpu, NFL_POSTPONED_FLOWS, count - i);
			return false;
		}
		nfl_table_remove(table, due[i].flow, due[i].ref);
	}
	return true;
}

/*
 * Walk @count entries of a chunk, from table->walk_entry on. Returns false if the exporter's
 * queue is full. The caller has set the due time of the chunk to that of a new flow; it is
 * lowered to that of the earliest flow found.
 */
static bool walk_entries(struct nfl_cpu *cpu, struct nfl_table *table, struct nfl_chunk *chunk,
			 u32 now, unsigned int count)
{
	const struct nfl_config *config = cpu->meter->config;
	const size_t size = nfl_flow_size(table->family);
	const u32 base = table->walk_chunk * nfl_chunk_entries(table->family);
	const u32 end = min_t(u32, table->walk_entry + count, chunk->fresh);
	struct due_flow due[REMOVE_BATCH];
	unsigned int found = 0;
	struct nfl_flow *flow;
	u32 i = table->walk_entry;

	nfl_chunk_for_each(chunk, size, i, end, flow) {
		const enum nfl_end_reason reason = nfl_expire_reason(cpu, table->family, flow, now);

		if (reason == NFL_END_NONE) {
			const u32 flow_due = now + flow_due_in(config, flow, now);

			if ((s32)(flow_due - chunk->due) < 0)
				chunk->due = flow_due;
			continue;
		}
		due[found++] = (struct due_flow){ flow, base + i, reason };
		if (found == REMOVE_BATCH) {
			if (!remove_due(cpu, table, due, found))
				goto full;
			found = 0;
		}
	}
	if (!remove_due(cpu, table, due, found))
		goto full;
	table->walk_entry = i;
	return true;
full:
	chunk->due = now;
	return false;
}

/*
 * Is no flow of a chunk due yet? The due time of an empty chunk is not updated and may be
 * weeks old. With a clock of 32 bits it then looks weeks ahead, which a valid one cannot be.
 */
static bool is_early(const struct nfl_chunk *chunk, u32 now, u32 soonest)
{
	const u32 ahead = chunk->due - now;

	return chunk->due && ahead && ahead <= max_t(u32, soonest, CHUNK_INTERVAL) + 1;
}

/* Continue the walk of a table until about @deadline. Returns true if there is more to do. */
static bool walk_table(struct nfl_cpu *cpu, struct nfl_table *table, u32 now, u64 deadline)
{
	const u32 soonest = min(nfl_config_inactive_ms(cpu->meter->config),
				nfl_config_active_ms(cpu->meter->config));

	/* one without flows is given back in many pieces, which do not look through its chunks */
	while (table->live && table->walk_chunk < table->chunks_count) {
		struct nfl_chunk *chunk = &table->chunks[table->walk_chunk];

		if (!table->walk_entry) {
			if (!chunk->used || is_early(chunk, now, soonest)) {
				table->walk_chunk++;
				continue;
			}
			chunk->due = now + soonest;
		}
		/* the next walk continues here, otherwise later chunks would not be reached */
		if (!walk_entries(cpu, table, chunk, now, PIECE_ENTRIES))
			return false;
		if (table->walk_entry >= chunk->fresh) {
			if ((s32)(chunk->due - now) < CHUNK_INTERVAL)
				chunk->due = now + CHUNK_INTERVAL;
			chunk->due |= 1;	/* 0 means: never walked */
			table->walk_chunk++;
			table->walk_entry = 0;
		}
		if (ktime_get_ns() >= deadline)
			return true;
	}
	table->walk_chunk = 0;
	table->walk_entry = 0;
	if (table->live) {
		table->empty_since = 0;
	} else if (!table->empty_since) {
		table->empty_since = now | 1;	/* 0 says: not empty */
	} else if ((s32)(now - table->empty_since) >= EMPTY_TIME) {
		/* a large one goes in pieces */
		if (nfl_table_shrink(table, SHRINK_STEPS, 1))
			return true;
		nfl_table_release(table);
		return false;
	}
	return nfl_table_shrink(table, SHRINK_STEPS, READ_ONCE(table->buckets_min));
}

/* After a change of the time-outs the due times of chunks are not valid. */
static void forget_due(struct nfl_cpu *cpu)
{
	/* pairs with nfl_expire_timeouts_changed() */
	const u32 generation = smp_load_acquire(&cpu->meter->generation);
	int family;
	u32 n;

	if (cpu->generation == generation)
		return;
	cpu->generation = generation;
	for (family = 0; family < NFL_FAMILIES; family++) {
		struct nfl_table *table = &cpu->tables[family];

		for (n = 0; n < table->chunks_count; n++)
			table->chunks[n].due = 0;
		table->walk_entry = 0;	/* walk the current chunk from its start */
	}
}

/**
 * nfl_expire_timeouts_changed() - the time-outs have changed
 * @meter: the metering process; its settings have the new time-outs
 */
void nfl_expire_timeouts_changed(struct nfl_meter *meter)
{
	/* pairs with forget_due(): a CPU that reads the new generation reads the new time-out */
	smp_store_release(&meter->generation, meter->generation + 1);
}

/**
 * nfl_expire_sooner() - a flow may be due earlier than before
 * @cpu: the CPU of the flow, owned
 * @table: the table of the flow
 * @flow: the flow, to which an older part was added
 */
void nfl_expire_sooner(struct nfl_cpu *cpu, struct nfl_table *table, const struct nfl_flow *flow)
{
	struct nfl_chunk *chunk = nfl_table_chunk(table, flow);
	const u32 now = nfl_clock();
	const u32 due = now + flow_due_in(cpu->meter->config, flow, now);

	if (chunk->due && (s32)(due - chunk->due) < 0)
		chunk->due = due | 1;	/* 0 means: never walked */
}

/**
 * nfl_expire_walk() - do a bounded piece of the walk for time-outs
 * @cpu: the CPU, owned, its rings worked off
 *
 * Takes about PIECE_NS, so that bottom halves are not off for longer.
 *
 * Return: true if the walk has not reached its end.
 */
bool nfl_expire_walk(struct nfl_cpu *cpu)
{
	const u64 begin = ktime_get_ns();
	const u32 now = nfl_clock();
	unsigned int tables = 0, walked = 0;
	bool more = false;
	int family;

	forget_due(cpu);
	for (family = 0; family < NFL_FAMILIES; family++)
		tables += !!cpu->tables[family].buckets;
	/* each table has its share of the time, so that a large one does not starve the others */
	for (family = 0; family < NFL_FAMILIES; family++) {
		struct nfl_table *table = &cpu->tables[family];

		if (table->buckets && walk_table(cpu, table, now,
						 begin + PIECE_NS * ++walked / tables))
			more = true;
	}
	return more;
}

/**
 * nfl_expire_flush() - do a bounded piece of removing all flows
 * @cpu: the CPU, owned, its rings worked off
 *
 * Return: true if there are flows left, either because the piece is done or
 *	because the exporter's queue is full.
 */
bool nfl_expire_flush(struct nfl_cpu *cpu)
{
	const u64 deadline = ktime_get_ns() + PIECE_NS;
	unsigned int looked_at = 0;
	bool removed = false;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		struct nfl_table *table = &cpu->tables[family];
		const size_t size = nfl_flow_size(family);
		u32 n;

		for (n = 0; n < table->chunks_count; n++) {
			struct nfl_chunk *chunk = &table->chunks[n];
			struct due_flow due = { .reason = NFL_END_FORCED };
			u32 i = 0;

			if (!chunk->used)
				continue;
			/* the caller takes a piece that removes no flow for a lack of memory */
			if (removed && ktime_get_ns() >= deadline)
				goto more;
			nfl_chunk_for_each(chunk, size, i, chunk->fresh, due.flow) {
				due.ref = n * nfl_chunk_entries(family) + i;
				if (removed && ++looked_at % PIECE_ENTRIES == 0 &&
				    ktime_get_ns() >= deadline)
					goto more;
				if (!remove_due(cpu, table, &due, 1))
					goto more;
				removed = true;
			}
		}
	}
	nfl_handover_publish(cpu);
	return false;
more:
	nfl_handover_publish(cpu);
	return true;
}
