/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NAT sessions that were reported to collectors and have not ended.
 */
#ifndef NFL_NAT_SESSION_H
#define NFL_NAT_SESSION_H

#include <linux/list.h>
#include <linux/rhashtable.h>

#include "nat/connection.h"

/* What tells a connection from all others that there are at the same time. */
struct nfl_natsession_key {
	struct nfl_endpoints before;
	u16 zone;
	u8 family;
	u8 protocol;
};

/**
 * struct nfl_natsession - a session
 * @node: in the table
 * @key: of the table
 * @id: conntrack's, which tells it from past ones with its key
 * @after: translated end points
 * @start: milliseconds since 1970
 * @round: last dump of conntrack's table that met it, or that it came or ended after
 * @stale: in the list of those that are to be removed, or empty
 * @rcu: for its end
 * @watched: its end will be an event; else only a dump will show it
 * @ended: it was reported as ended, and is here only until the dump ends
 */
struct nfl_natsession {
	struct rhlist_head node;
	struct nfl_natsession_key key;
	u32 id;
	struct nfl_endpoints after;
	u64 start;
	struct list_head stale;
	struct rcu_head rcu;
	u32 round;
	bool watched;
	bool ended;
};

/* What a session costs, with its share of the table. */
#define NFL_NATSESSION_COST	200

/**
 * struct nfl_natsessions - the sessions of a namespace
 * @table: by their end points
 * @count: how many there are
 * @most: how many there may be: they have a 32nd of RAM, which is more than conntrack's
 *	own limit lets there be by default
 */
struct nfl_natsessions {
	struct rhltable table;
	u32 count;
	u32 most;
};

int nfl_natsessions_init(struct nfl_natsessions *sessions);
void nfl_natsessions_destroy(struct nfl_natsessions *sessions);
struct nfl_natsession *nfl_natsession_find(struct nfl_natsessions *sessions,
					   const struct nfl_connection *connection);
struct nfl_natsession *nfl_natsession_find_other(struct nfl_natsessions *sessions,
						 const struct nfl_connection *connection);
struct nfl_natsession *nfl_natsession_add(struct nfl_natsessions *sessions,
					  const struct nfl_connection *connection, u64 start,
					  u32 round);
void nfl_natsession_remove(struct nfl_natsessions *sessions, struct nfl_natsession *session);
void nfl_natsessions_stale(struct nfl_natsessions *sessions, u32 round, struct list_head *list);

#endif /* NFL_NAT_SESSION_H */
