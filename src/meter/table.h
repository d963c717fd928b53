/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table of one CPU and one family.
 *
 * Locking: none. A table belongs to its CPU. All functions are called on that CPU with
 * bottom halves off (nfl_cpu_enter()), or by the CPU that takes over the tables of a dead
 * CPU. Other CPUs read the sizes, @live and @searched, which may change at the same time;
 * these are written by WRITE_ONCE().
 *
 * Index: linear hashing. The number of buckets, @buckets, need not be a power of two. The
 * table grows by one bucket at a time, which splits one other bucket, so no step of growth
 * takes longer. A bucket is a cache line of eight tags (16 bits of the hash, 0 if free) and
 * eight references. With four flows per bucket on average, few buckets are full; further
 * flows of a full bucket are chained through their entries.
 *
 * Entries are in chunks (chunk.h) and never move. A reference is the number of an entry, counted
 * over all chunks, as if each had NFL_CHUNK_SIZE: a small chunk leaves most of its numbers
 * unused, so that no path needs to know its size. The entry with number 0 is never used, so
 * reference 0 means "none".
 */
#ifndef NFL_METER_TABLE_H
#define NFL_METER_TABLE_H

#include <linux/bitops.h>
#include <linux/prefetch.h>

#include "meter/chunk.h"
#include "meter/memory.h"

#define NFL_BUCKET_SLOTS	8
#define NFL_BUCKET_LOAD		4	/* flows per bucket; above this the table grows */

struct nfl_bucket {
	u16 tag[NFL_BUCKET_SLOTS] __aligned(64);
	u32 ref[NFL_BUCKET_SLOTS];
	u32 overflow;
};

static_assert(sizeof(struct nfl_bucket) == 64);

#define NFL_SEGMENT_BUCKETS	(NFL_PIECE_SIZE / sizeof(struct nfl_bucket))

static_assert(sizeof(struct nfl_bucket) / NFL_BUCKET_LOAD < NFL_FLOW_OVERHEAD);

/**
 * struct nfl_table - the flow table
 * @family: the family of its flows
 * @buckets: buckets in use; 0 until the first flow
 * @mask: the power of two at or above @buckets, minus one
 * @segments: the index, in pieces of NFL_SEGMENT_BUCKETS buckets
 * @segments_max: size of that array
 * @chunks: the chunks; @available follows the array in the same memory
 * @chunks_count: number of elements of @chunks that were used so far
 * @chunks_hole: no chunk before this one was freed
 * @chunks_max: size of that array
 * @available: bitmap of the chunks that have a free entry
 * @current_chunk: new entries are taken from this chunk while it has free ones
 * @live: flows in the table
 * @hand_chunk: chunk at which the next search for a victim starts; one with live flows, if
 *	there is one
 * @hand: position in that chunk
 * @victim: reference of the flow that is evicted next; 0 if none was chosen
 * @victim_last: time of the last packet of that flow when it was chosen
 * @victim_age: mean time without a packet of recent victims, see victim.c; 0 for none yet
 * @emptying: number of the chunk that is being emptied, plus one; 0 for none
 * @empty_since: when it was first seen without flows, in nfl_clock() milliseconds; 0 for never
 * @walk_chunk: chunk at which the walk for time-outs continues
 * @walk_entry: entry in that chunk
 * @retry: number of inserts before memory is requested again after a failure
 * @memory: all memory that it has
 * @buckets_min: minimum of @buckets; others write it, whatever the state of the table
 * @searched: entries that were compared in vain, for the statistics
 */
struct nfl_table {
	enum nfl_family family;
	u32 buckets;
	u32 mask;
	struct nfl_bucket **segments;
	struct nfl_chunk *chunks;
	unsigned long *available;
	u32 segments_max;
	u32 chunks_count;
	u32 chunks_hole;
	u32 chunks_max;
	u32 current_chunk;
	u32 live;
	u32 hand_chunk;
	u32 hand;
	u32 victim;
	u32 victim_last;
	u32 victim_age;
	u32 emptying;
	u32 empty_since;
	u32 walk_chunk;
	u32 walk_entry;
	u32 retry;
	struct nfl_memory memory;
	u32 buckets_min;
	u64 searched;
};

/* Chunks that references have numbers for. */
static inline u32 nfl_chunks_most(enum nfl_family family)
{
	return U32_MAX / nfl_chunk_entries(family);
}

static __always_inline struct nfl_flow *nfl_table_entry(const struct nfl_table *table, u32 ref,
							enum nfl_family family)
{
	const u32 entries = nfl_chunk_entries(family);

	return table->chunks[ref / entries].entries + ref % entries * nfl_flow_size(family);
}

/* The same if the family is not a constant: no path has a division. */
static inline struct nfl_flow *nfl_table_at(const struct nfl_table *table, u32 ref)
{
	if (likely(table->family == NFL_IPV4))
		return nfl_table_entry(table, ref, NFL_IPV4);
	if (table->family == NFL_IPV6)
		return nfl_table_entry(table, ref, NFL_IPV6);
	if (table->family == NFL_IPV4_WIDE)
		return nfl_table_entry(table, ref, NFL_IPV4_WIDE);
	return nfl_table_entry(table, ref, NFL_IPV6_WIDE);
}

