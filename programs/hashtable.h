/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table of elements of one size, stored in an array in the order of their creation.
 * An element starts with its key, which consists of 64-bit words.
 */
#ifndef PROGRAMS_HASHTABLE_H
#define PROGRAMS_HASHTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct hashtable - the table
 * @elements: the array
 * @element_size: size of an element in octets
 * @key_size: size of its key in octets, a multiple of 8
 * @count: number of elements
 * @room: capacity of @elements
 * @slots: the index: number of an element, counted from 1; 0 if the slot is empty
 * @mask: number of slots minus one
 * @seed: random, so that keys which share a slot cannot be predicted
 */
struct hashtable {
	char *elements;
	size_t element_size;
	size_t key_size;
	uint32_t count;
	uint32_t room;
	uint32_t *slots;
	uint32_t mask;
	uint64_t seed;
};

void hashtable_init(struct hashtable *table, size_t element_size, size_t key_size);
void hashtable_free(struct hashtable *table);
void hashtable_clear(struct hashtable *table);
void *hashtable_get(struct hashtable *table, const void *key, bool *is_new);
void hashtable_keep(struct hashtable *table, bool (*keep)(void *element, void *argument),
		    void *argument);

static inline void *hashtable_at(const struct hashtable *table, uint32_t i)
{
	return table->elements + i * table->element_size;
}

#endif /* PROGRAMS_HASHTABLE_H */
