// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow table: see table.h for its shape and its locking (none).
 *
 * Where there is no memory (memory.c), the table goes on with what it has: buckets get longer
 * chains, and a new flow takes the place of an old one.
 */
#include <linux/bitmap.h>

#include "meter/table.h"

/* After a refusal, so many new flows come before memory is asked for again. */
#define RETRY_INSERTS	64

/* A chunk to be emptied is the emptiest of so many. */
#define EMPTY_SAMPLE		16

static u32 chunk_of(const struct nfl_table *table, u32 ref)
{
	if (likely(table->family == NFL_IPV4))
		return ref / nfl_chunk_entries(NFL_IPV4);
	if (table->family == NFL_IPV6)
		return ref / nfl_chunk_entries(NFL_IPV6);
	if (table->family == NFL_IPV4_WIDE)
		return ref / nfl_chunk_entries(NFL_IPV4_WIDE);
	return ref / nfl_chunk_entries(NFL_IPV6_WIDE);
}

static bool key_equal(const struct nfl_table *table, const void *a, const void *b)
{
	if (likely(table->family == NFL_IPV4))
		return nfl_key_equal(a, b, NFL_IPV4);
	if (table->family == NFL_IPV6)
		return nfl_key_equal(a, b, NFL_IPV6);
	return nfl_key_equal(a, b, table->family);
}

/* Of the array of chunks and the bitmap behind it. */
static size_t chunks_size(u32 max)
{
	return max * sizeof(struct nfl_chunk) + BITS_TO_LONGS(max) * sizeof(long);
}

/* Go on with a larger array, which is the table's from now on. */
static void chunks_replace(struct nfl_table *table, struct nfl_chunk *chunks, u32 max)
{
	unsigned long *available = (void *)(chunks + max);

	if (table->chunks) {
		memcpy(chunks, table->chunks, table->chunks_max * sizeof(*chunks));
		bitmap_copy(available, table->available, table->chunks_max);
	}
	nfl_memory_array_put(&table->memory, table->chunks, chunks_size(table->chunks_max));
	table->available = available;
	table->chunks = chunks;
	WRITE_ONCE(table->chunks_max, max);
}

static int chunks_reserve(struct nfl_table *table)
{
	const u32 max = max(table->chunks_max * 2, 16U);
	struct nfl_chunk *chunks;

	if (table->chunks_count < table->chunks_max)
		return 0;
	chunks = nfl_memory_array(&table->memory, chunks_size(max));
	if (!chunks)
		return -ENOMEM;
	chunks_replace(table, chunks, max);
	return 0;
}

/* Add a chunk of entries, in a place that a chunk was given back from if any. */
static int chunk_add(struct nfl_table *table)
{
	struct nfl_chunk *chunk;
	void *entries;
	size_t size;
	u32 n;

	for (n = table->chunks_hole; n < table->chunks_count; n++) {
		if (!table->chunks[n].entries)
			break;
	}
	table->chunks_hole = n;
	if (n == nfl_chunks_most(table->family))
		return -ENOMEM;
	if (n == table->chunks_count && chunks_reserve(table))
		return -ENOMEM;

	entries = nfl_memory_chunk(&table->memory, &size);
	if (!entries)
		return -ENOMEM;

	chunk = &table->chunks[n];
	*chunk = (struct nfl_chunk) {
		.entries = entries,
		.fresh = nfl_chunk_first(table->family),
		.entries_max = size / nfl_flow_size(table->family),
	};
	memset(entries, 0, NFL_CHUNK_MAP_SIZE);
	if (n == table->chunks_count)
		WRITE_ONCE(table->chunks_count, table->chunks_count + 1);
	__set_bit(n, table->available);
	table->current_chunk = n;
	return 0;
}

/* A chunk has its first live entry: it comes into the ring, where the search comes to it last. */
static void chunk_occupied(struct nfl_table *table, u32 n)
{
	struct nfl_chunk *chunk = &table->chunks[n], *next;

	if (!table->live) {
		chunk->next = n;
		chunk->previous = n;
		table->hand_chunk = n;
		table->hand = 0;
		return;
	}
	next = &table->chunks[table->hand_chunk];
	chunk->next = table->hand_chunk;
	chunk->previous = next->previous;
	table->chunks[next->previous].next = n;
	next->previous = n;
}

