// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hash table: open addressing with linear probing. It has no removal of single
 * elements, which keeps it simple; set_keep() rebuilds the index.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "set.h"

#define FIRST_ROOM	64

/* At least half of the slots are empty. */
static void make_slots(struct set *set)
{
	free(set->slots);
	set->mask = 2 * set->room - 1;
	set->slots = calloc(set->mask + 1, sizeof(*set->slots));
	if (!set->slots)
		err(1, NULL);
}

/**
 * set_init() - initialise an empty set
 * @set: the set
 * @element_size: size of an element in octets
 * @key_size: size of its key in octets, a multiple of 8
 */
void set_init(struct set *set, size_t element_size, size_t key_size)
{
	*set = (struct set) {
		.element_size = element_size,
		.key_size = key_size,
		.room = FIRST_ROOM,
	};
	if (getrandom(&set->seed, sizeof(set->seed), 0) != sizeof(set->seed))
		err(1, "getrandom");
	set->elements = malloc(set->room * element_size);
	if (!set->elements)
		err(1, NULL);
	make_slots(set);
}

void set_free(struct set *set)
{
	free(set->elements);
	free(set->slots);
}

/* Remove all elements and keep the memory: about as many elements are expected again. */
void set_clear(struct set *set)
{
	set->count = 0;
	memset(set->slots, 0, (set->mask + 1) * sizeof(*set->slots));
}

/*
 * Each word is mixed in by one multiplication for each of its halves, and no bit of the
 * products is lost. A single 128-bit product would do, but 32-bit machines lack it.
 */
static uint32_t hash(const struct set *set, const void *key)
{
	uint64_t sum = set->seed, word;
	size_t i;

	for (i = 0; i < set->key_size; i += sizeof(word)) {
		uint64_t low, high;

		memcpy(&word, (const char *)key + i, sizeof(word));
		word ^= sum;
		low = (word & UINT32_MAX) * 0x9e3779b9U;
		high = (word >> 32) * 0x85ebca6bU;
		sum = low ^ (high << 32 | high >> 32) ^ set->seed;
	}
	return sum ^ sum >> 32;
}

/* Return the slot of the element with this key, or the empty slot where it belongs. */
static uint32_t *find_slot(const struct set *set, const void *key)
{
	uint32_t i = hash(set, key) & set->mask;

	while (set->slots[i] && memcmp(set_at(set, set->slots[i] - 1), key, set->key_size))
		i = (i + 1) & set->mask;
	return &set->slots[i];
}

static void index_all(struct set *set)
{
	uint32_t i;

	for (i = 0; i < set->count; i++)
		*find_slot(set, set_at(set, i)) = i + 1;
}

/**
 * set_get() - find or create the element with a key
 * @set: the set
 * @key: the key
 * @is_new: set to whether the element was created; all of it but the key is zero then
 *
 * Return: the element. The pointer is invalid after the next element is created.
 */
void *set_get(struct set *set, const void *key, bool *is_new)
{
	uint32_t *slot = find_slot(set, key);
	char *element;

	*is_new = !*slot;
	if (*slot)
		return set_at(set, *slot - 1);
	if (set->count == set->room) {
		if (set->room >= UINT32_MAX / 4)
			errx(1, "too many flows");
		set->room *= 2;
		set->elements = realloc(set->elements, set->room * set->element_size);
		if (!set->elements)
			err(1, NULL);
		make_slots(set);
		index_all(set);
		slot = find_slot(set, key);
	}
	element = set_at(set, set->count++);
	*slot = set->count;
	memset(element, 0, set->element_size);
	memcpy(element, key, set->key_size);
	return element;
}

/**
 * set_keep() - remove elements
 * @set: the set
 * @keep: returns true for the elements that stay
 * @argument: passed to @keep
 */
void set_keep(struct set *set, bool (*keep)(void *element, void *argument), void *argument)
{
	const uint32_t before = set->count;
	uint32_t i, kept = 0;

	for (i = 0; i < before; i++) {
		if (!keep(set_at(set, i), argument))
			continue;
		if (kept != i)
			memcpy(set_at(set, kept), set_at(set, i), set->element_size);
		kept++;
	}
	if (kept == before)
		return;
	set_clear(set);
	set->count = kept;
	index_all(set);
}
