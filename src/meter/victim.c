// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which flow of a table goes where another needs its place.
 *
 * A search has a bound in what it looks at, whatever the history of the table is: a live
 * entry, a word of a chunk's map that has none, the way to another chunk. It always finds
 * a flow where there is one: see chunk.h for how far away the next one is at most.
 */
#include "meter/table.h"

/* A victim is the least recently active of so many, or of more if none is old. */
#define VICTIM_SAMPLE		8

/* What a search looks at, at most. */
#define VICTIM_LOOKS		128

/*
 * The mean of recent victims' ages is in parts of a millisecond. In whole ones a mean of
 * eight would be off by up to seven, and in a flood that fills the table anew every few
 * milliseconds no flow would ever be old.
 */
#define VICTIM_AGE_PARTS	8

/* More than this is as old, so that the mean has 32 bits: three days. */
#define VICTIM_AGE_MOST		(S32_MAX / VICTIM_AGE_PARTS)

/**
 * struct search - a search for a victim
 * @best: the flow that was least recently active, a reference; 0 for none yet
 * @oldest: for how long it had no packet, milliseconds
 * @sampled: flows that were looked at
 * @looks: what was looked at in all
 */
struct search {
	u32 best;
	u32 oldest;
	u32 sampled;
	u32 looks;
};

/*
 * The least recently active of a few flows that lie side by side, from where
 * the last search ended. A flow that has packets all the time is not the least
 * active of its neighbours unless all of them have. That happens: flows that
 * began together lie together. So where all of a few are far more active than
 * recent victims were, the search goes on for some more, and such flows survive
 * a flood of flows of one packet each.
 */
static struct search victim_search(struct nfl_table *table, u32 now)
{
	const size_t size = nfl_flow_size(table->family);
	u32 base = table->hand_chunk * nfl_table_entries(table), i = table->hand;
	const struct nfl_chunk *chunk = &table->chunks[table->hand_chunk];
	struct search search = { };
	u32 age;

	while (search.looks < VICTIM_LOOKS || !search.best) {
		const struct nfl_flow *flow;
		unsigned long word;

		search.looks++;
		if (i >= chunk->fresh) {
			table->hand_chunk = chunk->next;
			chunk = &table->chunks[table->hand_chunk];
			base = table->hand_chunk * nfl_table_entries(table);
			i = 0;
			continue;
		}
		word = nfl_chunk_word(chunk, i);
		if (!word) {
			i = nfl_chunk_next_word(i);
			continue;
		}
		i += __ffs(word);
		flow = chunk->entries + i * size;
		/* what the next search looks at, as a rule */
		prefetch((const void *)flow + VICTIM_SAMPLE * size);
		/* of a part that came from elsewhere the last packet may be younger */
		age = max_t(s32, now - flow->last, 0);
		if (!search.best || age > search.oldest) {
			search.oldest = age;
			search.best = base + i;
		}
		i++;
		if (++search.sampled >= VICTIM_SAMPLE && table->victim_age &&
		    search.oldest >= table->victim_age / (2 * VICTIM_AGE_PARTS))
			break;
	}
	table->hand = i;
	age = min_t(u32, search.oldest, VICTIM_AGE_MOST);
	if (table->victim_age)
		table->victim_age += age - table->victim_age / VICTIM_AGE_PARTS;
	else
		table->victim_age = age * VICTIM_AGE_PARTS + 1;
	return search;
}

/**
 * nfl_table_victim() - find a flow that others may take the place of
 * @table: the table, with at least one live flow
 * @now: nfl_clock() milliseconds
 *
 * The bucket that a victim is taken out of is a line that no cache has, and waiting
 * for it would cost more than all the rest. So each call chooses the next one's
 * victim too, and has that bucket fetched meanwhile. One that had a packet since, or
 * is gone, is not taken.
 *
 * Return: the flow's reference, never 0.
 */
u32 nfl_table_victim(struct nfl_table *table, u32 now)
{
	u32 victim = table->victim;
	const struct nfl_flow *flow;

	if (victim) {
		flow = nfl_table_at(table, victim);
		if (!flow->packets || flow->last != table->victim_last)
			victim = 0;
	}
	if (!victim)
		victim = victim_search(table, now).best;

	table->victim = victim_search(table, now).best;
	if (table->victim == victim)
		table->victim = 0;	/* there is no other */
	if (table->victim) {
		flow = nfl_table_at(table, table->victim);
		table->victim_last = flow->last;
		nfl_table_prefetch_removal(table, flow);
	}
	return victim;
}
