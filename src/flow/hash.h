/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hash of a flow key.
 *
 * Multilinear hashing: the 32-bit words of the key are multiplied by random 64-bit
 * numbers, and the products are added up modulo 2^64. For any two keys that are chosen
 * without knowledge of the random numbers, the probability that the upper 32 bits of the
 * sums are equal is 2^-32, and that of the same one of 2^n buckets is 2^-n (it is strongly
 * universal: Carter and Wegman 1979, Dietzfelbinger 1996). Six independent multiplications
 * take a third of the time of siphash-1-3.
 *
 * This is a guarantee for pairs only. The sums of many keys in equal steps have equal steps,
 * too. For one seed in some hundreds these fall into few buckets, and an attacker could
 * search for such steps. So the sum is finished by a function that is not linear: a fold and
 * a product with itself. A fold and a product with a constant left some seeds with this
 * problem. See tests/unit/attack.c, and docs/performance.md for measurements with a million
 * seeds.
 */
#ifndef NFL_FLOW_HASH_H
#define NFL_FLOW_HASH_H

#include <linux/random.h>

#include "flow/flow.h"

#define NFL_KEY_WORDS	(sizeof(struct nfl_key6) / sizeof(u32))
#define NFL_LINK_WORDS	(sizeof(struct nfl_link) / sizeof(u32))
#define NFL_HASH_WORDS	(NFL_KEY_WORDS + NFL_LINK_WORDS)

struct nfl_hash_key {
	u64 offset;
	u64 factor[NFL_HASH_WORDS];
	u64 oif_factor;
};

static inline void nfl_hash_seed(struct nfl_hash_key *key)
{
	get_random_bytes(key, sizeof(*key));
}

/* Unrolled, as compilers do not unroll a loop of five. */
static __always_inline u64 nfl_hash_five(const u64 *factor, const u32 *word)
{
	return factor[0] * word[0] + factor[1] * word[1] + factor[2] * word[2] +
	       factor[3] * word[3] + factor[4] * word[4];
}

/* The sum of products, which is linear. */
static __always_inline u64 nfl_hash_sum(const struct nfl_hash_key *key, const void *words,
					enum nfl_family family)
{
	const u32 *word = words;
	u64 sum = key->offset + nfl_hash_five(key->factor, word);
	unsigned int i;

	sum += key->oif_factor * nfl_key_oif(words);
	if (!nfl_family_is_ipv4(family))
		sum += nfl_hash_five(key->factor + 5, word + 5) + key->factor[10] * word[10];
	if (nfl_family_is_wide(family)) {
		const struct nfl_link *link = &nfl_key_wide(words, family)->link;

		word = (const u32 *)link;
		for (i = 0; link->extras && i < NFL_LINK_WORDS; i++)
			sum += key->factor[NFL_KEY_WORDS + i] * word[i];
	}
	return sum;
}

/* The last step, which is not linear; x * (2 * x + 1) is one to one modulo 2^64. */
static __always_inline u32 nfl_hash_finish(u64 sum)
{
	sum ^= sum >> 32;
	return sum * (2 * sum + 1) >> 32;
}

static __always_inline u32 nfl_hash(const struct nfl_hash_key *key, const void *words,
				    enum nfl_family family)
{
	return nfl_hash_finish(nfl_hash_sum(key, words, family));
}

static_assert(sizeof(struct nfl_key4) == 5 * sizeof(u32));
static_assert(sizeof(struct nfl_key6) == 11 * sizeof(u32));

#endif /* NFL_FLOW_HASH_H */
