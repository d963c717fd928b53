// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows that leave a CPU's tables: copied into a batch of that CPU's, which goes to the
 * queue when it is full or published.
 */
#include "meter/batch.h"
#include "meter/cpu.h"
#include "meter/handover.h"
#include "meter/meter.h"

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
		cpu->batch[family] = batch;
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

	if (++batch->count == nfl_batch_max(family)) {
		cpu->batch[family] = NULL;
		nfl_batch_queue_add(cpu->meter->queue, batch);
	}
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
		struct nfl_batch *batch = cpu->batch[family];

		if (!batch)
			continue;
		cpu->batch[family] = NULL;
		nfl_batch_queue_add(cpu->meter->queue, batch);
	}
}
