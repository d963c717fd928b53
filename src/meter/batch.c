// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a CPU's table to the exporter: see batch.h.
 */
#include <linux/gfp.h>

#include "instance.h"
#include "meter/batch.h"

static struct nfl_batch *batch_alloc(struct nfl_cpu *cpu, enum nfl_family family)
{
	struct nfl_batch *batch;

	BUILD_BUG_ON(NFL_BATCH_SIZE > PAGE_SIZE);
	if (!nfl_export_room(&cpu->nf->export))
		return NULL;
	batch = (void *)__get_free_page(GFP_ATOMIC | __GFP_NOWARN);
	if (!batch)
		return NULL;
	atomic_inc(&cpu->nf->export.queued);
	batch->count = 0;
	batch->family = family;
	batch->cpu = cpu->number;
	return batch;
}

/**
 * nfl_batch_put() - hand a flow to the exporter
 * @cpu: the CPU, owned
 * @family: the flow's family
 * @flow: the flow, which is copied; taking it out of the table is the caller's
 * @reason: why it ends
 *
 * Return: false if the exporter's queue is full or memory is short.
 */
bool nfl_batch_put(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *flow,
		   enum nfl_end_reason reason)
{
	struct nfl_batch *batch = cpu->batch[family];
	struct nfl_flow *copy;

	if (!batch) {
		batch = batch_alloc(cpu, family);
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
		nfl_export_submit(cpu->nf, batch);
	}
	return true;
}

/**
 * nfl_batch_publish() - let the exporter have the batches that are not full
 * @cpu: the CPU, owned
 */
void nfl_batch_publish(struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		struct nfl_batch *batch = cpu->batch[family];

		if (!batch)
			continue;
		cpu->batch[family] = NULL;
		nfl_export_submit(cpu->nf, batch);
	}
}

/**
 * nfl_batch_free() - free a batch
 * @export: the exporter that it was given to
 * @batch: the batch
 */
void nfl_batch_free(struct nfl_export *export, struct nfl_batch *batch)
{
	atomic_dec(&export->queued);
	free_page((unsigned long)batch);
}
