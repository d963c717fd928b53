/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Batches of flows that have left a CPU's table, and the queue that they wait in.
 *
 * A CPU fills a batch (bottom halves off) and adds it to the queue. Its consumer
 * takes it out, owns it from then on and frees it. The queue does not know the consumer:
 * @arrived tells it that there is something to take.
 */
#ifndef NFL_METER_BATCH_H
#define NFL_METER_BATCH_H

#include <linux/atomic.h>
#include <linux/llist.h>

#include "base/alloc.h"
#include "flow/flow.h"

#define NFL_BATCH_SIZE	NFL_PIECE_SIZE

/*
 * Octets of the batches that exist, at most: half a million IPv4 flows, and this part of RAM
 * if that is less. When there are as many, flows stay in the tables past their time-outs.
 */
#define NFL_QUEUE_MAX	(32U << 20)
#define NFL_QUEUE_PART	32

/*
 * With so many batches waiting the exporter is behind: a batch that is not full would wait
 * there, and can as well wait to be filled. So nearly all of NFL_QUEUE_MAX is flows, however
 * few of them leave each CPU's tables at a time.
 */
#define NFL_QUEUE_BEHIND	256

/**
 * struct nfl_batch - flows, copied out of a table
 * @node: in the queue
 * @count: flows in it
 * @family: of which family they are
 * @cpu: whose table they were in
 * @since: when it was begun, jiffies
 * @flows: the entries, nfl_flow_size() of the family each
 */
struct nfl_batch {
	struct llist_node node;
	u16 count;
	u16 family;
	u32 cpu;
	unsigned long since;
	u8 flows[] __aligned(64);
};

/**
 * struct nfl_batch_queue - batches on their way out of the tables
 * @incoming: those that were handed over; any CPU adds, lock-free
 * @most: batches that may exist
 * @queued: those that do, those that CPUs fill included; atomic
 * @waiting: those of them that were handed over; atomic
 * @arrived: called after a batch was added, in any context but NMI
 */
struct nfl_batch_queue {
	struct llist_head incoming;
	u32 most;
	atomic_t queued;
	atomic_t waiting;
	void (*arrived)(struct nfl_batch_queue *queue);
};

static inline unsigned int nfl_batch_max(enum nfl_family family)
{
	return (NFL_BATCH_SIZE - sizeof(struct nfl_batch)) / nfl_flow_size(family);
}

static inline struct nfl_flow *nfl_batch_flow(const struct nfl_batch *batch, unsigned int i)
{
	return (struct nfl_flow *)(batch->flows + i * nfl_flow_size(batch->family));
}

/* Is there room for one more batch? Any context. */
static inline bool nfl_batch_queue_room(const struct nfl_batch_queue *queue)
{
	return (u32)atomic_read(&queue->queued) < queue->most;
}

/* Do so many batches wait that one more that is not full is of no use? Any context. */
static inline bool nfl_batch_queue_behind(const struct nfl_batch_queue *queue)
{
	return atomic_read(&queue->waiting) >= NFL_QUEUE_BEHIND;
}

void nfl_batch_queue_init(struct nfl_batch_queue *queue,
			  void (*arrived)(struct nfl_batch_queue *queue));
struct nfl_batch *nfl_batch_alloc(struct nfl_batch_queue *queue, enum nfl_family family, u32 cpu);
void nfl_batch_queue_add(struct nfl_batch_queue *queue, struct nfl_batch *batch);
struct llist_node *nfl_batch_queue_take(struct nfl_batch_queue *queue);
void nfl_batch_free(struct nfl_batch_queue *queue, struct nfl_batch *batch);

#endif /* NFL_METER_BATCH_H */
