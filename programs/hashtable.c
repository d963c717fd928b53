// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hash table: open addressing with linear probing. It has no removal of single
 * elements, which keeps it simple; hashtable_keep() rebuilds the index.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "hashtable.h"

#define FIRST_ROOM	64

/* At least half of the slots are empty. */
static void make_slots(struct hashtable *table)
{
	free(table->slots);
	table->mask = 2 * table->room - 1;
	table->slots = calloc(table->mask + 1, sizeof(*table->slots));
	if (!table->slots)
		err(1, NULL);
}

/**
 * hashtable_init() - initialise an empty table
 * @table: the table
 * @element_size: size of an element in octets
 * @key_size: size of its key in octets, a multiple of 8
 */
void hashtable_init(struct hashtable *table, size_t element_size, size_t key_size)
{
	*table = (struct hashtable) {
		.element_size = element_size,
		.key_size = key_size,
		.room = FIRST_ROOM,
	};
	if (getrandom(&table->seed, sizeof(table->seed), 0) != sizeof(table->seed))
		err(1, "getrandom");
	table->elements = malloc(table->room * element_size);
	if (!table->elements)
		err(1, NULL);
	make_slots(table);
}

void hashtable_free(struct hashtable *table)
{
	free(table->elements);
	free(table->slots);
}

/* Remove all elements and keep the memory: about as many elements are expected again. */
void hashtable_clear(struct hashtable *table)
{
	table->count = 0;
	memset(table->slots, 0, (table->mask + 1) * sizeof(*table->slots));
}

/*
 * Each word is mixed in by one multiplication for each of its halves, and no bit of the
 * products is lost. A single 128-bit product would do, but 32-bit machines lack it.
 */
static uint32_t hash(const struct hashtable *table, const void *key)
{
	uint64_t sum = table->seed, word;
	size_t i;

	for (i = 0; i < table->key_size; i += sizeof(word)) {
		uint64_t low, high;

		memcpy(&word, (const char *)key + i, sizeof(word));
		word ^= sum;
		low = (word & UINT32_MAX) * 0x9e3779b9U;
		high = (word >> 32) * 0x85ebca6bU;
		sum = low ^ (high << 32 | high >> 32) ^ table->seed;
	}
	return sum ^ sum >> 32;
}

/* Return the slot of the element with this key, or the empty slot where it belongs. */
static uint32_t *find_slot(const struct hashtable *table, const void *key)
{
	uint32_t i = hash(table, key) & table->mask;

	while (table->slots[i] &&
	       memcmp(hashtable_at(table, table->slots[i] - 1), key, table->key_size))
		i = (i + 1) & table->mask;
	return &table->slots[i];
}

static void index_all(struct hashtable *table)
{
	uint32_t i;

	for (i = 0; i < table->count; i++)
		*find_slot(table, hashtable_at(table, i)) = i + 1;
}

/**
 * hashtable_get() - find or create the element with a key
 * @table: the table
 * @key: the key
 * @is_new: set to whether the element was created; all of it except the key is zero then
 *
 * Return: the element. The pointer is invalid after the next element is created.
 */
void *hashtable_get(struct hashtable *table, const void *key, bool *is_new)
{
	uint32_t *slot = find_slot(table, key);
	char *element;

	*is_new = !*slot;
	if (*slot)
		return hashtable_at(table, *slot - 1);
	if (table->count == table->room) {
		if (table->room >= UINT32_MAX / 4)
			errx(1, "too many flows");
		table->room *= 2;
		table->elements = realloc(table->elements, table->room * table->element_size);
		if (!table->elements)
			err(1, NULL);
		make_slots(table);
		index_all(table);
		slot = find_slot(table, key);
	}
	element = hashtable_at(table, table->count++);
	*slot = table->count;
	memset(element, 0, table->element_size);
	memcpy(element, key, table->key_size);
	return element;
}

/**
 * hashtable_keep() - remove elements
 * @table: the table
 * @keep: returns true for the elements that stay
 * @argument: passed to @keep
 */
void hashtable_keep(struct hashtable *table, bool (*keep)(void *element, void *argument),
		    void *argument)
{
	const uint32_t before = table->count;
	uint32_t i, kept = 0;

	for (i = 0; i < before; i++) {
		if (!keep(hashtable_at(table, i), argument))
			continue;
		if (kept != i)
			memcpy(hashtable_at(table, kept), hashtable_at(table, i),
			       table->element_size);
		kept++;
	}
	if (kept == before)
		return;
	hashtable_clear(table);
	table->count = kept;
	index_all(table);
}
