/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include "../kernel.h"

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_node {};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	entry->prev = head->prev;
	entry->next = head;
	head->prev->next = entry;
	head->prev = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	list_add_tail(entry, head->next);
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = NULL;
	entry->prev = NULL;
}

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	list_del(entry);
	list_add_tail(entry, head);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	list_move_tail(entry, head->next);
}

/* Move all entries of a list to the begin of another one. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	while (list->next != list)
		list_move(list->prev, head);
}

#define list_entry_of(p, at, member)	container_of(p, typeof(*(at)), member)

#define list_for_each_entry(at, head, member)				\
	for (at = list_entry_of((head)->next, at, member);		\
	     &at->member != (head);					\
	     at = list_entry_of(at->member.next, at, member))

#define list_for_each_entry_safe(at, after, head, member)		\
	for (at = list_entry_of((head)->next, at, member),		\
	     after = list_entry_of(at->member.next, at, member);	\
	     &at->member != (head);					\
	     at = after, after = list_entry_of(at->member.next, at, member))

#define list_first_entry(head, type, member)	container_of((head)->next, type, member)

#define list_first_entry_or_null(head, type, member)			\
	((head)->next == (head) ? NULL : list_first_entry(head, type, member))

#endif /* SHIM_LINUX_LIST_H */
