// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rounds: batches are taken out of the queue, the parts of each flow merged (merge.c),
 * and records made of the flows (flow_record.c).
 *
 * Context of all: process, under the exporter's lock.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "export/exporter.h"
#include "export/flow_record.h"
#include "export/merge.h"
#include "export/round.h"
#include "protocol/template.h"

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
 * @export: the exporter, locked
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

/*
 * Returns false when the destinations take no more for now, or it is past @until,
 * in jiffies. A round is many times what a destination's queue holds.
 */
static bool round_export(struct nfl_exporter *export, struct nfl_round *round, unsigned long until)
{
	struct nfl_record record = { .clock = nfl_clock64(), .realtime = nfl_clock_epoch() };
	unsigned int i;

	for (; round->next < round->count; round->next++) {
		struct nfl_batch *batch = round->batch[round->next];

		if (nfl_transport_busy(&export->transport) || time_after(jiffies, until))
			return false;
		for (i = 0; i < batch->count; i++) {
			record.flow = nfl_batch_flow(batch, i);
			record.wide = nfl_family_is_wide(batch->family) ?
				      nfl_flow_wide(record.flow, batch->family) : NULL;
			if (!record.flow->packets)
				continue;
			export->unmerged += round->unmerged;
			nfl_export_flow(export, batch->family, &record);
		}
		nfl_batch_free(&export->queue, batch);
		cond_resched();
	}
	return true;
}

/**
 * nfl_export_round() - export a round of batches, or go on with one
 * @export: the exporter, locked
 * @until: no longer than that, in jiffies
 *
 * Return: false when there is nothing to export, nobody to take it, or no time for it.
 */
bool nfl_export_round(struct nfl_exporter *export, unsigned long until)
{
	if (nfl_transport_busy(&export->transport))
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
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			nfl_account_lost_flow(&export->account, nfl_batch_flow(batch, i));
	}
	nfl_batch_free(&export->queue, batch);
}

/**
 * nfl_export_discard() - what no destination has taken in time is lost
 * @export: the exporter, locked
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