/* It has none any more: it is as if it were new, and out of the ring. */
static void chunk_vacated(struct nfl_table *table, u32 n)
{
	struct nfl_chunk *chunk = &table->chunks[n];

	chunk->free = 0;
	chunk->fresh = nfl_chunk_first(table->family);
	table->chunks[chunk->previous].next = chunk->next;
	table->chunks[chunk->next].previous = chunk->previous;
	if (table->hand_chunk == n) {
		table->hand_chunk = chunk->next;
		table->hand = 0;
	}
}

/* Returns a reference, or 0 where there is no memory. */
static u32 entry_alloc(struct nfl_table *table)
{
	const u32 entries = nfl_table_entries(table);
	struct nfl_chunk *chunk;
	u32 ref, place;

	chunk = &table->chunks[table->current_chunk];
	if (unlikely(!test_bit(table->current_chunk, table->available))) {
		const u32 n = find_first_bit(table->available, table->chunks_count);

		if (n < table->chunks_count) {
			table->current_chunk = n;
		} else {
			if (table->retry && table->retry--)
				return 0;
			if (chunk_add(table)) {
				table->retry = RETRY_INSERTS;
				return 0;
			}
		}
		chunk = &table->chunks[table->current_chunk];
	}

	if (chunk->free) {
		ref = chunk->free;
		place = ref - table->current_chunk * entries;
		chunk->free = nfl_table_at(table, ref)->next;
		/* the next one to be taken is read then: have it near */
		if (chunk->free)
			prefetchw(nfl_table_at(table, chunk->free));
	} else {
		place = chunk->fresh++;
		ref = table->current_chunk * entries + place;
	}
	__set_bit(place, chunk->entries);
	if (unlikely(!chunk->used++))
		chunk_occupied(table, table->current_chunk);
	if (!chunk->free && chunk->fresh == chunk->entries_max)
		__clear_bit(table->current_chunk, table->available);
	return ref;
}

static void chunk_free(struct nfl_table *table, struct nfl_chunk *chunk)
{
	const bool large = chunk->entries_max == nfl_chunk_entries(table->family);

	nfl_memory_put(&table->memory, chunk->entries, large ? NFL_CHUNK_SIZE : NFL_PIECE_SIZE);
	*chunk = (struct nfl_chunk) { };	/* a walk may be in it */
}

static void chunk_release(struct nfl_table *table, u32 n)
{
	chunk_free(table, &table->chunks[n]);
	table->chunks_hole = min(table->chunks_hole, n);
	if (table->emptying == n + 1)
		table->emptying = 0;
	table->victim = 0;	/* it may have lain there */
	__clear_bit(n, table->available);
	while (table->chunks_count && !table->chunks[table->chunks_count - 1].entries)
		WRITE_ONCE(table->chunks_count, table->chunks_count - 1);
	if (table->current_chunk == n)
		table->current_chunk = 0;
	/* one that comes in its place is walked from its begin */
	if (table->walk_chunk == n)
		table->walk_entry = 0;
}

static __always_inline void entry_free_of(struct nfl_table *table, struct nfl_flow *flow, u32 ref,
					  enum nfl_family family)
{
	const u32 n = ref / nfl_chunk_entries(family);
	struct nfl_chunk *chunk = &table->chunks[n];

	/* it is found by no key, and is no victim any more */
	flow->packets = 0;
	if (nfl_family_is_ipv4(family))
		((struct nfl_flow4 *)flow)->key.hook = NFL_HOOK_NONE;
	else
		((struct nfl_flow6 *)flow)->key.hook = NFL_HOOK_NONE;
	flow->next = chunk->free;
	chunk->free = ref;
	__clear_bit(ref % nfl_chunk_entries(family), chunk->entries);
	/* no new flow comes into a chunk that is being emptied */
	if (table->emptying != n + 1)
		__set_bit(n, table->available);
	if (unlikely(!--chunk->used))
		chunk_vacated(table, n);
}

