// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hash flooding. Who knows the code, but not the seed, chooses the keys of flows so
 * that they meet in few buckets. What a lookup then costs is counted: cache lines of
 * the index, and entries that are compared or passed in a chain. For nearly all seeds it
 * is what keys at random cost; who knows the seed does better, which shows that the
 * measure finds what it is for.
 */
#include "../../src/meter/memory.c"
#include "../../src/meter/table.c"
#include "../../src/flow/hash.h"

#include "tap.h"

#define FLOWS		8192
#define SEEDS		200

/*
 * What a lookup may cost, and for how many seeds it may cost more. Keys at random cost
 * 2.0046 lines, with a deviation of 0.0016 over seeds, so that the mean stays far from its
 * bound. The worst lookup of a table passes 14 lines if a bucket has 21 of the flows,
 * where 4 are usual: of 2048 buckets one has with a probability of 4e-6 (Poisson). Seeds
 * that crowd keys in equal steps are rare (see hash.c): of 9,000 that were tried none was
 * bad. Were it one in 2,000, seven of 200 would be with a probability of 2.3e12 / 2000^7,
 * which is 1.8e-11, and in one of the nine tests with 1.6e-10. Without the mixing one in
 * ten to thirty is.
 */
#define MEAN_MOST	2.03
#define LOOKUP_MOST	13
#define SEEDS_BAD_MOST	6

static struct nfl_hash_key seed;

/* Key number @n of a set that somebody chose. */
typedef void choose(struct nfl_key4 *key, u32 n);

static void at_random(struct nfl_key4 *key, u32 n)
{
	u32 *word = (u32 *)key;
	unsigned int i;

	for (i = 0; i < sizeof(*key) / sizeof(u32); i++)
		word[i] = random_u64();
}

static void ports_in_turn(struct nfl_key4 *key, u32 n)
{
	key->ports.spi = htonl(n);
}

static void addresses_in_turn(struct nfl_key4 *key, u32 n)
{
	key->saddr = htonl(0x0a000000 + n);
}

/* The words' order in memory, so that products differ by one factor. */
static void little_steps(struct nfl_key4 *key, u32 n)
{
	key->saddr = (__force __be32)n;
}

static void large_steps(struct nfl_key4 *key, u32 n)
{
	key->daddr = (__force __be32)(n << 19);
}

/* Sums that are the same, were the factors the same. */
static void opposite_steps(struct nfl_key4 *key, u32 n)
{
	key->saddr = (__force __be32)n;
	key->daddr = (__force __be32)(-n);
}

static void grid(struct nfl_key4 *key, u32 n)
{
	key->saddr = (__force __be32)(n % 90);
	key->daddr = (__force __be32)(n / 90);
}

static void few_bits(struct nfl_key4 *key, u32 n)
{
	unsigned int i;

	/* each bit of the number sets a bit of another word */
	for (i = 0; i < 13; i++)
		((u32 *)key)[i % 4] |= (n >> i & 1) << (31 - i);
}

static void multiples(struct nfl_key4 *key, u32 n)
{
	/* steps by which a multiplication is often periodic */
	key->ports.spi = (__force __be32)(n * 0x10001U);
}

/* For that seed only: keys that meet in a few buckets, found by trying. */
static void with_the_seed(struct nfl_key4 *key, u32 n)
{
	static u32 next;

	do {
		key->saddr = (__force __be32)next++;
	} while (nfl_hash(&seed, key, NFL_IPV4) & 0x3f);
}

static const struct {
	const char *name;
	choose *choose;
} sets[] = {
	{ "keys at random", at_random },
	{ "addresses in turn", addresses_in_turn },
	{ "ports in turn", ports_in_turn },
	{ "a word in turn", little_steps },
	{ "the upper bits of a word in turn", large_steps },
	{ "two words in opposite steps", opposite_steps },
	{ "two words, all pairs", grid },
	{ "bits spread over words", few_bits },
	{ "multiples of 2^16 + 1", multiples },
};

struct cost {
	double mean;		/* of a lookup, in lines */
	unsigned int most;	/* of the worst lookup */
	unsigned int bad;	/* seeds for which it is more than it may be */
};

/* Fill a table, and look up each flow of it. */
static struct cost measure(choose *chosen)
{
	struct nfl_table table = { .family = NFL_IPV4, .buckets_min = 16 };
	static struct nfl_key4 keys[FLOWS] __aligned(8);
	struct cost cost = { };
	u64 lines = 0;
	u32 n;

	nfl_table_start(&table);
	for (n = 0; n < FLOWS; n++) {
		/* compared as bytes, eight at a time: an entry has its place for that */
		struct nfl_flow4 entry = { .key.protocol = IPPROTO_UDP };
		struct nfl_key4 *key = &entry.key;

		chosen(key, n);
		keys[n] = *key;
		nfl_table_insert(&table, nfl_hash(&seed, key, NFL_IPV4), key);
	}
	for (n = 0; n < FLOWS; n++) {
		struct nfl_flow4 entry = { .key = keys[n] };
		const u64 before = table.searched;
		unsigned int visited;

		if (!check(nfl_table_find(&table, nfl_hash(&seed, &entry.key, NFL_IPV4),
					  &entry.key), "flow %u", n))
			continue;
		/* the bucket, the flow, and what was looked at in vain */
		visited = 2 + table.searched - before;
		lines += visited;
		cost.most = max(cost.most, visited);
	}
	nfl_table_release(&table);
	cost.mean = (double)lines / FLOWS;
	return cost;
}

/* The mean over many seeds, and the worst of all. */
static struct cost measure_many(choose *chosen)
{
	struct cost all = { };
	unsigned int i;

	for (i = 0; i < SEEDS; i++) {
		struct cost one;

		nfl_hash_seed(&seed);
		one = measure(chosen);
		all.mean += one.mean / SEEDS;
		all.most = max(all.most, one.most);
		all.bad += one.mean > MEAN_MOST || one.most > LOOKUP_MOST;
	}
	return all;
}

int main(void)
{
	struct cost cost;
	unsigned int i;

	tap_begin();
	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		cost = measure_many(sets[i].choose);
		check(cost.bad <= SEEDS_BAD_MOST, "%u seeds: %.4f lines a lookup, %u at most",
		      cost.bad, cost.mean, cost.most);
		test("%s: %.4f cache lines per lookup, at most %u", sets[i].name, cost.mean,
		     cost.most);
	}
	nfl_hash_seed(&seed);
	cost = measure(with_the_seed);
	check(cost.mean > MEAN_MOST * 10, "%.4f lines a lookup", cost.mean);
	test("with the seed known: %.1f cache lines per lookup, at most %u", cost.mean, cost.most);
	return tap_end();
}
