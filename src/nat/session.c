// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of NAT sessions: an rhashtable. Only one work item of the namespace uses the
 * table, so it needs no lock. There may be several sessions with the same key: sessions
 * that end during a dump stay until the end of the dump.
 *
 * After a loss of events, conntrack's table is compared with this one. The differences show
 * which sessions were missed.
 */
#include <linux/math64.h>
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
	/* keys are compared with memcmp(), including the padding */
	memset(key, 0, sizeof(*key));
	key->before = connection->before;
	key->icmp = connection->icmp;
	key->zone = connection->zone;
	key->family = connection->family;
	key->protocol = connection->protocol;
}

/**
 * nfl_natsessions_init() - initialise an empty table
 * @sessions: the table
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_natsessions_init(struct nfl_natsessions *sessions)
{
	sessions->count = 0;
	WRITE_ONCE(sessions->most, min_t(u64, div_u64(nfl_machine_memory(), NFL_NATSESSIONS_PART *
						      NFL_NATSESSION_COST), U32_MAX));
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

/* Find a session with these end points: this connection's, or another one that has not ended. */
static struct nfl_natsession *find(struct nfl_natsessions *sessions,
				   const struct nfl_connection *connection, bool other)
{
	struct nfl_natsession *session, *found = NULL;
	struct rhlist_head *at, *list;
	struct nfl_natsession_key key;

	key_set(&key, connection);
	/* the table may be resized meanwhile; only this work item removes sessions */
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
 * nfl_natsession_find() - find the session of a connection
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
 * nfl_natsession_find_other() - find a session of another connection with the same end points
 * @sessions: the table
 * @connection: the connection
 *
 * conntrack has only one connection with these end points at a time, so the older one has
 * ended.
 *
 * Return: a session that was not reported as ended, or NULL.
 */
struct nfl_natsession *nfl_natsession_find_other(struct nfl_natsessions *sessions,
						 const struct nfl_connection *connection)
{
	return find(sessions, connection, true);
}

/**
 * nfl_natsession_set() - describe a connection as a session, which is not in a table
 * @session: the session
 * @connection: the connection
 * @start: start of the session, milliseconds since 1970
 * @round: number of the last dump that need not contain the session
 */
void nfl_natsession_set(struct nfl_natsession *session, const struct nfl_connection *connection,
			u64 start, u32 round)
{
	memset(session, 0, sizeof(*session));
	key_set(&session->key, connection);
	session->id = connection->id;
	session->after = connection->after;
	session->start = start;
	session->round = round;
	INIT_LIST_HEAD(&session->list);
}

/**
 * nfl_natsession_add() - add a session
 * @sessions: the table, without a session of this connection
 * @connection: the connection
 * @start: start of the session, milliseconds since 1970
 * @round: number of the last dump that need not contain the session
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
	session = kmalloc(sizeof(*session), NFL_GFP_WORKER);
	if (!session)
		return NULL;
	nfl_natsession_set(session, connection, start, round);
	if (rhltable_insert(&sessions->table, &session->node, params)) {
		kfree(session);
		return NULL;
	}
	WRITE_ONCE(sessions->count, sessions->count + 1);
	return session;
}

/**
 * nfl_natsession_remove() - remove a session
 * @sessions: the table
 * @session: the session; freed
 */
void nfl_natsession_remove(struct nfl_natsessions *sessions, struct nfl_natsession *session)
{
	rhltable_remove(&sessions->table, &session->node, params);
	WRITE_ONCE(sessions->count, sessions->count - 1);
	/* the worker that resizes the table may still read the session */
	kfree_rcu(session, rcu);
}
