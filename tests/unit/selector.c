// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selectors: the grammar of the setting "sampler", and the arithmetic of selection.
 * How many are selected is exact where the mode is systematic, or one of each N;
 * what is left to chance lies within seven times the deviation of a binomial.
 *
 * That is passed with a probability of 3e-12 where the binomial is nearly normal, and of
 * 7e-12 by the one that has 1000 of a million. Ten places and the five intervals
 * of hashes at random make 6e-11 for a run; the other hashes are the same in each.
 */
#include <math.h>

#include "../../src/flow/selector.c"

#include "tap.h"

#define DEVIATIONS	7

static const struct {
	const char *text;
	const char *shown;
} good[] = {
	{ "", "" }, { "0", "" }, { "n", "" }, { "no", "" }, { "none", "" }, { "NONE", "" },
	{ "o", "" }, { "of", "" }, { "off", "" },
	{ "d:2", "deterministic:2" }, { "D:10", "deterministic:10" },
	{ "determ:16383", "deterministic:16383" }, { "deterministic:0100", "deterministic:100" },
	{ "r:7", "random:7" }, { "Random:16383", "random:16383" },
	{ "h:3", "hash:3" }, { "hash:99", "hash:99" },
	{ "p:4", "packets:4" }, { "packets:4", "packets:4" },
	/* what ipt-netflow took by the first letter; one of each 1 is all */
	{ "offf", "" }, { "nonsense", "" }, { "d:1", "" }, { "random:001", "" },
	{ "rnd:5", "random:5" }, { "dd:5", "deterministic:5" }, { "Hashes:5", "hash:5" },
	{ "r-:5", "random:5" }, { "d\xc3\xa4 :5", "deterministic:5" },
	{ "packets-:4", "packets-random:4" }, { "packets-random:1000", "packets-random:1000" },
};

static const char *const bad[] = {
	"1", "00", "x", "d", "random", "hash", "packets", "none:", "0:5",
	"none:5", "off:2", ":", ":5", "d:", "d:0", "d:16384", "d:65538", "d:4294967298",
	"d:-5", "d:+5", "d: 5", "d:5 ", "d:5x", "d:0x10", "d:5:6", "d:5,r:6", " d:5",
	"packet-random:5", "packetsr:5", "packets-randomly:5", "q:5", "p:1x", "d:\xd9\xa1",
};

static void test_texts(void)
{
	char shown[64], again[64];
	unsigned int i;
	u32 selector;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		selector = 77;
		check(!nfl_selector_parse(good[i].text, &selector), "\"%s\" is refused",
		      good[i].text);
		nfl_selector_print(selector, shown, sizeof(shown));
		check(!strcmp(shown, good[i].shown), "\"%s\" is \"%s\"", good[i].text, shown);
		check(!nfl_selector_parse(shown, &selector), "\"%s\" is refused", shown);
		nfl_selector_print(selector, again, sizeof(again));
		check(!strcmp(shown, again), "\"%s\" becomes \"%s\"", shown, again);
	}
	test("valid texts");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		selector = 77;
		check(nfl_selector_parse(bad[i], &selector) == -EINVAL && selector == 77,
		      "\"%s\" is taken", bad[i]);
	}
	test("invalid texts are rejected, and change nothing");
}

/* What a selector picks of @total, which come by in pieces of up to @piece. */
static u64 picked(u32 selector, u64 total, u32 piece)
{
	struct nfl_selection selection = { };
	u64 selected = 0;

	while (total) {
		u32 count = 1 + random_below(piece);

		count = count < total ? count : total;
		total -= count;
		selected += nfl_selection_take(&selection, selector, count);
	}
	return selected;
}

static void test_counts(void)
{
	static const u32 intervals[] = { 2, 3, 7, 10, 100, 1000, 16383 };
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(intervals); i++) {
		const u32 n = intervals[i];
		const u32 systematic = nfl_selector(NFL_SELECT_PACKETS, n);
		const u32 random = nfl_selector(NFL_SELECT_PACKETS_RANDOM, n);

		for (round = 0; round < 200; round++) {
			const u64 total = random_below(100000);
			const u32 piece = 1 + random_below(2 * n);
			u64 got;

			got = picked(systematic, total, piece);
			check(got == (total + n - 1) / n, "systematic, %u: %llu of %llu", n,
			      (unsigned long long)got, (unsigned long long)total);
			got = picked(random, total, piece);
			check(got == total / n || (total % n && got == total / n + 1),
			      "random, %u: %llu of %llu", n, (unsigned long long)got,
			      (unsigned long long)total);
		}
	}
	test("one of each N, in pieces of any size");
}

/* Each place of the N is as likely as any other, and each piece of N has one. */
static void test_places(void)
{
	const u32 n = 10, rounds = 200000;
	const double deviation = sqrt(rounds * (1.0 / n) * (1 - 1.0 / n));
	struct nfl_selection selection = { };
	u32 place[10] = { }, i, round;

	for (round = 0; round < rounds; round++) {
		u32 selected = 0;

		for (i = 0; i < n; i++) {
			if (nfl_selection_take(&selection,
					       nfl_selector(NFL_SELECT_FLOWS_RANDOM, n), 1)) {
				place[i]++;
				selected++;
			}
		}
		check(selected == 1, "%u of round %u", selected, round);
	}
	for (i = 0; i < n; i++)
		check(fabs(place[i] - (double)rounds / n) < DEVIATIONS * deviation,
		      "place %u: %u", i, place[i]);
	test("random: each place has the same probability");
	for (round = 0; round < 1000; round++)
		check(nfl_selection_take(&selection, nfl_selector(NFL_SELECT_FLOWS, 5), 1) ==
		      !(round % 5), "round %u", round);
	test("a new selector starts with the first one");
}

/* Hashes that count up, and such as share the bits that a table's place comes from. */
static void test_hash(void)
{
	static const u32 intervals[] = { 2, 3, 10, 100, 1000 };
	const u32 total = 1000000;
	unsigned int i, shape;

	for (i = 0; i < ARRAY_SIZE(intervals); i++) {
		const u32 n = intervals[i], selector = nfl_selector(NFL_SELECT_HASH, n);
		const double deviation = sqrt(total * (1.0 / n) * (1 - 1.0 / n));

		for (shape = 0; shape < 3; shape++) {
			u32 selected = 0, hash;

			for (hash = 0; hash < total; hash++)
				selected += nfl_selector_hash(selector,
							      shape == 0 ? (u32)random_u64() :
							      shape == 1 ? hash << 12 | hash >> 20 :
									   hash);
			check(fabs(selected - (double)total / n) < DEVIATIONS * deviation,
			      "shape %u, one of %u: %u", shape, n, selected);
		}
	}
	test("one of N hashes");
}

static void test_probability(void)
{
	u32 n;

	for (n = NFL_SELECT_LEAST; n <= NFL_SELECT_MOST; n++) {
		const u64 bits = nfl_selector_probability(nfl_selector(NFL_SELECT_HASH, n));
		double value;

		memcpy(&value, &bits, sizeof(value));
		check(value == 1.0 / n, "1/%u is %.17g", n, value);
	}
	test("1/N in floating point, for all N, to the last bit");
}

int main(void)
{
	tap_begin();
	test_texts();
	test_counts();
	test_places();
	test_hash();
	test_probability();
	return tap_end();
}
