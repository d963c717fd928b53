/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of flow tables: where it comes from, and what is in store for a table.
 *
 * Locking: none. A store belongs to the CPU of its table (see table.h). What others
 * read, they read by READ_ONCE().
 */
#ifndef NFL_METER_MEMORY_H
#define NFL_METER_MEMORY_H

#include <linux/compiler.h>
#include <linux/types.h>

#define NFL_CHUNK_SIZE		65536

/* What a flow costs besides its entry: its share of the index and of a chunk's description. */
#define NFL_FLOW_OVERHEAD	17

/* The initial value of maxflows: this share of RAM, and never more than so many. */
#define NFL_FLOWS_PERCENT	5
#define NFL_FLOWS_MOST		2000000

/**
 * struct nfl_memory - what a table has in store
 * @spare: memory of NFL_CHUNK_SIZE, all zero, that was brought; or NULL
 * @array: memory for an array, all zero, that was brought; or NULL
 * @array_size: octets of it
 * @array_wanted: octets of the array that was refused; 0 if none was
 * @starved: memory was refused, and none was brought since
 */
struct nfl_memory {
	void *spare;
	void *array;
	size_t array_size;
	size_t array_wanted;
	bool starved;
};

/**
 * struct nfl_supply - memory for a table that was refused some
 * @memory: of NFL_CHUNK_SIZE, all zero; NULL if there was none to be had
 * @array: of @array_size octets, all zero; NULL if none was wanted, or to be had
 * @array_size: how large it is
 */
struct nfl_supply {
	void *memory;
	void *array;
	size_t array_size;
};

void *nfl_memory_get(struct nfl_memory *memory, bool zero);
void *nfl_memory_array(struct nfl_memory *memory, size_t size);
void nfl_memory_put(void *address);
void nfl_memory_feed(struct nfl_memory *memory, struct nfl_supply *supply);
void nfl_memory_end(struct nfl_memory *memory);
void nfl_supply_get(struct nfl_supply *supply, const struct nfl_memory *memory);
void nfl_supply_free(struct nfl_supply *supply);
u32 nfl_memory_maxflows(void);

#endif /* NFL_METER_MEMORY_H */
