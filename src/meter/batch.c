// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches of flows and their queue: see batch.h.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>

#include "base/alloc.h"
#include "base/machine.h"
#include "meter/batch.h"

/**
 * nfl_batch_queue_init() - an empty queue
 * @queue: the queue
 * @arrived: called whenever a batch was added
 */
void nfl_batch_queue_init(struct nfl_batch_queue *queue,
			  void (*arrived)(struct nfl_batch_queue *queue))
{
	init_llist_head(&queue->incoming);
	queue->most = min_t(u64, div_u64(nfl_machine_memory(), NFL_QUEUE_PART), NFL_QUEUE_MAX) /
		      NFL_BATCH_SIZE;
	atomic_set(&queue->queued, 0);
	atomic_set(&queue->waiting, 0);
	queue->arrived = arrived;
}

/**
 * nfl_batch_alloc() - make an empty batch
 * @queue: the queue that it will be added to
 * @family: of which family its flows are
 * @cpu: whose table they come from
 *
 * Context: any but NMI.
 * Return: the batch; NULL if the queue is full or memory is short.
 */
struct nfl_batch *nfl_batch_alloc(struct nfl_batch_queue *queue, enum nfl_family family, u32 cpu)
{
	struct nfl_batch *batch;

	if (!nfl_batch_queue_room(queue))
		return NULL;
	batch = nfl_piece_alloc(NFL_GFP_PACKET);
	if (!batch)
		return NULL;
	atomic_inc(&queue->queued);
	batch->count = 0;
	batch->family = family;
	batch->cpu = cpu;
	batch->since = jiffies;
	return batch;
}

/**
 * nfl_batch_queue_add() - hand a batch over
 * @queue: the queue
 * @batch: the batch, which is no longer the caller's
 *
 * Context: any but NMI.
 */
void nfl_batch_queue_add(struct nfl_batch_queue *queue, struct nfl_batch *batch)
{
	atomic_inc(&queue->waiting);
	llist_add(&batch->node, &queue->incoming);
	queue->arrived(queue);
}

/**
 * nfl_batch_queue_take() - take all batches out
 * @queue: the queue
 *
 * Context: any.
 * Return: the batches, the caller's, in the order in which they came; NULL for none.
 */
struct llist_node *nfl_batch_queue_take(struct nfl_batch_queue *queue)
{
	return llist_reverse_order(llist_del_all(&queue->incoming));
}

/**
 * nfl_batch_free() - free a batch
 * @queue: the queue that it was taken out of
 * @batch: the batch
 */
void nfl_batch_free(struct nfl_batch_queue *queue, struct nfl_batch *batch)
{
	atomic_dec(&queue->waiting);
	atomic_dec(&queue->queued);
	nfl_piece_free(batch);
}
