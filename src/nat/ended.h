/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections whose end was reported lately.
 */
#ifndef NFL_NAT_ENDED_H
#define NFL_NAT_ENDED_H

#include <linux/types.h>

struct nfl_connection;
struct nfl_endpoints;
struct nfl_natended_set;

/**
 * struct nfl_natended - the connections of a namespace whose end was reported lately
 * @sets: a hash table of small sets
 * @mask: their number - 1, which is a power of two - 1
 */
struct nfl_natended {
	struct nfl_natended_set *sets;
	u32 mask;
};

int nfl_natended_init(struct nfl_natended *ended);
void nfl_natended_destroy(struct nfl_natended *ended);
void nfl_natended_add(struct nfl_natended *ended, u32 id, const struct nfl_endpoints *after,
		      u64 start);
bool nfl_natended_has(const struct nfl_natended *ended, const struct nfl_connection *connection);

#endif /* NFL_NAT_ENDED_H */
