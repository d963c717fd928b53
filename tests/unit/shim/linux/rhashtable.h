/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RHASHTABLE_H
#define SHIM_LINUX_RHASHTABLE_H

#include "../kernel.h"
#include "rcupdate.h"

/*
 * The kernel's resizable hash table that may have several objects of a key: here a
 * list of all, which is right if slow.
 */
struct rhlist_head {
	struct rhlist_head *next;
};

struct rhashtable_params {
	size_t key_len, key_offset, head_offset;
	bool automatic_shrinking;
};

struct rhltable {
	struct rhlist_head *first;
	struct rhashtable_params p;
	const void *key;	/* of the last lookup */
};

static inline int rhltable_init(struct rhltable *table, const struct rhashtable_params *p)
{
	*table = (struct rhltable){ .p = *p };
	return 0;
}

static inline void *rhltable_object(const struct rhltable *table, struct rhlist_head *head)
{
	return (char *)head - table->p.head_offset;
}

static inline void rhltable_free_and_destroy(struct rhltable *table,
					     void (*free_one)(void *object, void *argument),
					     void *argument)
{
	while (table->first) {
		struct rhlist_head *head = table->first;

		table->first = head->next;
		free_one(rhltable_object(table, head), argument);
	}
}

/* The first of the list from @head on that has the key that was looked up. */
static inline struct rhlist_head *shim_rhl_of_key(const struct rhltable *table,
						  struct rhlist_head *head)
{
	while (head && memcmp((char *)rhltable_object(table, head) + table->p.key_offset,
			      table->key, table->p.key_len))
		head = head->next;
	return head;
}

static struct rhltable *shim_rhl_table __attribute__((unused));

static inline struct rhlist_head *rhltable_lookup(struct rhltable *table, const void *key,
						  const struct rhashtable_params p)
{
	table->key = key;
	shim_rhl_table = table;
	return shim_rhl_of_key(table, table->first);
}

#define rhl_for_each_entry_rcu(object, at, list, member)			\
	for (at = list; at && (object = container_of(at, typeof(*object), member));	\
	     at = shim_rhl_of_key(shim_rhl_table, at->next))

static inline int rhltable_insert(struct rhltable *table, struct rhlist_head *head,
				  const struct rhashtable_params p)
{
	head->next = table->first;
	table->first = head;
	return 0;
}

static inline void rhltable_remove(struct rhltable *table, struct rhlist_head *head,
				   const struct rhashtable_params p)
{
	struct rhlist_head **at = &table->first;

	while (*at != head)
		at = &(*at)->next;
	*at = head->next;
}

#endif /* SHIM_LINUX_RHASHTABLE_H */
