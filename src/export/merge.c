// SPDX-License-Identifier: GPL-2.0-only
/*
 * One flow, one record. Packets of a flow may pass several CPUs (local sockets,
 * RPS, an interrupt that was moved), and each has a part of it in its table.
 * When a part leaves its table, the others are looked for:
 *
 * 1. Parts of the same round with the same key are merged.
 * 2. Each other CPU that has flows is asked for the rest. If it has the flow:
 *    an idle part goes back into that CPU's table, since the flow is not idle;
 *    but where the record is due now (active time-out, flush), or the other
 *    part is idle too, the other part leaves its table as well.
 * 3. What left its table meanwhile has come in by now, and is merged with its
 *    counterpart of this round. What has none waits for the next round.
 *
 * A part on its way cannot be missed: it was in its table when its CPU was
 * asked, or it had been published before.
 *
 * With flows on one CPU only, none of it happens.
 */
#include <linux/cpu.h>
#include <linux/mm.h>

#include "base/clock.h"
#include "export/merge.h"
#include "meter/batch.h"
#include "meter/cache.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/handover.h"
#include "meter/meter.h"
#include "meter/ring.h"

/* A part's number, from 1: 0 says there is none. */
#define PARTS_A_BATCH	64

static u32 part_number(unsigned int batch, unsigned int i)
{
	return batch * PARTS_A_BATCH + i + 1;
}

static struct nfl_batch *part_batch(const struct nfl_round *round, u32 number)
{
	return round->batch[(number - 1) / PARTS_A_BATCH];
}

static struct nfl_flow *part(const struct nfl_round *round, u32 number)
{
	return nfl_batch_flow(part_batch(round, number), (number - 1) % PARTS_A_BATCH);
}

/* The part with the key of @flow that another CPU had; NULL if there is none. */
static struct nfl_flow *round_find(const struct nfl_round *round, const struct nfl_batch *batch,
				   const struct nfl_flow *flow)
{
	u32 number;

	for (number = round->heads[flow->hash & round->mask]; number;) {
		const struct nfl_batch *other_batch = part_batch(round, number);
		struct nfl_flow *other = part(round, number);

		if (other->hash == flow->hash && other->packets &&
		    other_batch->family == batch->family && other_batch->cpu != batch->cpu &&
		    nfl_key_equal(nfl_flow_key(other), nfl_flow_key(flow), batch->family))
			return other;
		number = other->next;
	}
	return NULL;
}

/*
 * Merge @flow into @into; the reason is that of the one that lived longer. But where
 * both are idle, an end that either saw is the flow's end.
 */
static void absorb(struct nfl_flow *into, struct nfl_flow *flow, enum nfl_family family)
{
	const u8 reason = (s32)(flow->last - into->last) > 0 ? flow->end_reason :
							       into->end_reason;

	if (reason == NFL_END_IDLE && (into->end_reason == NFL_END_DETECTED ||
				       flow->end_reason == NFL_END_DETECTED))
		into->end_reason = NFL_END_DETECTED;
	else
		into->end_reason = reason;
	nfl_flow_merge(into, flow, family);
	flow->packets = 0;
}

/* Step 1: make the index, merging what meets in it. */
static void merge_round(struct nfl_round *round)
{
	unsigned int b, i;

	for (b = 0; b < round->count; b++) {
		const struct nfl_batch *batch = round->batch[b];

		for (i = 0; i < batch->count; i++) {
			struct nfl_flow *flow = nfl_batch_flow(batch, i);
			u32 *head = &round->heads[flow->hash & round->mask];
			struct nfl_flow *other;

			/* it was merged in the last round, for which its batch was late */
			if (!flow->packets)
				continue;
			other = round_find(round, batch, flow);
			if (other) {
				absorb(other, flow, batch->family);
				continue;
			}
			flow->next = *head;
			*head = part_number(b, i);
		}
	}
}

/*
 * Step 2, on one CPU: look for the round's parts in its table. One batch a
 * step, so that bottom halves are off for a few microseconds.
 */
