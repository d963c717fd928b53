/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow table of one CPU and one family.
 *
 * Locking: none. A table belongs to its CPU. Every function here is called on
 * that CPU with bottom halves off (nfl_cpu_enter()), or by the one that has
 * taken over a dead CPU's tables. Others read its sizes, @live and @searched, as they are at
 * about that time; these are written by WRITE_ONCE() for them.
 *
 * Index: linear hashing. There are @buckets buckets, any number, not only
 * powers of two; growing by one bucket splits one other bucket, so that growth
 * never takes longer than that. A bucket is a cache line of eight tags (16 bits
 * of the hash, 0 if free) and eight references. At four flows a bucket few
 * buckets are full, and those chain the rest through the entries.
 *
 * Entries lie in chunks (chunk.h) and never move. A reference is an entry's number over
 * all chunks, as if each were of NFL_CHUNK_SIZE: a small one leaves most of its numbers
 * unused, and no path asks which it is. Number 0 is a place that holds none, so that 0 says
 * "none".
 */
#ifndef NFL_METER_TABLE_H
#define NFL_METER_TABLE_H

#include <linux/bitops.h>
#include <linux/prefetch.h>

#include "meter/chunk.h"
#include "meter/memory.h"

#define NFL_BUCKET_SLOTS	8
#define NFL_BUCKET_LOAD		4	/* flows a bucket, above which the table grows */

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
 * @family: which entries it has
 * @buckets: buckets in use; 0 until the first flow
 * @mask: the power of two at or above @buckets, minus one
 * @segments: the index, in pieces of NFL_SEGMENT_BUCKETS buckets
 * @segments_max: size of that array
 * @chunks: the entries' memory; behind the array lies @available
 * @chunks_count: chunks that are or were there
 * @chunks_hole: no chunk before this one was given back
 * @chunks_max: size of that array
 * @available: bitmap of the chunks that have a free entry
 * @current_chunk: new entries come from this one while it has any
 * @live: flows in the table
 * @hand_chunk: chunk at which the search for a victim goes on; one with live flows, if any has
 * @hand: place in it
 * @victim: the flow that is to go next, a reference; 0 if none was chosen
 * @victim_last: the time of its last packet then
 * @victim_age: time without a packet of recent victims, milliseconds
 * @emptying: number of the chunk that is being emptied, plus one; 0 for none
 * @empty_since: when it was first seen without flows, nfl_clock() milliseconds; 0 for never
 * @walk_chunk: chunk at which the walk for time-outs goes on
 * @walk_entry: entry in it
 * @retry: inserts to go before memory is asked for again after a refusal
 * @memory: all memory that it has
 * @buckets_min: it is not made smaller than this; others write it, whatever the table's state
 * @searched: entries looked at in vain, for the statistics
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

/* The same where the family is not known to the compiler: no path divides. */
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

/* The same of nfl_chunk_entries(). */
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
 * 0 marks a free slot, so no tag is 0. Nor is one 1: nfl_bucket_lanes() may take
 * a tag for another that differs from it in the lowest bit, and must not take a
 * free slot, whose reference may be of a chunk that is gone.
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

	/* not split yet: its flows are still where half the mask says */
	return n < table->buckets ? n : n & (table->mask >> 1);
}

static __always_inline struct nfl_bucket *nfl_table_bucket(const struct nfl_table *table, u32 hash)
{
	return nfl_table_bucket_at(table, nfl_table_bucket_number(table, hash));
}

/*
 * Slots with this tag among four: the highest bit of each 16-bit lane that
 * matches. A lane above a match may be set falsely, if its tag differs in
 * the lowest bit only, which costs the caller one comparison of keys.
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

/* The reference that a key with this tag most likely has; 0 for none. */
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
 * Prefetch what nfl_table_remove() touches. Inline by force: a function that does
 * no more than prefetch has no effect that gcc knows of, and calls of it vanish.
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
bool nfl_table_shrink(struct nfl_table *table, unsigned int steps);
u32 nfl_table_empty_begin(struct nfl_table *table);
void nfl_table_empty_cancel(struct nfl_table *table, u32 ref);
void nfl_table_empty_end(struct nfl_table *table);
void nfl_table_trim(struct nfl_table *table);
void nfl_table_release(struct nfl_table *table);
size_t nfl_table_memory(const struct nfl_table *table);

#endif /* NFL_METER_TABLE_H */