/* nfl_chunk_entries() if the family is not a constant. */
static inline u32 nfl_table_entries(const struct nfl_table *table)
{
	if (likely(table->family == NFL_IPV4))
		return nfl_chunk_entries(NFL_IPV4);
	if (table->family == NFL_IPV6)
		return nfl_chunk_entries(NFL_IPV6);
	if (table->family == NFL_IPV4_WIDE)
		return nfl_chunk_entries(NFL_IPV4_WIDE);
	return nfl_chunk_entries(NFL_IPV6_WIDE);
}

/*
 * 0 marks a free slot, so no tag is 0. No tag is 1 either: nfl_bucket_lanes() may match a
 * tag that differs in the lowest bit only. It must not match a free slot, since the
 * reference there may be one of a chunk that was freed.
 */
static __always_inline u16 nfl_tag(u32 hash)
{
	const u16 tag = hash >> 16;

	return tag > 1 ? tag : tag | 2;
}

static __always_inline struct nfl_bucket *nfl_table_bucket_at(const struct nfl_table *table, u32 n)
{
	return &table->segments[n / NFL_SEGMENT_BUCKETS][n % NFL_SEGMENT_BUCKETS];
}

static __always_inline u32 nfl_table_bucket_number(const struct nfl_table *table, u32 hash)
{
	const u32 n = hash & table->mask;

	/* this bucket is not split off yet: its flows are in the bucket of half the mask */
	return n < table->buckets ? n : n & (table->mask >> 1);
}

static __always_inline struct nfl_bucket *nfl_table_bucket(const struct nfl_table *table, u32 hash)
{
	return nfl_table_bucket_at(table, nfl_table_bucket_number(table, hash));
}

/*
 * Find the slots with this tag among four: returns the highest bit of each 16-bit lane that
 * matches. A lane above a match may be set although its tag differs in the lowest bit. This
 * costs the caller one comparison of keys.
 */
static __always_inline u64 nfl_bucket_lanes(const struct nfl_bucket *bucket, int half, u16 tag)
{
	const u64 ones = 0x0001000100010001ULL;
	const u64 x = ((const u64 *)bucket->tag)[half] ^ tag * ones;

	return (x - ones) & ~x & ones << 15;
}

static __always_inline unsigned int nfl_bucket_slot(u64 lanes, int half)
{
	const unsigned int lane = __ffs64(lanes) / 16;

#ifdef __BIG_ENDIAN
	return half * 4 + 3 - lane;
#else
	return half * 4 + lane;
#endif
}

/* The most likely reference of a key with this tag; 0 if there is none. */
static __always_inline u32 nfl_bucket_candidate(const struct nfl_bucket *bucket, u16 tag)
{
	u64 lanes = nfl_bucket_lanes(bucket, 0, tag);

	if (lanes)
		return bucket->ref[nfl_bucket_slot(lanes, 0)];
	lanes = nfl_bucket_lanes(bucket, 1, tag);
	if (lanes)
		return bucket->ref[nfl_bucket_slot(lanes, 1)];
	return bucket->overflow;
}

/*
 * Prefetch what nfl_table_remove() accesses. It is always inline: gcc would see no effect in
 * a function that only prefetches, and remove calls of it.
 */
static __always_inline void nfl_table_prefetch_removal(const struct nfl_table *table,
						       const struct nfl_flow *flow)
{
	prefetchw(nfl_table_bucket(table, flow->hash));
}

static inline bool nfl_table_starved(const struct nfl_table *table)
{
	return READ_ONCE(table->memory.starved);
}

int nfl_table_start(struct nfl_table *table);
void nfl_table_start_from(struct nfl_table *table, struct nfl_table *spare);
void nfl_table_feed(struct nfl_table *table, struct nfl_supply *supply);
struct nfl_flow *nfl_table_find(struct nfl_table *table, u32 hash, const void *key);
struct nfl_flow *nfl_table_insert(struct nfl_table *table, u32 hash, const void *key);
void nfl_table_remove(struct nfl_table *table, struct nfl_flow *flow, u32 ref);
u32 nfl_table_victim(struct nfl_table *table, u32 now);
struct nfl_chunk *nfl_table_chunk(const struct nfl_table *table, const struct nfl_flow *flow);
bool nfl_table_shrink(struct nfl_table *table, unsigned int steps, u32 least);
u32 nfl_table_empty_begin(struct nfl_table *table);
void nfl_table_empty_end(struct nfl_table *table);
void nfl_table_reuse(struct nfl_table *table, u32 ref);
void nfl_table_trim(struct nfl_table *table);
void nfl_table_release(struct nfl_table *table);
size_t nfl_table_memory(const struct nfl_table *table);

#endif /* NFL_METER_TABLE_H */
