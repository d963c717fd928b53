/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selectors (RFC 5475, RFC 7014): which packets or flow records are selected, as arithmetic
 * and as text.
 */
#ifndef NFL_FLOW_SELECTOR_H
#define NFL_FLOW_SELECTOR_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/types.h>

/*
 * The modes. Their numbers are exported as selector ids. Modes up to
 * NFL_SELECT_FLOWS_RANDOM select flow records when they are exported; modes above it
 * select packets before they are metered.
 */
enum nfl_selector_mode {
	NFL_SELECT_ALL,			/* no sampling */
	NFL_SELECT_FLOWS,		/* the first of each N flow records */
	NFL_SELECT_FLOWS_RANDOM,	/* a random one of each N flow records */
	NFL_SELECT_HASH,		/* one of N flows, by the hash of the key */
	NFL_SELECT_PACKETS,		/* the first of each N packets */
	NFL_SELECT_PACKETS_RANDOM,	/* a random one of each N packets */
	NFL_SELECT_MODES,
};

/* N: the header of NetFlow v5 has 14 bits for it. */
#define NFL_SELECT_LEAST	2
#define NFL_SELECT_MOST		16383

/*
 * A selector is a number of 32 bits, so that it is read and written at once: the mode in
 * the upper half, the interval N in the lower half. 0 selects all.
 */
static __always_inline u32 nfl_selector(enum nfl_selector_mode mode, u16 interval)
{
	return mode << 16 | interval;
}

static __always_inline enum nfl_selector_mode nfl_selector_mode(u32 selector)
{
	return selector >> 16;
}

static __always_inline u32 nfl_selector_interval(u32 selector)
{
	return selector & 0xffff;
}

static __always_inline bool nfl_selector_is_random(u32 selector)
{
	return nfl_selector_mode(selector) == NFL_SELECT_FLOWS_RANDOM ||
	       nfl_selector_mode(selector) == NFL_SELECT_PACKETS_RANDOM;
}

/* The mode in NetFlow v5 and v9: 1 deterministic, 2 random. */
static inline u8 nfl_selector_cisco(u32 selector)
{
	const enum nfl_selector_mode mode = nfl_selector_mode(selector);

	return mode == NFL_SELECT_FLOWS || mode == NFL_SELECT_PACKETS ? 1 : 2;
}

/**
 * struct nfl_selection - the position of a selector in its sequence of items
 * @selector: the selector
 * @left: number of items before the next selected one
 * @rest: number of items after that one in the same group of N
 */
struct nfl_selection {
	u32 selector;
	u32 left;
	u32 rest;
};

/* Which one of the next N is selected? */
static inline void nfl_selection_next(struct nfl_selection *selection)
{
	const u32 interval = nfl_selector_interval(selection->selector);
	u32 place = 0;

	if (nfl_selector_is_random(selection->selector))
		place = (u64)get_random_u32() * interval >> 32;
	selection->left = selection->rest + place;
	selection->rest = interval - 1 - place;
}

/**
 * nfl_selection_take() - select among the next items of the sequence
 * @selection: the position; used by the caller only
 * @selector: the selector; a new one starts a new sequence
 * @count: number of items
 *
 * Return: the number of selected items.
 */
static inline u32 nfl_selection_take(struct nfl_selection *selection, u32 selector, u32 count)
{
	u32 selected = 0;

	if (unlikely(selection->selector != selector)) {
		selection->selector = selector;
		selection->rest = 0;
		nfl_selection_next(selection);
	}
	while (count > selection->left) {
		count -= selection->left + 1;
		selected++;
		nfl_selection_next(selection);
	}
	selection->left -= count;
	return selected;
}

/**
 * nfl_selector_hash() - is a flow selected by its hash?
 * @selector: a selector of mode NFL_SELECT_HASH
 * @hash: the hash of the flow key
 *
 * The bucket of a flow is chosen by bits of the same hash. So it is mixed first, or the
 * selected flows would be in few buckets. Mixing is a permutation, so exactly one of N
 * hashes is still selected.
 */
static __always_inline bool nfl_selector_hash(u32 selector, u32 hash)
{
	return !((u64)(hash * 0x9e3779b1U) * nfl_selector_interval(selector) >> 32);
}

const char *nfl_selector_name(u32 selector);
int nfl_selector_parse(const char *text, u32 *selector);
int nfl_selector_print(u32 selector, char *text, size_t size);
u64 nfl_selector_probability(u32 selector);

#endif /* NFL_FLOW_SELECTOR_H */
