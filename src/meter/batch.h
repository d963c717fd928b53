/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A batch of flows that have left a CPU's table, on the way to the exporter.
 *
 * The CPU fills it (bottom halves off), nfl_batch_publish() gives it to the
 * exporter, which owns it from then on and frees it.
 */
#ifndef NFL_BATCH_H
#define NFL_BATCH_H

#include <linux/llist.h>

#include "flow/flow.h"

struct nfl_cpu;
struct nfl_export;

#define NFL_BATCH_SIZE	4096

/**
 * struct nfl_batch - flows, copied out of a table
 * @node: in the exporter's incoming list
 * @count: flows in it
 * @family: of which family they are
 * @cpu: whose table they were in
 * @flows: the entries, nfl_flow_size() of the family each
 */
struct nfl_batch {
	struct llist_node node;
	u16 count;
	u16 family;
	u32 cpu;
	u8 flows[] __aligned(64);
};

static inline unsigned int nfl_batch_max(enum nfl_family family)
{
	return (NFL_BATCH_SIZE - sizeof(struct nfl_batch)) / nfl_flow_size(family);
}

static inline struct nfl_flow *nfl_batch_flow(const struct nfl_batch *batch, unsigned int i)
{
	return (struct nfl_flow *)(batch->flows + i * nfl_flow_size(batch->family));
}

bool nfl_batch_put(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *flow,
		   enum nfl_end_reason reason);
void nfl_batch_publish(struct nfl_cpu *cpu);
void nfl_batch_free(struct nfl_export *export, struct nfl_batch *batch);

#endif /* NFL_BATCH_H */