static void entry_free(struct nfl_table *table, struct nfl_flow *flow, u32 ref)
{
	if (likely(table->family == NFL_IPV4))
		entry_free_of(table, flow, ref, NFL_IPV4);
	else if (table->family == NFL_IPV6)
		entry_free_of(table, flow, ref, NFL_IPV6);
	else if (table->family == NFL_IPV4_WIDE)
		entry_free_of(table, flow, ref, NFL_IPV4_WIDE);
	else
		entry_free_of(table, flow, ref, NFL_IPV6_WIDE);
}

static void bucket_put(struct nfl_table *table, struct nfl_bucket *bucket, u16 tag, u32 ref,
		       struct nfl_flow *flow)
{
	int i;

	for (i = 0; i < NFL_BUCKET_SLOTS; i++) {
		if (bucket->tag[i])
			continue;
		bucket->tag[i] = tag;
		bucket->ref[i] = ref;
		return;
	}
	flow->next = bucket->overflow;
	bucket->overflow = ref;
}

/* Put every flow of @from where it belongs now, in @from or elsewhere. */
static void bucket_redistribute(struct nfl_table *table, struct nfl_bucket *from)
{
	struct nfl_bucket old = *from;
	u32 ref, next;
	int i;

	memset(from, 0, sizeof(*from));
	for (i = 0; i < NFL_BUCKET_SLOTS; i++) {
		struct nfl_flow *flow;

		if (!old.tag[i])
			continue;
		flow = nfl_table_at(table, old.ref[i]);
		bucket_put(table, nfl_table_bucket(table, flow->hash), old.tag[i], old.ref[i],
			   flow);
	}
	for (ref = old.overflow; ref; ref = next) {
		struct nfl_flow *flow = nfl_table_at(table, ref);

		next = flow->next;
		bucket_put(table, nfl_table_bucket(table, flow->hash), nfl_tag(flow->hash), ref,
			   flow);
	}
}

/* Have the index's memory for bucket number @table->buckets. */
static int segment_reserve(struct nfl_table *table)
{
	const u32 n = table->buckets / NFL_SEGMENT_BUCKETS;
	const u32 max = max(table->segments_max * 2, 16U);
	struct nfl_bucket **segments;

	if (n >= table->segments_max) {
		segments = nfl_memory_array(&table->memory, max * sizeof(*segments));
		if (!segments)
			return -ENOMEM;
		if (table->segments)
			memcpy(segments, table->segments, table->segments_max * sizeof(*segments));
		nfl_memory_array_put(&table->memory, table->segments,
				     table->segments_max * sizeof(*segments));
		table->segments = segments;
		WRITE_ONCE(table->segments_max, max);
	}
	if (table->segments[n])
		return 0;
	table->segments[n] = nfl_memory_piece(&table->memory);
	return table->segments[n] ? 0 : -ENOMEM;
}

/* Add one bucket, to which a part of another one's flows moves. */
static int grow(struct nfl_table *table)
{
	const u32 n = table->buckets;
	const u32 mask = n > table->mask ? table->mask * 2 + 1 : table->mask;

	if (segment_reserve(table))
		return -ENOMEM;
	memset(nfl_table_bucket_at(table, n), 0, sizeof(struct nfl_bucket));
	table->mask = mask;
	WRITE_ONCE(table->buckets, n + 1);
	bucket_redistribute(table, nfl_table_bucket_at(table, n & (mask >> 1)));
	return 0;
}

/* Take the last bucket away; its flows go back to where they were split from. */
static void shrink(struct nfl_table *table)
{
	const u32 n = table->buckets - 1;
	const u32 segment = n / NFL_SEGMENT_BUCKETS;
	struct nfl_bucket *last = nfl_table_bucket_at(table, n);

	WRITE_ONCE(table->buckets, n);
	if (n - 1 <= table->mask >> 1)
		table->mask >>= 1;
	bucket_redistribute(table, last);
	if (n % NFL_SEGMENT_BUCKETS == 0) {
		nfl_memory_put(&table->memory, table->segments[segment], NFL_PIECE_SIZE);
		table->segments[segment] = NULL;
	}
}

