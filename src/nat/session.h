/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The NAT sessions that were reported to collectors and have not ended.
 */
#ifndef NFL_NAT_SESSION_H
#define NFL_NAT_SESSION_H

#include <linux/list.h>
#include <linux/rhashtable.h>

#include "nat/connection.h"

/*
 * Identifies a connection among those that exist at the same time. Packets of ICMP with the same
 * identifier but of another type belong to another connection.
 */
struct nfl_natsession_key {
	struct nfl_endpoints before;
	u16 icmp;
	u16 zone;
	u8 family;
	u8 protocol;
};

/**
 * struct nfl_natsession - a session
 * @node: entry in the hash table
 * @key: key of the hash table
 * @id: conntrack's id, which differs from the ids of past sessions with the same key
 * @after: translated end points
 * @start: start of the session, milliseconds since 1970
 * @round: number of the last dump that contained the session, or after whose begin the
 *	session began or ended
 * @list: entry in one of the lists of the log
 * @rcu: to free the session
 * @watched: an event will report the end; otherwise it has to be looked up
 * @guessed: a dump has shown the session, so the event of its begin was counted as found
 * @ended: the end was reported; the session stays until the dump ends
 */
struct nfl_natsession {
	struct rhlist_head node;
	struct nfl_natsession_key key;
	u32 id;
	struct nfl_endpoints after;
	u64 start;
	struct list_head list;
	struct rcu_head rcu;
	u32 round;
	bool watched;
	bool guessed;
	bool ended;
};

/* What a session costs, with its share of the table. */
#define NFL_NATSESSION_COST	200

/* The sessions of a namespace have this part of RAM at most. */
#define NFL_NATSESSIONS_PART	32

/**
 * struct nfl_natsessions - the sessions of a namespace
 * @table: by their end points
 * @count: how many there are
 * @most: how many there may be, which is more than conntrack's own limit is by default
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
void nfl_natsession_set(struct nfl_natsession *session, const struct nfl_connection *connection,
			u64 start, u32 round);
void nfl_natsession_remove(struct nfl_natsessions *sessions, struct nfl_natsession *session);

#endif /* NFL_NAT_SESSION_H */
