/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chunks: the memory that a table's entries lie in, with a map of the live ones.
 *
 * The map is a bit for each place, in the chunk's own first octets, so the first places
 * hold no entry. Walks and searches read it: 64 places that are not live cost them one
 * word, and no line of an entry.
 *
 * The chunks that have live entries are in a ring, by number. So whatever a table's history
 * is, the next live entry is no further away than the words of two maps.
 */
#ifndef NFL_METER_CHUNK_H
#define NFL_METER_CHUNK_H

#include <linux/bitops.h>

#include "flow/flow.h"
#include "meter/memory.h"

/* The smallest entry has 64 octets. */
#define NFL_CHUNK_MAP_SIZE	(NFL_CHUNK_SIZE / 64 / 8)

static_assert(sizeof(struct nfl_flow4) >= 64);

/**
 * struct nfl_chunk - a piece of memory with entries
 * @entries: the memory, NULL once it was given back; it begins with the map
 * @free: first entry of the list of entries that were used and freed, a reference
 * @due: when the earliest of its flows may time out, nfl_clock() milliseconds
 * @next: the next chunk with live entries, if this one has some
 * @previous: the one before
 * @fresh: entries from this place on were not used since the chunk was empty
 * @used: live entries
 * @entries_max: places that it has room for: nfl_chunk_entries(), or fewer in a small one
 */
struct nfl_chunk {
	void *entries;
	u32 free;
	u32 due;
	u32 next;
	u32 previous;
	u16 fresh;
	u16 used;
	u16 entries_max;
};

/* A power of two, by which an index is multiplied in one instruction. */
static_assert(BITS_PER_LONG == 32 || sizeof(struct nfl_chunk) == 32);

/* The first place that holds an entry. */
static __always_inline u32 nfl_chunk_first(enum nfl_family family)
{
	return DIV_ROUND_UP(NFL_CHUNK_MAP_SIZE, nfl_flow_size(family));
}

static __always_inline u32 nfl_chunk_entries(enum nfl_family family)
{
	return NFL_CHUNK_SIZE / nfl_flow_size(family);
}

/* What the map says of the places from @i to the end of its word; @i's is the lowest bit. */
static __always_inline unsigned long nfl_chunk_word(const struct nfl_chunk *chunk, u32 i)
{
	return ((const unsigned long *)chunk->entries)[i / BITS_PER_LONG] >> i % BITS_PER_LONG;
}

/* The place that the word after that begins with. */
static __always_inline u32 nfl_chunk_next_word(u32 i)
{
	return (i | (BITS_PER_LONG - 1)) + 1;
}

/*
 * The first live flow of a chunk from place *@i on, which is moved there; NULL if there is
 * none before @end. Then *@i may be moved beyond it, over places that are not live.
 */
static __always_inline struct nfl_flow *nfl_chunk_live(const struct nfl_chunk *chunk, size_t size,
						       u32 *i, u32 end)
{
	while (*i < end) {
		const unsigned long word = nfl_chunk_word(chunk, *i);

		if (word) {
			*i += __ffs(word);
			return *i < end ? chunk->entries + *i * size : NULL;
		}
		*i = nfl_chunk_next_word(*i);
	}
	return NULL;
}

/*
 * Each live flow of a chunk from place @_i on, before @_end; @_size is that of an entry. The
 * flow may be removed meanwhile. Its reference is the chunk's number times
 * nfl_chunk_entries() and @_i.
 */
#define nfl_chunk_for_each(_chunk, _size, _i, _end, _flow)	\
	for (; ((_flow) = nfl_chunk_live(_chunk, _size, &(_i), _end)); (_i)++)

#endif /* NFL_METER_CHUNK_H */