/**
 * nfl_table_start() - give an empty table its first memory
 * @table: the table, @family and @buckets_min set, all else 0
 *
 * Return: 0 or -ENOMEM; a later call may do better.
 */
int nfl_table_start(struct nfl_table *table)
{
	if (!table->chunks_count && chunk_add(table))
		return -ENOMEM;
	if (segment_reserve(table))
		return -ENOMEM;
	memset(table->segments[0], 0, sizeof(struct nfl_bucket));
	table->mask = 0;
	WRITE_ONCE(table->buckets, 1);
	return 0;
}

/**
 * nfl_table_start_from() - give an empty table the first memory that another has
 * @table: the table, which could not be started
 * @spare: a table that was started and never had a flow, of any family; it is as one that was
 *	never started then
 */
void nfl_table_start_from(struct nfl_table *table, struct nfl_table *spare)
{
	const size_t begin = offsetof(struct nfl_table, buckets);
	const size_t size = offsetof(struct nfl_table, buckets_min) - begin;
	struct nfl_chunk *chunk;
	bool large;

	/* what it has got is less than it needs */
	nfl_table_release(table);
	memcpy((void *)table + begin, (void *)spare + begin, size);
	memset((void *)spare + begin, 0, size);
	chunk = &table->chunks[0];
	large = chunk->entries_max == nfl_chunk_entries(spare->family);
	chunk->fresh = nfl_chunk_first(table->family);
	chunk->entries_max = (large ? NFL_CHUNK_SIZE : NFL_PIECE_SIZE) /
			     nfl_flow_size(table->family);
}

/**
 * nfl_table_feed() - bring memory to a table that was refused some
 * @table: the table
 * @supply: the memory, of which it takes what it needs
 */
void nfl_table_feed(struct nfl_table *table, struct nfl_supply *supply)
{
	if (supply->count || supply->array)
		table->retry = 0;
	nfl_memory_feed(&table->memory, supply);
}

/**
 * nfl_table_release() - give back all memory of a table
 * @table: the table, which is then as one that was never started; flows that are still in
 *	it vanish
 */
void nfl_table_release(struct nfl_table *table)
{
	u32 n;

	for (n = 0; n < table->chunks_count; n++) {
		if (table->chunks[n].entries)
			chunk_free(table, &table->chunks[n]);
	}
	for (n = 0; n < table->segments_max; n++) {
		if (table->segments[n])
			nfl_memory_put(&table->memory, table->segments[n], NFL_PIECE_SIZE);
	}
	nfl_memory_array_put(&table->memory, table->chunks, chunks_size(table->chunks_max));
	nfl_memory_array_put(&table->memory, table->segments,
			     table->segments_max * sizeof(*table->segments));
	nfl_memory_end(&table->memory);
	/* @buckets_min may be written right now, and what was counted is still to be read */
	memset((void *)table + offsetof(struct nfl_table, buckets), 0,
	       offsetof(struct nfl_table, buckets_min) - offsetof(struct nfl_table, buckets));
}

/* Others read it, see table.h. */
static void count_searched(struct nfl_table *table)
{
	WRITE_ONCE(table->searched, table->searched + 1);
}

/**
 * nfl_table_find() - look a flow up
 * @table: the table, started
 * @hash: hash of @key
 * @key: the family's key
 *
 * Return: the flow, or NULL.
 */
struct nfl_flow *nfl_table_find(struct nfl_table *table, u32 hash, const void *key)
{
	const struct nfl_bucket *bucket = nfl_table_bucket(table, hash);
	const u16 tag = nfl_tag(hash);
	struct nfl_flow *flow;
	int half;
	u32 ref;

