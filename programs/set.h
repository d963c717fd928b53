/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table of elements of one size, stored in an array in the order of their creation.
 * An element starts with its key, which consists of 64-bit words.
 */
#ifndef PROGRAMS_SET_H
#define PROGRAMS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct set - the table
 * @elements: the array
 * @element_size: size of an element in octets
 * @key_size: size of its key in octets, a multiple of 8
 * @count: number of elements
 * @room: capacity of @elements
 * @slots: the index: number of an element, counted from 1; 0 if the slot is empty
 * @mask: number of slots minus one
 * @seed: random, so that keys which share a slot cannot be predicted
 */
struct set {
	char *elements;
	size_t element_size;
	size_t key_size;
	uint32_t count;
	uint32_t room;
	uint32_t *slots;
	uint32_t mask;
	uint64_t seed;
};

void set_init(struct set *set, size_t element_size, size_t key_size);
void set_free(struct set *set);
void set_clear(struct set *set);
void *set_get(struct set *set, const void *key, bool *is_new);
void set_keep(struct set *set, bool (*keep)(void *element, void *argument), void *argument);

static inline void *set_at(const struct set *set, uint32_t i)
{
	return set->elements + i * set->element_size;
}

#endif /* PROGRAMS_SET_H */
