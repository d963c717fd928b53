// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rounds: batches are taken out of the queue, the parts of each flow merged (merge.c),
 * and the flows appended to the log (append.c).
 *
 * Context of all: process, under the lock of rounds.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "base/alloc.h"
#include "export/append.h"
#include "export/exporter.h"
#include "export/merge.h"
#include "export/round.h"

/* Take batches for a round: those carried over first, in the order they came. */
static void round_fill(struct nfl_exporter *export, struct nfl_round *round)
{
	struct llist_node *node = nfl_batch_queue_take(&export->queue);
	struct llist_node **tail = &export->carried;

	while (*tail)
		tail = &(*tail)->next;
	*tail = node;

	round->count = 0;
	round->next = 0;
	round->late = NULL;
	while (export->carried && round->count < NFL_ROUND_BATCHES) {
		round->batch[round->count++] = llist_entry(export->carried, struct nfl_batch, node);
		export->carried = export->carried->next;
	}
}

/**
 * nfl_export_waiting() - do flows wait to be exported?
 * @export: the exporter
 */
bool nfl_export_waiting(const struct nfl_exporter *export)
{
	return export->round || export->carried || !llist_empty(&export->queue.incoming);
}

/* Returns NULL when there is nothing to export. */
static struct nfl_round *round_begin(struct nfl_exporter *export)
{
	struct nfl_round *round;
	struct llist_node **tail;

	if (!nfl_export_waiting(export))
		return NULL;
	round = nfl_alloc(sizeof(*round));
	if (!round)
		return NULL;
	round_fill(export, round);
	round->unmerged = !nfl_merge(export->meter, round, &export->flushing);

	/* what came late goes behind what did not fit: the order does not matter */
	for (tail = &export->carried; *tail; tail = &(*tail)->next)
		;
	*tail = round->late;
	return round;
}

/* Count the flows of a batch that may have parts elsewhere. */
static void count_unmerged(struct nfl_exporter *export, const struct nfl_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++)
		export->unmerged += !!nfl_batch_flow(batch, i)->packets;
}

/*
 * Returns false when the log has no room or there is no memory for a block, or it is past
 * @until, in jiffies. A round may be more than the log has room for.
 */
static bool round_export(struct nfl_exporter *export, struct nfl_round *round, unsigned long until)
{
	for (; round->next < round->count; round->next++) {
		struct nfl_batch *batch = round->batch[round->next];

		if (time_after(jiffies, until))
			return false;
		export->round_flow = nfl_append_flows(export, batch, export->round_flow);
		if (export->round_flow < batch->count)
			return false;
		export->round_flow = 0;
		if (unlikely(round->unmerged))
			count_unmerged(export, batch);
		nfl_batch_free(&export->queue, batch);
		cond_resched();
	}
	return true;
}

/**
 * nfl_export_round() - export a round of batches, or go on with one
 * @export: the exporter
 * @until: no longer than that, in jiffies
 *
 * Return: false when there is nothing to export, or no room, memory or time for it.
 */
bool nfl_export_round(struct nfl_exporter *export, unsigned long until)
{
	if (!export->round && nfl_transport_is_full(&export->transport, NFL_LOG_FLOWS))
		return false;
	if (!export->round)
		export->round = round_begin(export);
	if (!export->round || !round_export(export, export->round, until))
		return false;
	kvfree(export->round);
	export->round = NULL;
	return nfl_export_waiting(export) && !time_after(jiffies, until);
}

static void discard_batch(struct nfl_exporter *export, struct nfl_batch *batch)
{
	struct nfl_account sum = { };
	unsigned int i;

	for (i = export->round_flow; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			nfl_account_add(&sum, nfl_batch_flow(batch, i));
	}
	export->round_flow = 0;
	nfl_log_lose(&export->transport.log[NFL_LOG_FLOWS], &sum);
	nfl_batch_free(&export->queue, batch);
}

/**
 * nfl_export_discard() - flows for which the log had no room in time are lost
 * @export: the exporter
 */
void nfl_export_discard(struct nfl_exporter *export)
{
	struct nfl_round *round = export->round;
	struct nfl_batch *batch, *next;

	for (; round && round->next < round->count; round->next++)
		discard_batch(export, round->batch[round->next]);
	kvfree(round);
	export->round = NULL;
	llist_for_each_entry_safe(batch, next, export->carried, node)
		discard_batch(export, batch);
	export->carried = NULL;
	llist_for_each_entry_safe(batch, next, nfl_batch_queue_take(&export->queue), node)
		discard_batch(export, batch);
}
