/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aggregation in a namespace: addresses and ports are rewritten before they make
 * a flow, so that many flows become one.
 */
#ifndef NFL_AGGREGATION_H
#define NFL_AGGREGATION_H

#include <linux/compiler.h>
#include <linux/jump_label.h>

#include "flow/flow.h"

struct netflow;
struct nfl_record;
struct seq_file;

/**
 * struct nfl_aggregation - rules, as packets find them
 * @rewrites: the rules
 * @used: on each CPU, how often each of them was
 */
struct nfl_aggregation {
	struct nfl_rewrites *rewrites;
	unsigned long __percpu *used;
};

/* Namespaces that aggregate. */
DECLARE_STATIC_KEY_FALSE(nfl_aggregation_key);

/* Is it to be asked for at all? Costs nothing while no namespace has rules. */
static __always_inline bool nfl_aggregation_wanted(void)
{
	return static_branch_unlikely(&nfl_aggregation_key);
}

bool nfl_aggregation_rewrite(struct netflow *nf, struct nfl_packet *packet,
			     enum nfl_family family);
void nfl_aggregation_lengths(struct netflow *nf, enum nfl_family family,
			     struct nfl_record *record);
void nfl_aggregation_show(struct netflow *nf, struct seq_file *seq);
int nfl_aggregation_check(const char *text);
int nfl_aggregation_set(struct netflow *nf, const char *text);

#endif /* NFL_AGGREGATION_H */
