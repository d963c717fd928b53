// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rates of flows, as netflow-top tells them: of flows that last, begin, end, and
 * above all begin anew after each record. And rows: sums, and the first of them.
 */
#define _GNU_SOURCE
#include <math.h>

#include "../../programs/hashtable.c"
#include "../../programs/flowtable.c"
#include "../../programs/view.c"

/* No file is read here. */
bool flowfile_open(struct flowfile *file, const char *directory)
{
	*file = (struct flowfile) { 0 };
	return false;
}

bool flowfile_next(struct flowfile *file, struct flow *flow)
{
	return false;
}

void flowfile_close(struct flowfile *file)
{
}

unsigned int flowfile_hz(const char *directory)
{
	return 250;
}

bool filter_takes(const struct filter *filter, const struct flow *flow)
{
	return true;
}

static int64_t now;

int64_t clock_now(void)
{
	return now;
}

#include "tap.h"

#define MS	1000000LL
#define JIFFY	4	/* ms */

static struct flowtable table;

/* A line of flow @number, of packets of 10 octets, whose counters began so many ms ago. */
static void line(unsigned int number, uint64_t packets, unsigned int age)
{
	struct flow flow = {
		.key = { .hash = number * 7, .source_port = number, .family = 2, .protocol = 17 },
		.packets = packets,
		.octets = packets * 10,
		.age = (age + JIFFY - 1) / JIFFY,
	};

	flowtable_add(&table, &flow, now - MS, now + MS);
}

static void begin(unsigned int ms)
{
	now += ms * MS;
	flowtable_begin(&table, now);
}

/* A look at these lines, so many ms after the last one. */
struct seen {
	unsigned int number;
	uint64_t packets;
	unsigned int age;
};

static void look_at(unsigned int ms, const struct seen *seen, size_t count)
{
	size_t i;

	begin(ms);
	for (i = 0; i < count; i++)
		line(seen[i].number, seen[i].packets, seen[i].age);
	flowtable_end(&table);
}

#define look(ms, ...)	look_at(ms, (const struct seen[]){ __VA_ARGS__ },	\
				sizeof((const struct seen[]){ __VA_ARGS__ }) / sizeof(struct seen))

/* Packets a second of flow @number; -1 if it is not there. */
static double rate(unsigned int number)
{
	uint32_t i;

	for (i = 0; i < table.records.count; i++) {
		const struct record *record = hashtable_at(&table.records, i);

		if (record->key.source_port == number) {
			check(fabs(record->rate.octets - record->rate.packets * 10) < .001,
			      "flow %u: octets", number);
			return record->rate.packets;
		}
	}
	return -1;
}

static void rate_is(unsigned int number, double wanted, const char *what)
{
	const double got = rate(number);

	check(fabs(got - wanted) <= wanted / 50, "%s: %g, not %g", what, got, wanted);
}

static void start(void)
{
	flowtable_init(&table, "");
	now = 1000000 * MS;
}

static void test_plain(void)
{
	start();
	look(0, { 1, 1000, 5000 }, { 2, 50, 100 }, { 3, 7, 100 });
	check(table.seconds == 0 && rate(1) == 200, "one read knows means only");
	look(2000, { 1, 1200, 7000 }, { 2, 50, 2100 }, { 4, 30, 1000 });
	rate_is(1, 100, "a flow that lasts");
	rate_is(2, 0, "an idle one");
	rate_is(4, 15, "a new one");
	check(rate(3) == -1, "an ended one is still there");
	check(table.seconds == 2, "%g seconds", table.seconds);
	look(1000, { 1, 1200, 8000 }, { 3, 9, 500 });
	rate_is(1, 0, "now idle");
	rate_is(3, 9, "one that comes again counts from zero");
	flowtable_free(&table);
	test("rates are differences");
}

/* A flow of 100 packets a second, whose counters begin anew each 15.1 s, seen each 2 s. */
static void test_records(void)
{
	unsigned int t, at = 0;

	start();
	for (t = 0; t < 300000; t += 2000) {
		/* began anew at the last multiple of 15.1 s */
		const unsigned int age = t % 15100;

		begin(2000);
		line(1, age / 10 + 1, age);
		flowtable_end(&table);
		if (t)
			check(fabs(rate(1) - 100) < 3, "at %u ms: %g", t, rate(1));
		at++;
	}
	check(at == 150, "looks");
	flowtable_free(&table);
	test("the rate of a flow continues after its records");
}

