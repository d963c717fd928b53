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

#include "base/alloc.h"

#define NFL_CHUNK_SIZE		65536	/* a chunk of many pages */

/* Pieces that a work item brings at a time: as much as a large chunk. */
#define NFL_SUPPLY_PIECES	(NFL_CHUNK_SIZE / NFL_PIECE_SIZE)

/* What a flow costs besides its entry: its share of the index and of a chunk's description. */
#define NFL_FLOW_OVERHEAD	17

/* The initial value of maxflows: this share of RAM, and never more than so many. */
#define NFL_FLOWS_PERCENT	5
#define NFL_FLOWS_MOST		2000000

/**
 * struct nfl_memory - the memory of a table, and what it has in store
 * @held: octets of chunks, segments and arrays, those in store included
 * @pieces: of NFL_PIECE_SIZE octets each, in store
 * @count: how many
 * @array: memory for an array, all zero, in store; or NULL
 * @array_size: octets of it
 * @array_wanted: octets of the array that was refused; 0 if none was
 * @starved: memory was refused, and none was brought since
 * @paused: no memory for chunks until @pause_end
 * @pause_end: in jiffies
 */
struct nfl_memory {
	size_t held;
	void *pieces[NFL_SUPPLY_PIECES];
	unsigned int count;
	bool starved;
	bool paused;
	unsigned long pause_end;
	void *array;
	size_t array_size;
	size_t array_wanted;
};

/**
 * struct nfl_supply - memory for a table that was refused some
 * @pieces: of NFL_PIECE_SIZE octets each
 * @count: how many there were to be had
 * @array: of @array_size octets, all zero; NULL if none was wanted, or to be had
 * @array_size: how large it is
 */
struct nfl_supply {
	void *pieces[NFL_SUPPLY_PIECES];
	unsigned int count;
	void *array;
	size_t array_size;
};

void *nfl_memory_chunk(struct nfl_memory *memory, size_t *size);
void *nfl_memory_piece(struct nfl_memory *memory);
void nfl_memory_put(struct nfl_memory *memory, void *address, size_t size);
void *nfl_memory_array(struct nfl_memory *memory, size_t size);
void nfl_memory_array_put(struct nfl_memory *memory, void *array, size_t size);
void nfl_memory_feed(struct nfl_memory *memory, struct nfl_supply *supply);
void nfl_memory_pause(struct nfl_memory *memory);
void nfl_memory_trim(struct nfl_memory *memory);
void nfl_memory_end(struct nfl_memory *memory);
void nfl_supply_get(struct nfl_supply *supply, const struct nfl_memory *memory);
void nfl_supply_free(struct nfl_supply *supply);
u32 nfl_memory_maxflows(void);

#endif /* NFL_METER_MEMORY_H */
