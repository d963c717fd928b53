// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connections whose end was reported lately.
 *
 * conntrack sends the event of an end to all listeners again while a listener that insists on
 * all events (as conntrackd can) has no room for it. There may also be no event of the begin: a
 * rule can ask for events of the end only (-j CT --ctevents assured,destroy). So the end of a
 * connection that is not in the table of sessions is new, or a repetition. It is a repetition
 * if it was reported before, and this is remembered here.
 *
 * The memory is bounded. Each end has 8 octets in a set of a hash table: conntrack's id with a sum
 * of the translated end points, and when the connection began, since a later connection may
 * have the same id and end points. A new one takes the place of the oldest in its set.
 *
 * conntrack's id is a hash with a secret key, of the connection's address in memory and its end
 * points. So no connections with the same one can be chosen, and its lower bits select the set.
 * Another connection is mistaken for one of the 4 in the set with a probability of 2^-16 (18 bits
 * are left), and only if the two began in the same millisecond, or that is not known.
 *
 * Context of all functions: process, the listener's work item.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "base/alloc.h"
#include "base/machine.h"
#include "nat/connection.h"
#include "nat/ended.h"

#define WAYS	4U

/* This part of RAM, and at most 512 KiB, which is 65,536 ends. */
#define PART	4096
#define MOST	(512 << 10)

/**
 * struct nfl_natended_set - ends with the same lower bits of the id, the latest first
 * @check: a sum of id and translated end points; 0 if unused
 * @start: begin of the connection, milliseconds since 1970, modulo 2^32; 0 if it is not known
 */
struct nfl_natended_set {
	u32 check[WAYS];
	u32 start[WAYS];
};

/**
 * nfl_natended_init() - allocate the memory, which is empty
 * @ended: the memory
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_natended_init(struct nfl_natended *ended)
{
	const u64 most = min_t(u64, div_u64(nfl_machine_memory(), PART), MOST);
	const u32 sets = max_t(u32, rounddown_pow_of_two((u32)most), NFL_PIECE_SIZE) /
			 sizeof(struct nfl_natended_set);

	ended->sets = nfl_alloc(sets * sizeof(struct nfl_natended_set));
	if (!ended->sets)
		return -ENOMEM;
	ended->mask = sets - 1;
	return 0;
}

/**
 * nfl_natended_destroy() - free the memory
 * @ended: the memory
 */
void nfl_natended_destroy(struct nfl_natended *ended)
{
	kvfree(ended->sets);
	ended->sets = NULL;
}

static struct nfl_natended_set *set_of(const struct nfl_natended *ended, u32 id)
{
	return &ended->sets[id & ended->mask];
}

static u32 check_of(u32 id, const struct nfl_endpoints *after)
{
	const u32 *word = (const u32 *)after;
	unsigned int i;

	BUILD_BUG_ON(sizeof(*after) % sizeof(u32));
	for (i = 0; i < sizeof(*after) / sizeof(u32); i++)
		id = 31 * id + word[i];
	return id ?: 1;
}

static u32 start_of(u64 start)
{
	return start ? (u32)start ?: 1 : 0;
}

/* Find the connection in its set; WAYS if it is not there. */
static unsigned int entry_find(const struct nfl_natended_set *set, u32 check, u32 start)
{
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		if (set->check[i] == check &&
		    (set->start[i] == start || !set->start[i] || !start))
			break;
	}
	return i;
}

/**
 * nfl_natended_add() - remember the end of a connection
 * @ended: the memory
 * @id: conntrack's id
 * @after: the translated end points
 * @start: when the connection began, as conntrack says; 0 if that is not known
 */
void nfl_natended_add(struct nfl_natended *ended, u32 id, const struct nfl_endpoints *after,
		      u64 start)
{
	struct nfl_natended_set *set = set_of(ended, id);
	const u32 check = check_of(id, after);
	unsigned int i = entry_find(set, check, start_of(start));

	/* into its own place, or that of the oldest */
	i = min(i, WAYS - 1);
	memmove(&set->check[1], &set->check[0], i * sizeof(set->check[0]));
	memmove(&set->start[1], &set->start[0], i * sizeof(set->start[0]));
	set->check[0] = check;
	set->start[0] = start_of(start);
}

/**
 * nfl_natended_has() - was the end of a connection reported lately?
 * @ended: the memory
 * @connection: the connection
 */
bool nfl_natended_has(const struct nfl_natended *ended, const struct nfl_connection *connection)
{
	return entry_find(set_of(ended, connection->id),
			  check_of(connection->id, &connection->after),
			  start_of(connection->start)) < WAYS;
}
