/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Aggregation in a namespace: addresses and ports are rewritten before a packet is added to
 * a flow, so that many flows become one.
 */
#ifndef NFL_METER_AGGREGATION_H
#define NFL_METER_AGGREGATION_H

#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>

#include "flow/flow.h"

struct nfl_meter;

/**
 * struct nfl_aggregation - rules, as packets use them
 * @rewrites: the rules
 * @used: on each CPU, how often each rule was applied
 */
struct nfl_aggregation {
	struct nfl_rewrites *rewrites;
	unsigned long __percpu *used;
};

/* Enabled while any namespace has rules. */
DECLARE_STATIC_KEY_FALSE(nfl_aggregation_key);

/* May the namespace have rules? Costs nothing while no namespace has any. */
static __always_inline bool nfl_aggregation_wanted(void)
{
	return static_branch_unlikely(&nfl_aggregation_key);
}

/* The rules, for callers that hold the exporter's lock of rounds, under which they are replaced. */
#define nfl_aggregation_locked(meter, lock)	\
	rcu_dereference_protected((meter)->aggregation, lockdep_is_held(lock))

bool nfl_aggregation_rewrite(struct nfl_meter *meter, struct nfl_packet *packet,
			     enum nfl_family family);
void nfl_aggregation_lengths(const struct nfl_aggregation *aggregation, enum nfl_family family,
			     const void *key, u8 *source, u8 *destination);
int nfl_aggregation_check(const char *text);
int nfl_aggregation_make(const char *text, struct nfl_aggregation **aggregation);
struct nfl_aggregation *nfl_aggregation_use(struct nfl_meter *meter, struct nfl_aggregation *new);
void nfl_aggregation_free(struct nfl_aggregation *aggregation);

#endif /* NFL_METER_AGGREGATION_H */
