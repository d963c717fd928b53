// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pacing, against what it promises: in a period each thing is done once, none of
 * them close together, whatever their number; a round in a hurry takes no longer than
 * it must; things that come and go in between disturb no other.
 */
#include "../../src/base/pace.h"

#include "tap.h"

#define MOST	20000

static unsigned int done[MOST];

/* Time goes on to where something is due. Few jiffies at a time, as others wake the exporter. */
static unsigned long wait_due(struct nfl_pace *pace, unsigned long now, unsigned int count)
{
	while (!nfl_pace_due(pace, now, count)) {
		const unsigned long delay = nfl_pace_delay(pace, now, count, false);

		check(delay >= 1 && delay <= NFL_PACE_PERIOD, "a delay of %lu", delay);
		now += 1 + random_below(delay);
	}
	return now;
}

/* A round, begun by the caller or now due. Returns when it ended. */
static unsigned long round_go(struct nfl_pace *pace, unsigned long *now, unsigned int count,
			      unsigned long spacing)
{
	unsigned long before = *now - spacing;
	unsigned int at = 0, i;

	do {
		*now = wait_due(pace, *now, count);
		check(!at || *now - before + 2 >= spacing, "%u of %u: %lu after the batch before",
		      at, count, *now - before);
		before = *now;
		for (i = 0; i < NFL_PACE_BATCH && at < count; i++)
			done[at++]++;
		nfl_pace_did(pace, *now, NFL_PACE_BATCH, at == count);
	} while (at < count);
	return *now;
}

static void all_done(unsigned int count, unsigned int times)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		check(done[i] == times, "%u of %u was done %u times, not %u", i, count, done[i],
		      times);
	memset(done, 0, sizeof(done));
}

static const unsigned int counts[] = { 0, 1, 2, 15, 16, 17, 32, 100, 1000, 4999, 5000, MOST };

static void test_rounds(void)
{
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		const unsigned int count = counts[i];
		unsigned long now = random_u64(), begin = now;
		struct nfl_pace pace = { .next = now };

		nfl_pace_begin(&pace, now, false);
		for (round = 1; round <= 3; round++) {
			round_go(&pace, &now, count, 0);
			begin += NFL_PACE_PERIOD;
			check(pace.begin == begin, "%u: the next begins %ld late", count,
			      (long)(pace.begin - begin));
			check(now - begin < NFL_PACE_PERIOD / 10, "%u: it ended %ld late", count,
			      (long)(now - begin));
			all_done(count, 1);
		}
	}
	test("each once per period");
}

/* The exporter wakes exactly when it asked for it. */
static void test_spread(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		const unsigned int batches = DIV_ROUND_UP(counts[i], NFL_PACE_BATCH) ?: 1;
		unsigned long now = random_u64(), before = now;
		struct nfl_pace pace = { .next = now };
		unsigned int batch;

		nfl_pace_begin(&pace, now, false);
		for (batch = 1; batch <= batches; batch++) {
			now += nfl_pace_delay(&pace, now, counts[i], false);
			check(nfl_pace_due(&pace, now, counts[i]), "%u: batch %u is due", counts[i],
			      batch);
			check(now - before >= NFL_PACE_PERIOD / batches &&
			      now - before <= NFL_PACE_PERIOD / batches + 1,
			      "%u: batch %u is %lu after the one before", counts[i], batch,
			      now - before);
			check(nfl_pace_delay(&pace, now - 1, counts[i], false) == 1,
			      "%u: batch %u is not due before", counts[i], batch);
			before = now;
			nfl_pace_did(&pace, now, NFL_PACE_BATCH, batch == batches);
		}
		check(pace.begin == now, "%u: it ended in time", counts[i]);
	}
	test("spread evenly over the period");
}

static void test_hurry(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		const unsigned int count = counts[i];
		const unsigned int batches = DIV_ROUND_UP(count, NFL_PACE_BATCH) ?: 1;
		unsigned long now = random_u64(), begin = now;
		struct nfl_pace pace = { .next = now };

		nfl_pace_begin(&pace, now, true);
		round_go(&pace, &now, count, NFL_PACE_DELAY);
		check(now - begin >= (batches - 1) * NFL_PACE_DELAY, "%u took only %lu", count,
		      now - begin);
		check(now - begin <= 2 * batches * NFL_PACE_DELAY, "%u took %lu", count,
		      now - begin);
		all_done(count, 1);
		check(!pace.hurry && pace.begin == now, "the next is spread and begins now");
		begin = now;
		now = wait_due(&pace, now, count);
		check(now - begin >= NFL_PACE_PERIOD / batches, "%u: its first comes %lu after",
		      count, now - begin);
	}
	test("a fast round has the maximum rate, and not more");
}

static void test_changes(void)
{
	unsigned int round, at, count = 3000;
	unsigned long now = random_u64(), begin = now;
	struct nfl_pace pace = { .next = now };

	nfl_pace_begin(&pace, now, false);
	for (round = 0; round < 20; round++) {
		for (at = 0; at < count;) {
			now = wait_due(&pace, now, count);
			/* some come, some go, at the end of the walk, but few at a time of all */
			count = clamp_t(unsigned int, count + random_below(200) - 100, 1000, 5000);
			count = max(at + 1, count);
			at = min(at + NFL_PACE_BATCH, count);
			nfl_pace_did(&pace, now, NFL_PACE_BATCH, at == count);
			/* things out of turn in between */
			if (!random_below(3))
				nfl_pace_did(&pace, now, 0, false);
			if (random_below(2))
				check(nfl_pace_delay(&pace, now, count, true) == NFL_PACE_DELAY,
				      "what is urgent waits no longer");
		}
		begin += NFL_PACE_PERIOD;
		check(pace.begin == begin, "round %u moved", round);
		check((long)(now - begin) < 20 * HZ, "round %u ended %ld late", round,
		      (long)(now - begin));
	}
	/* the machine slept */
	now += 5 * NFL_PACE_PERIOD;
	nfl_pace_did(&pace, now, 0, true);
	check(pace.begin == now, "what was missed is not made up for");
	test("a round ends in time while items are added and removed");
}

int main(void)
{
	tap_begin();
	test_rounds();
	test_spread();
	test_hurry();
	test_changes();
	return tap_end();
}
