/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One flow, one record, though its packets passed several CPUs.
 */
#ifndef NFL_EXPORT_MERGE_H
#define NFL_EXPORT_MERGE_H

#include "meter/batch.h"

struct nfl_meter;

/* Batches in a round, at most. */
#define NFL_ROUND_BATCHES	1024

/**
 * struct nfl_round - flow parts that are exported together
 * @batch: the batches, owned
 * @count: how many
 * @next: the first that was not exported yet
 * @heads: index by hash; a part's number, 0 for none
 * @mask: of @heads
 * @unmerged: a CPU that may have parts of these flows did not answer
 * @flushing: all flows are to go, none back into a table
 * @late: batches that came while the round was under way, owned
 *
 * A part that was merged into another, or handed back to a CPU, has no packets.
 */
struct nfl_round {
	struct nfl_batch *batch[NFL_ROUND_BATCHES];
	unsigned int count;
	unsigned int next;
	u32 *heads;
	u32 mask;
	bool unmerged;
	const bool *flushing;
	struct llist_node *late;
};

bool nfl_merge(struct nfl_meter *meter, struct nfl_round *round, const bool *flushing);

#endif /* NFL_EXPORT_MERGE_H */