static bool ask_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	const struct nfl_round *round = argument;
	const struct nfl_batch *batch = round->batch[*step];
	struct nfl_table *table = &cpu->tables[batch->family];
	const u32 now = nfl_clock();
	unsigned int i;

	if (!*step)
		nfl_rings_work_off(cpu);
	if (batch->cpu == cpu->number || !table->live)
		goto out;

	for (i = 0; i < batch->count; i++)
		nfl_table_prefetch_removal(table, nfl_batch_flow(batch, i));
	for (i = 0; i < batch->count; i++) {
		struct nfl_flow *flow = nfl_batch_flow(batch, i);
		enum nfl_end_reason reason;
		struct nfl_flow *here;

		if (!flow->packets)
			continue;
		here = nfl_table_find(table, flow->hash, nfl_flow_key(flow));
		if (!here)
			continue;
		reason = nfl_expire_reason(cpu, batch->family, here, now);
		if (reason == NFL_END_NONE && READ_ONCE(*round->flushing))
			reason = NFL_END_FORCED;
		if (reason == NFL_END_NONE &&
		    (flow->end_reason == NFL_END_ACTIVE || flow->end_reason == NFL_END_FORCED))
			reason = flow->end_reason;
		if (reason == NFL_END_NONE) {
			if (nfl_cache_adopt(cpu, batch->family, flow))
				flow->packets = 0;
		} else if (nfl_handover_put(cpu, batch->family, here, reason)) {
			nfl_table_remove(table, here, 0);
		}
	}
out:
	if (++*step < round->count)
		return true;
	nfl_handover_publish(cpu);
	return false;
}

/*
 * CPUs other than the one that all parts come from, with flows in their tables; or flows that
 * have left them since the round's batches were taken.
 */
static bool others_have_flows(const struct nfl_meter *meter, const struct nfl_round *round)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	const u32 first = round->batch[0]->cpu;
	unsigned int b;
	int cpu;

	for (b = 1; b < round->count; b++) {
		if (round->batch[b]->cpu != first)
			return true;
	}
	for_each_possible_cpu(cpu) {
		if (cpu != first && nfl_cpu_has_flows(per_cpu_ptr(cpus, cpu)))
			return true;
	}
	smp_rmb();	/* a flow is in its table or, after that, in the queue */
	return !llist_empty(&meter->queue->incoming);
}

/* Step 3: what came meanwhile joins its counterparts; the rest is late. */
static void merge_late(struct nfl_batch_queue *queue, struct nfl_round *round)
{
	struct llist_node *node = nfl_batch_queue_take(queue);
	struct llist_node **tail = &round->late;

	while (node) {
		struct nfl_batch *batch = llist_entry(node, struct nfl_batch, node);
		unsigned int i, left = 0;

		node = node->next;
		for (i = 0; i < batch->count; i++) {
			struct nfl_flow *flow = nfl_batch_flow(batch, i);
			struct nfl_flow *other = round_find(round, batch, flow);

			if (other)
				absorb(other, flow, batch->family);
			else
				left++;
		}
		if (!left) {
			nfl_batch_free(queue, batch);
			continue;
		}
		batch->node.next = NULL;
		*tail = &batch->node;
		tail = &batch->node.next;
	}
}

/**
 * nfl_merge() - make one record of each flow in a round
 * @meter: the metering process that the flows come from; its exporter is locked
 * @round: batches to export, at least one; @late is empty and is filled
 * @flushing: all flows are to go, none back into a table; any context
 *
 * Context: process; waits for each CPU that has flows.
 */
void nfl_merge(struct nfl_meter *meter, struct nfl_round *round, const bool *flushing)
{
	const u32 size = roundup_pow_of_two(round->count * PARTS_A_BATCH);

	if (num_possible_cpus() == 1 || !others_have_flows(meter, round))
		return;
	round->heads = kvcalloc(size, sizeof(*round->heads), GFP_KERNEL | __GFP_NOWARN);
	if (!round->heads)
		return;	/* the collector adds up the parts */
	round->mask = size - 1;
	round->flushing = flushing;

	merge_round(round);
	nfl_cpus_call(meter, nfl_cpu_has_flows, ask_cpu, round);
	merge_late(meter->queue, round);

	kvfree(round->heads);
	round->heads = NULL;
}
