// SPDX-License-Identifier: GPL-2.0-only
/*
 * seeds SEEDS: measure how often pairs of keys share a bucket, relative to chance, for many
 * seeds of the hash and several finishes of its sum of products. See bench/seeds for the
 * build, and docs/performance.md for the results.
 *
 * Keys come in eight patterns. Each seed is tried with FEW keys. If the result after one of
 * the two mixing finishes is worse than chance explains, it is tried with MANY keys, and the
 * worst of these results is reported. Then seeds are tried that were chosen as bad: one of
 * their factors is a step by which the sums, or the product with the constant, are nearly
 * periodic.
 */
#include <math.h>

#include "../src/flow/hash.h"

#define FEW		4096
#define MANY		65536
#define LOAD		4	/* keys per bucket */

/* With FEW keys, chance has a standard deviation of 0.011: one in some thousands exceeds this. */
#define SUSPECT		1.04

/* From this value on a seed is bad. With MANY keys, chance has a standard deviation of 0.0028. */
#define BAD		1.1

#define GOLDEN		0x9e3779b97f4a7c15ULL	/* 2^64 / golden ratio, odd */

typedef void choose(struct nfl_key4 *key, u32 n);
typedef u32 finish(u64 sum);

static void addresses(struct nfl_key4 *key, u32 n)
{
	key->saddr = htonl(0x0a000000 + n);
}

static void ports(struct nfl_key4 *key, u32 n)
{
	key->ports.spi = htonl(n);
}

static void word(struct nfl_key4 *key, u32 n)
{
	key->saddr = (__force __be32)n;
}

static void upper_bits(struct nfl_key4 *key, u32 n)
{
	key->daddr = (__force __be32)(n << 16);
}

static void opposite(struct nfl_key4 *key, u32 n)
{
	key->saddr = (__force __be32)n;
	key->daddr = (__force __be32)(-n);
}

static void grid(struct nfl_key4 *key, u32 n)
{
	key->saddr = (__force __be32)(n % 64);
	key->daddr = (__force __be32)(n / 64);
}

static void few_bits(struct nfl_key4 *key, u32 n)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		((u32 *)key)[i % 4] |= (n >> i & 1) << (31 - i);
}

static void multiples(struct nfl_key4 *key, u32 n)
{
	key->ports.spi = (__force __be32)(n * 0x10001U);
}

static const struct {
	const char *name;
	choose *choose;
} patterns[] = {
	{ "addresses in turn", addresses },
	{ "ports in turn", ports },
	{ "a word in turn", word },
	{ "the upper bits of a word in turn", upper_bits },
	{ "two words in opposite steps", opposite },
	{ "two words, all pairs", grid },
	{ "bits spread over words", few_bits },
	{ "multiples of 2^16 + 1", multiples },
};

static u32 finish_none(u64 sum)
{
	return sum >> 32;
}

static u32 finish_constant(u64 sum)
{
	sum ^= sum >> 32;
	return sum * GOLDEN >> 32;
}

static u32 finish_module(u64 sum)
{
	return nfl_hash_finish(sum);
}

static const struct {
	const char *name;
	finish *finish;
} finishes[] = {
	{ "none", finish_none },
	{ "fold, times a constant", finish_constant },
	{ "fold, times itself: the module's", finish_module },
};

#define PATTERNS	ARRAY_SIZE(patterns)
#define FINISHES	ARRAY_SIZE(finishes)
#define CHOSEN		12

static struct nfl_key4 keys[PATTERNS][MANY] __aligned(8);

/* Results per pattern, and per family of chosen seeds. */
static struct result {
	double worst;
	unsigned long bad;
	unsigned long seeds;
} results[FINISHES][PATTERNS + CHOSEN];

static u64 random_state = 0x5eed;