	for (half = 0; half < 2; half++) {
		u64 lanes = nfl_bucket_lanes(bucket, half, tag);

		for (; lanes; lanes &= lanes - 1) {
			flow = nfl_table_at(table, bucket->ref[nfl_bucket_slot(lanes, half)]);
			if (key_equal(table, nfl_flow_key(flow), key))
				return flow;
			count_searched(table);
		}
	}
	for (ref = bucket->overflow; ref; ref = flow->next) {
		flow = nfl_table_at(table, ref);
		if (flow->hash == hash && key_equal(table, nfl_flow_key(flow), key))
			return flow;
		count_searched(table);
	}
	return NULL;
}

/**
 * nfl_table_insert() - make a flow
 * @table: the table, started; it has no flow with @key
 * @hash: hash of @key
 * @key: the family's key
 *
 * The table grows on the way, by two buckets at the most.
 *
 * Return: a flow of which key and hash are set, and all else is the caller's
 * to fill before bottom halves go on; NULL if there is no memory for it.
 */
struct nfl_flow *nfl_table_insert(struct nfl_table *table, u32 hash, const void *key)
{
	struct nfl_flow *flow;
	int steps = 2;
	u32 ref;

	ref = entry_alloc(table);
	if (!ref)
		return NULL;
	flow = nfl_table_at(table, ref);
	flow->hash = hash;
	flow->packets = 0;
	flow->oif = nfl_key_oif(key);
	if (nfl_family_is_ipv4(table->family))
		memcpy(nfl_flow_key(flow), key, sizeof(struct nfl_key4));
	else
		memcpy(nfl_flow_key(flow), key, sizeof(struct nfl_key6));
	if (nfl_family_is_wide(table->family))
		nfl_flow_wide(flow, table->family)->link =
			nfl_key_wide(key, table->family)->link;
	bucket_put(table, nfl_table_bucket(table, hash), nfl_tag(hash), ref, flow);
	WRITE_ONCE(table->live, table->live + 1);

	while (steps-- && (table->live > (u64)table->buckets * NFL_BUCKET_LOAD ||
			   table->buckets < READ_ONCE(table->buckets_min))) {
		if (table->retry && table->retry--)
			break;
		if (grow(table)) {
			table->retry = RETRY_INSERTS;
			break;
		}
	}
	return flow;
}

/**
 * nfl_table_remove() - take a flow out of the table
 * @table: the table
 * @flow: the flow; its entry is free for others after that
 * @ref: the flow's reference, or 0 if the caller does not know it
 */
void nfl_table_remove(struct nfl_table *table, struct nfl_flow *flow, u32 ref)
{
	struct nfl_bucket *bucket = nfl_table_bucket(table, flow->hash);
	u32 *link;
	int i;

	for (i = 0; i < NFL_BUCKET_SLOTS; i++) {
		if (!bucket->tag[i])
			continue;
		if (ref ? bucket->ref[i] != ref : nfl_table_at(table, bucket->ref[i]) != flow)
			continue;
		ref = bucket->ref[i];
		bucket->tag[i] = 0;
		/* a chain is there for a full bucket only: fill the gap from it */
		if (bucket->overflow) {
			struct nfl_flow *moved = nfl_table_at(table, bucket->overflow);

			bucket->tag[i] = nfl_tag(moved->hash);
			bucket->ref[i] = bucket->overflow;
			bucket->overflow = moved->next;
		}
		goto out;
	}
	for (link = &bucket->overflow; *link; link = &nfl_table_at(table, *link)->next) {
		if (nfl_table_at(table, *link) != flow)
			continue;
		ref = *link;
		*link = flow->next;
		goto out;
	}
	WARN_ON_ONCE(1);	/* a live flow is always in its bucket */
	return;
out:
	entry_free(table, flow, ref);
	WRITE_ONCE(table->live, table->live - 1);
}

/**
 * nfl_table_chunk() - which chunk does a flow lie in?
 * @table: the table
 * @flow: a flow of it
 */
