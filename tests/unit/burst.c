// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bursts, against what they promise: a collector that reads only while nothing is sent to it
 * loses nothing with the receive buffer that sockets have, whatever the lengths of messages and
 * the times at which they are sent; and much that waits is sent at the highest rate.
 */
#include "../../src/transport/burst.h"

#include "tap.h"

#define BUFFER	212992	/* net.core.rmem_default */
#define US	1000ULL

/* What a message takes in a receive buffer: the slab for its data, and its skb. */
static u32 truesize(unsigned int length)
{
	u32 slab = 512;

	/* link layer, IP, UDP, and struct skb_shared_info */
	while (slab < length + 16 + 28 + 320)
		slab *= 2;
	return slab + 256;
}

/* Send at random times, if a message may be sent. The reader reads in pauses of @pause. */
static void reader_loses_nothing(unsigned int most_octets, u32 waiting, u64 pause, u32 *most)
{
	unsigned int length = most_octets;
	struct nfl_burst burst = { };
	u64 now = 1, last = 0;
	u32 fill = 0;
	int i;

	*most = 0;
	for (i = 0; i < 20000; i++) {
		now += random_below(200) ? random_below(3) * US : random_below(1500) * US;
		if (now - last >= pause)
			fill = 0;
		if (nfl_burst_rest(&burst, now))
			continue;
		fill += truesize(length);
		last = now;
		nfl_burst_add(&burst, length, now, waiting, 16384);
		*most = max(*most, fill);
		/* the last message of a few records, or templates, are shorter */
		length = random_below(8) ? most_octets : 20 + random_below(most_octets - 19);
	}
}

static void test_reader(void)
{
	static const unsigned int lengths[] = { 20, 84, 512, 1392, 1464, 4400, 8972, 20000, 65000 };
	static const struct {
		u32 waiting;
		u64 pause;
	} cases[] = {
		{ 0, 1000 * US }, { 500, 1000 * US }, { 2048, 500 * US }, { 16384, 250 * US },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (j = 0; j < ARRAY_SIZE(cases); j++) {
			u32 most;

			reader_loses_nothing(lengths[i], cases[j].waiting, cases[j].pause, &most);
			check(most <= BUFFER, "%u octets, %u blocks wait: %u at once", lengths[i],
			      cases[j].waiting, most);
			/* those of usual lengths use most of it */
			check(lengths[i] < 1024 || most > BUFFER / 2,
			      "%u octets, %u blocks wait: only %u at once", lengths[i],
			      cases[j].waiting, most);
		}
	}
	test("a collector that reads between bursts loses nothing");
}

/* Send whenever it is possible, for a second. Returns the number of messages. */
static unsigned int second(unsigned int length, u32 waiting, u32 most)
{
	struct nfl_burst burst = { };
	unsigned int sent = 0;
	u64 now = 1000000 * US;
	const u64 end = 2 * now;

	for (;;) {
		const u32 rest = nfl_burst_rest(&burst, now);

		check(rest <= 1000 * US, "a rest of %u", rest);
		now += rest;
		if (now >= end)
			return sent;
		nfl_burst_add(&burst, length, now, waiting, most);
		sent++;
	}
}

static void test_rate(void)
{
	/* a message takes no time here: these are bursts of 80 in each rest */
	check(second(1464, 0, 16384) == 80000, "nothing waits: %u", second(1464, 0, 16384));
	check(second(1464, 1024, 16384) == 80000, "1,024 wait: %u", second(1464, 1024, 16384));
	check(second(1464, 2048, 16384) == 160000, "2,048 wait: %u", second(1464, 2048, 16384));
	check(second(1464, 16384, 16384) == 320000, "all wait: %u", second(1464, 16384, 16384));
	check(second(1464, 16, 64) == 80000, "a quarter of a small log: %u", second(1464, 16, 64));
	check(second(1464, 64, 64) == 320000, "a small log: %u", second(1464, 64, 64));
	check(second(1464, 2, 2) == 160000, "the least log: %u", second(1464, 2, 2));
	test("bursts of 80, in each millisecond or more often");
}

static void test_whole(void)
{
	struct nfl_burst burst = { };
	int i;

	for (i = 0; i < 80; i++) {
		check(!nfl_burst_is_whole(&burst), "whole after %d", i);
		nfl_burst_add(&burst, 1464, 5000 * US, 0, 16384);
	}
	check(nfl_burst_is_whole(&burst), "not whole after 80");
	check(nfl_burst_rest(&burst, 5000 * US) == 1000 * US, "a rest of %u",
	      nfl_burst_rest(&burst, 5000 * US));
	check(nfl_burst_rest(&burst, 5999 * US) == US, "a rest of %u",
	      nfl_burst_rest(&burst, 5999 * US));
	check(!nfl_burst_rest(&burst, 6000 * US), "it does not end");
	test("80 messages are a whole burst");
}

int main(void)
{
	tap_begin();
	test_whole();
	test_reader();
	test_rate();
	return tap_end();
}
