// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of NAT sessions. Kept by one work item of the namespace, and so
 * without a lock of its own; the kernel's resizable hash table does the work. There
 * may be several of a key: while a dump goes on, those that have ended stay.
 *
 * It is what makes a loss of events repairable: after one, conntrack's table is
 * compared with this one, and what differs was missed.
 */
#include <linux/slab.h>

#include "base/alloc.h"
#include "base/machine.h"
#include "nat/session.h"

static const struct rhashtable_params params = {
	.key_len = sizeof(struct nfl_natsession_key),
	.key_offset = offsetof(struct nfl_natsession, key),
	.head_offset = offsetof(struct nfl_natsession, node),
	.automatic_shrinking = true,
};

static void key_set(struct nfl_natsession_key *key, const struct nfl_connection *connection)
{
	/* compared as memory, so padding too */
	memset(key, 0, sizeof(*key));
	key->before = connection->before;
	key->zone = connection->zone;
	key->family = connection->family;
	key->protocol = connection->protocol;
}

/**
 * nfl_natsessions_init() - an empty table
 * @sessions: the table
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_natsessions_init(struct nfl_natsessions *sessions)
{
	sessions->count = 0;
	sessions->most = min_t(u64, nfl_machine_memory() / 32 / NFL_NATSESSION_COST, U32_MAX);
	return rhltable_init(&sessions->table, &params);
}

static void session_free(void *session, void *unused)
{
	kfree(session);
}

/**
 * nfl_natsessions_destroy() - free the table and all sessions
 * @sessions: the table; their end is not reported
 */
void nfl_natsessions_destroy(struct nfl_natsessions *sessions)
{
	rhltable_free_and_destroy(&sessions->table, session_free, NULL);
	WRITE_ONCE(sessions->count, 0);
}

/* The session with a connection's end points and its id, or another's that lives. */
static struct nfl_natsession *find(struct nfl_natsessions *sessions,
				   const struct nfl_connection *connection, bool other)
{
	struct nfl_natsession *session, *found = NULL;
	struct rhlist_head *at, *list;
	struct nfl_natsession_key key;

	key_set(&key, connection);
	/* the table may be resized meanwhile; only this work removes sessions */
	rcu_read_lock();
	list = rhltable_lookup(&sessions->table, &key, params);
	rhl_for_each_entry_rcu(session, at, list, node) {
		if (other ? session->id != connection->id && !session->ended :
			    session->id == connection->id)
			found = session;
	}
	rcu_read_unlock();
	return found;
}

/**
 * nfl_natsession_find() - the session of a connection
 * @sessions: the table
 * @connection: the connection
 *
 * Return: the session, or NULL.
 */
struct nfl_natsession *nfl_natsession_find(struct nfl_natsessions *sessions,
					   const struct nfl_connection *connection)
{
	return find(sessions, connection, false);
}

/**
 * nfl_natsession_find_other() - the session of another connection with the same end points
 * @sessions: the table
 * @connection: the connection
 *
 * conntrack has but one of them at a time, so the older one has ended.
 *
 * Return: one that was not reported as ended, or NULL.
 */
struct nfl_natsession *nfl_natsession_find_other(struct nfl_natsessions *sessions,
						 const struct nfl_connection *connection)
{
	return find(sessions, connection, true);
}

/**
 * nfl_natsession_add() - make a session
 * @sessions: the table, which has none of this connection
 * @connection: the connection
 * @start: when it began, milliseconds since 1970
 * @round: number of the dump that it need not be met by any more
 *
 * Return: the session, or NULL if there is no memory, or there are as many as may be.
 */
struct nfl_natsession *nfl_natsession_add(struct nfl_natsessions *sessions,
					  const struct nfl_connection *connection, u64 start,
					  u32 round)
{
	struct nfl_natsession *session;

	if (sessions->count >= sessions->most)
		return NULL;
	session = kzalloc(sizeof(*session), NFL_GFP_WORKER);
	if (!session)
		return NULL;
	key_set(&session->key, connection);
	session->id = connection->id;
	session->after = connection->after;
	session->start = start;
	session->round = round;
	INIT_LIST_HEAD(&session->stale);
	if (rhltable_insert(&sessions->table, &session->node, params)) {
		kfree(session);
		return NULL;
	}
	WRITE_ONCE(sessions->count, sessions->count + 1);
	return session;
}

/**
 * nfl_natsession_remove() - forget a session
 * @sessions: the table
 * @session: the session, freed
 */
void nfl_natsession_remove(struct nfl_natsessions *sessions, struct nfl_natsession *session)
{
	rhltable_remove(&sessions->table, &session->node, params);
	WRITE_ONCE(sessions->count, sessions->count - 1);
	/* the table's own worker may be on its way past it */
	kfree_rcu(session, rcu);
}

/**
 * nfl_natsessions_stale() - after a dump, the sessions that are no more
 * @sessions: the table
 * @round: the dump's number
 * @list: they are added to it: those that ended while the dump went on, which
 *	were reported, and those that no dump met, which were not
 */
void nfl_natsessions_stale(struct nfl_natsessions *sessions, u32 round, struct list_head *list)
{
	struct nfl_natsession *session;
	struct rhashtable_iter iter;

	rhltable_walk_enter(&sessions->table, &iter);
	rhashtable_walk_start(&iter);
	while ((session = rhashtable_walk_next(&iter))) {
		if (IS_ERR(session))
			continue;	/* the table is being resized: some come again */
		if (!list_empty(&session->stale) || (!session->ended && session->round == round))
			continue;
		list_add_tail(&session->stale, list);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}