/* The counters have begun anew and are larger than they were: its age tells. */
static void test_larger(void)
{
	start();
	look(0, { 1, 10, 14000 }, { 2, 10, 14000 });
	look(2000, { 1, 500, 500 }, { 2, 500, 16000 });
	rate_is(1, 250, "all of a new flow's packets");
	rate_is(2, 245, "what an old one gained");
	flowtable_free(&table);
	test("counters that started again are detected by the age of the flow");
}

/* Parts on two CPUs, which merge into one; lines that no read of which was near. */
static void test_parts(void)
{
	start();
	look(0, { 1, 1000, 9000 }, { 1, 500, 4000 });
	check(table.records.count == 1, "%u records", table.records.count);
	look(1000, { 1, 1100, 10000 }, { 1, 500, 5000 });
	rate_is(1, 100, "two parts");
	look(1000, { 1, 1650, 11000 });
	rate_is(1, 50, "a part has gone into the other");
	look(1000, { 2, 1000, 50000 });
	rate_is(2, 0, "an old flow that was not seen before has no rate");
	flowtable_free(&table);
	test("parts of a flow are one flow");
}

static void test_odd(void)
{
	struct flow flow = {
		.packets = UINT64_MAX,
		.octets = 1,
		.age = UINT64_MAX,
		.idle = UINT64_MAX,
	};
	unsigned int i;

	start();
	for (i = 0; i < 5; i++) {
		begin(i);
		flowtable_add(&table, &flow, now, now);
		flow.packets++;
		flowtable_end(&table);
		check(table.records.count == 1, "one flow");
	}
	flowtable_forget(&table);
	check(!table.records.count, "forgotten");
	flowtable_free(&table);
	test("minimum and maximum numbers");
}

/* Packets a second of the flow of this number. */
static unsigned int speed(unsigned int number)
{
	return number % 100 + 1;
}

/* Many flows that come and go, and rows of them, against sums made here. */
static void test_many(void)
{
	static unsigned int life[5000];
	unsigned int round, i, live;
	struct view view;
	uint64_t packets;

	start();
	view_init(&view, BY_PORT, SORT_PACKETS);
	for (round = 0; round < 40; round++) {
		begin(1000);
		live = 0;
		packets = 0;
		for (i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
			life[i] = random_below(3) ? life[i] + 1 : 0;
			if (!life[i])
				continue;
			live++;
			packets += life[i] * speed(i);
			line(i + 1, life[i] * speed(i), life[i] * 1000 - 500);
		}
		flowtable_end(&table);
		view_build(&view, &table);
		check(table.records.count == live && view.total.flows == live &&
		      view.total.now.packets == packets, "round %u: sums", round);
		for (i = 0; round && i < table.records.count; i++) {
			const struct record *record = hashtable_at(&table.records, i);

			check(fabs(record->rate.packets - speed(record->key.source_port - 1)) < .01,
			      "flow %u: %g", record->key.source_port, record->rate.packets);
		}
		view_select(&view, random_below(300));
		for (i = 1; i < view.top_count; i++)
			check(view.top[i - 1].now.packets >= view.top[i].now.packets, "order");
		if (view.top_count) {
			/* nothing that was left out is larger */
			uint64_t least = view.top[view.top_count - 1].now.packets;
			unsigned int larger = 0;

			for (i = 0; i < view.rows.count; i++) {
				const struct row *row = hashtable_at(&view.rows, i);

				larger += row->now.packets > least;
			}
			check(larger < view.top_count, "%u rows are larger", larger);
		}
	}
	view_free(&view);
	flowtable_free(&table);
	test("thousands of flows that start and end, and the first of their rows");
}

int main(void)
{
	tap_begin();
	test_plain();
	test_records();
	test_larger();
	test_parts();
	test_odd();
	test_many();
	return tap_end();
}