struct nfl_chunk *nfl_table_chunk(const struct nfl_table *table, const struct nfl_flow *flow)
{
	const struct nfl_bucket *bucket = nfl_table_bucket(table, flow->hash);
	u32 ref;
	int i;

	for (i = 0; i < NFL_BUCKET_SLOTS; i++) {
		if (bucket->tag[i] && nfl_table_at(table, bucket->ref[i]) == flow)
			return &table->chunks[chunk_of(table, bucket->ref[i])];
	}
	for (ref = bucket->overflow; ref && nfl_table_at(table, ref) != flow;)
		ref = nfl_table_at(table, ref)->next;
	return &table->chunks[chunk_of(table, ref)];
}

/**
 * nfl_table_shrink() - give memory back that flows of the past needed
 * @table: the table, started
 * @steps: how many buckets and chunks may be given back
 * @least: keep so many buckets
 *
 * Return: true if there may be more to give back.
 */
bool nfl_table_shrink(struct nfl_table *table, unsigned int steps, u32 least)
{
	const u32 target = max3(least, table->live * 2 / NFL_BUCKET_LOAD, 1U);
	u32 n;

	for (; steps && table->buckets > target * 2; steps--)
		shrink(table);
	for (n = table->chunks_count; steps && n-- > 1;) {
		if (table->chunks[n].entries && !table->chunks[n].used) {
			chunk_release(table, n);
			steps--;
		}
	}
	return !steps;
}

/**
 * nfl_table_empty_begin() - choose a chunk that is to be given back
 * @table: the table, with at least one live flow
 *
 * Of some that lie side by side, the one with the fewest flows for its size. From then on
 * no new flow comes into it. One that was chosen before and is not empty yet is it again.
 *
 * Return: the chunk's number.
 */
u32 nfl_table_empty_begin(struct nfl_table *table)
{
	u32 best = 0, looked, n = table->hand_chunk;
	u32 least = U32_MAX;

	if (table->emptying)
		return table->emptying - 1;
	for (looked = 0; looked < EMPTY_SAMPLE; looked++) {
		const struct nfl_chunk *chunk = &table->chunks[n];

		if (chunk->used * NFL_CHUNK_SIZE / chunk->entries_max < least) {
			least = chunk->used * NFL_CHUNK_SIZE / chunk->entries_max;
			best = n;
		}
		n = chunk->next;
	}
	/* the next one is chosen among the next ones */
	table->hand_chunk = n;
	table->hand = 0;
	table->emptying = best + 1;
	__clear_bit(best, table->available);
	return best;
}

/**
 * nfl_table_reuse() - let the next new flow come where another one is taken out
 * @table: the table
 * @ref: a reference: the flow that is taken out before the next one comes
 *
 * So the flows of a full table stay in the order in which they came, and a search for a
 * victim, which goes round, comes to the oldest ones. If new ones filled up a chunk that has
 * room, it would come to the youngest. The chunk may be the one that is being emptied: it
 * stays then.
 */
void nfl_table_reuse(struct nfl_table *table, u32 ref)
{
	const u32 n = chunk_of(table, ref);
	const struct nfl_chunk *chunk = &table->chunks[n];

	table->current_chunk = n;
	if (likely(table->emptying != n + 1))
		return;
	table->emptying = 0;
	if (chunk->free || chunk->fresh < chunk->entries_max)
		__set_bit(n, table->available);
}

/**
 * nfl_table_empty_end() - give a chunk back that was emptied
 * @table: the table, all flows of the chunk taken out that nfl_table_empty_begin() chose
 */
void nfl_table_empty_end(struct nfl_table *table)
{
	chunk_release(table, table->emptying - 1);
}

/**
 * nfl_table_trim() - give back what was brought and is not needed yet
 * @table: the table
 */
void nfl_table_trim(struct nfl_table *table)
{
	nfl_memory_trim(&table->memory);
}

/**
 * nfl_table_memory() - octets of memory that a table takes
 * @table: the table; a reader on another CPU gets a figure of about now
 */
size_t nfl_table_memory(const struct nfl_table *table)
{
	return READ_ONCE(table->memory.held);
}
