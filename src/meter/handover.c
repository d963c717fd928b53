// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows that leave a CPU's tables: copied into a batch of that CPU's, which goes to the
 * queue when it is full, old, or asked for.
 */
#include <linux/jiffies.h>

#include "meter/batch.h"
#include "meter/cpu.h"
#include "meter/handover.h"
#include "meter/meter.h"

/* How old a batch is when it goes though it is not full, in jiffies. */
#define BATCH_AGE	max(HZ / 20, 1)

static void hand_over(struct nfl_cpu *cpu, enum nfl_family family)
{
	struct nfl_batch *batch = cpu->batch[family];

	/* in this order: at any time the batch is seen to be at the CPU, or is in the queue */
	nfl_batch_queue_add(cpu->meter->queue, batch);
	WRITE_ONCE(cpu->batch[family], NULL);
}

/**
 * nfl_handover_put() - put a flow into a batch
 * @cpu: the CPU, owned
 * @family: the flow's family
 * @flow: the flow, which is copied; the caller takes it out of the table
 * @reason: why it ends
 *
 * Return: false if the queue of batches is full or memory is short.
 */
bool nfl_handover_put(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *flow,
		      enum nfl_end_reason reason)
{
	struct nfl_batch *batch = cpu->batch[family];
	struct nfl_flow *copy;

	if (!batch) {
		batch = nfl_batch_alloc(cpu->meter->queue, family, cpu->number);
		if (!batch)
			return false;
		WRITE_ONCE(cpu->batch[family], batch);
		/* pairs with nfl_cpu_has_parts(): the batch shows before the flow is gone */
		smp_wmb();
	}
	copy = nfl_batch_flow(batch, batch->count);
	memcpy(copy, flow, nfl_flow_size(family));
	copy->end_reason = reason;
	copy->next = 0;

	u64_stats_update_begin(&cpu->stats.sync);
	nfl_stats_add(&cpu->stats.counter[NFL_EXPIRED_FLOWS], 1);
	nfl_stats_add(&cpu->stats.counter[NFL_EXPIRED_PACKETS], flow->packets);
	nfl_stats_add(&cpu->stats.counter[NFL_EXPIRED_OCTETS], flow->octets);
	u64_stats_update_end(&cpu->stats.sync);

	if (++batch->count == nfl_batch_max(family))
		hand_over(cpu, family);
	return true;
}

/**
 * nfl_handover_publish() - hand over the batches that are not full
 * @cpu: the CPU, owned
 */
void nfl_handover_publish(struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->batch[family])
			hand_over(cpu, family);
	}
}

/**
 * nfl_handover_age() - hand over the batches that are not full but old
 * @cpu: the CPU, owned
 *
 * While the exporter is behind they are filled instead. Where a batch is left, the CPU's
 * timer runs on, see nfl_cpu_arm_expire().
 */
void nfl_handover_age(struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		const struct nfl_batch *batch = cpu->batch[family];

		if (batch && time_after_eq(jiffies, batch->since + BATCH_AGE) &&
		    !nfl_batch_queue_behind(cpu->meter->queue))
			hand_over(cpu, family);
	}
}
