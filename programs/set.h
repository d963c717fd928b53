/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table of elements of one size, which lie in an array in the order in
 * which they came. An element begins with its key, some 64-bit words.
 */
#ifndef PROGRAMS_SET_H
#define PROGRAMS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct set - the table
 * @elements: the array
 * @element_size: octets of an element
 * @key_size: octets of its key, a multiple of 8
 * @count: elements there are
 * @room: elements that the array has room for
 * @slots: for a hash, the number of its element from 1; 0 is empty
 * @mask: slots, less one
 * @seed: nobody outside knows which keys meet in one slot
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