/* SplitMix64: each run has the same numbers. */
static u64 random_next(void)
{
	u64 x = random_state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static void seed_new(struct nfl_hash_key *seed)
{
	unsigned int i;

	seed->offset = random_next();
	for (i = 0; i < NFL_HASH_WORDS; i++)
		seed->factor[i] = random_next();
}

/* Pairs that share a bucket or the bits of tags (the larger number), relative to chance. */
static __always_inline double meet_by(finish *finished, const u64 *sums, u32 count)
{
	const u32 buckets = count / LOAD;
	const double chance = (double)count * (count - 1) / 2 / buckets;
	static u16 low[MANY / LOAD], high[MANY / LOAD];
	u64 met_low = 0, met_high = 0;
	u32 n;

	memset(low, 0, buckets * sizeof(*low));
	memset(high, 0, buckets * sizeof(*high));
	for (n = 0; n < count; n++) {
		const u32 hash = finished(sums[n]);

		met_low += low[hash % buckets]++;
		met_high += high[(u64)hash * buckets >> 32]++;
	}
	return fmax(met_low, met_high) / chance;
}

static double meet(unsigned int which, const u64 *sums, u32 count)
{
	switch (which) {
	case 0:
		return meet_by(finish_none, sums, count);
	case 1:
		return meet_by(finish_constant, sums, count);
	default:
		return meet_by(finish_module, sums, count);
	}
}

static void sums_of(const struct nfl_hash_key *seed, unsigned int pattern, u64 *sums, u32 count)
{
	u32 n;

	for (n = 0; n < count; n++)
		sums[n] = nfl_hash_sum(seed, &keys[pattern][n], NFL_IPV4);
}

static void note(struct result *result, double met)
{
	result->worst = fmax(result->worst, met);
	result->bad += met >= BAD;
	result->seeds++;
}

/*
 * Try a seed. MANY keys are used if @always is set, or if a mixing finish looks worse than chance
 * with FEW keys.
 */
static void try(const struct nfl_hash_key *seed, unsigned int pattern, unsigned int place,
		bool always)
{
	static u64 sums[MANY];
	unsigned int which;
	double met[FINISHES];
	bool many = always;

	sums_of(seed, pattern, sums, FEW);
	for (which = 0; which < FINISHES && !always; which++) {
		met[which] = meet(which, sums, FEW);
		many |= which && met[which] >= SUSPECT;
	}
	if (many)
		sums_of(seed, pattern, sums, MANY);
	for (which = 0; which < FINISHES; which++)
		note(&results[which][place], many ? meet(which, sums, MANY) : 1);
}

/* The inverse of an odd number modulo 2^64. */
static u64 inverse(u64 odd)
{
	u64 x = odd;
	int i;

	for (i = 0; i < 6; i++)
		x *= 2 - odd * x;
	return x;
}

static void chosen(unsigned int family, u64 factor)
{
	const unsigned int pattern = 2;	/* one word is incremented */
	struct nfl_hash_key seed;

	/* with a shorter period keys have equal sums, which no finish can separate */
	if (!factor || __builtin_ctzll(factor) > 64 - 16)
		return;
	seed_new(&seed);
	((u64 *)seed.factor)[offsetof(struct nfl_key4, saddr) / sizeof(u32)] = factor;
	try(&seed, pattern, PATTERNS + family, true);
}

/* Steps by which a sum is nearly periodic. @back: the inverse of the constant */
static const char *const families[] = {
	"2^64 / k", "the same, odd", "2^32 / k, above 32 zeros", "k, above 32 zeros", "k",
	"k, twice", "2^64 / k * back", "2^32 / k, above 32 zeros, * back",
	"k, above 32 zeros, * back",
	"k * back", "2^32 / k * back, above 32 zeros", "2^32 / k, twice, * back",
};

static u64 factor_of(unsigned int family, u64 k)
{
	const u64 part = ~0ULL / k, back = inverse(GOLDEN);

	switch (family) {
	case 0:
		return part;
	case 1:
		return part | 1;
	case 2:
		return part & ~0ULL << 32;
	case 3:
		return k << 32;
	case 4:
		return k;
	case 5:
		return k | k << 32;
	case 6:
		return part * back;
	case 7:
		return (part & ~0ULL << 32) * back;
	case 8:
		return (k * back) << 32;
	case 9:
		return k * back;
	case 10:
		return (part >> 32) * back << 32;
	default:
		return ((part >> 32) | (part & ~0ULL << 32)) * back;
	}
}

int main(int argc, char **argv)
{
	const unsigned long seeds = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned int pattern, which;
	struct nfl_hash_key seed;
	unsigned long i;
	u32 n;

	if (!seeds) {
		fprintf(stderr, "usage: seeds SEEDS\n");
		return 2;
	}
	for (pattern = 0; pattern < PATTERNS; pattern++)
		for (n = 0; n < MANY; n++)
			patterns[pattern].choose(&keys[pattern][n], n);
	for (i = 0; i < seeds; i++) {
		seed_new(&seed);
		for (pattern = 0; pattern < PATTERNS; pattern++)
			try(&seed, pattern, pattern, false);
	}
	BUILD_BUG_ON(ARRAY_SIZE(families) != CHOSEN);
	for (pattern = 0; pattern < CHOSEN; pattern++)
		for (n = 1; n <= 1000; n++)
			chosen(pattern, factor_of(pattern, n));
	for (which = 0; which < FINISHES; which++) {
		printf("%s:\n", finishes[which].name);
		for (pattern = 0; pattern < PATTERNS + CHOSEN; pattern++) {
			const struct result *result = &results[which][pattern];

			printf("  %-34s %8lu seeds, worst %.3f, %lu of %.1f or more\n",
			       pattern < PATTERNS ? patterns[pattern].name :
						    families[pattern - PATTERNS],
			       result->seeds, result->worst, result->bad, BAD);
		}
	}
	return 0;
}
