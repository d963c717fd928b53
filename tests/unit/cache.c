// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flows of CPUs as caches of bounded size: what each of 64 CPUs gets of maxflows when it
 * is used up, and that a new flow always finds the place of another.
 *
 * With maxflows of 20,000 a grant is 20,000 / (16 * 64) = 19 flows. 64 of the 20,000 are the
 * CPUs' that they are never without; the others share 19,936, and 2,500 may be granted beyond.
 */
#define SHIM_CPUS	64

#include <string.h>

#include "../../src/base/alloc.h"

static bool batch_asks;

/* Whose request for a page it is. */
static void *piece_for(const char *file, gfp_t flags)
{
	void *piece;

	batch_asks = strstr(file, "batch.c");
	piece = nfl_piece_alloc(flags);
	batch_asks = false;
	return piece;
}

#define nfl_piece_alloc(flags)	piece_for(__FILE__, flags)

#include "cpus.h"

#define MAX		20000
#define SHARE_OF(n)	(1 + (MAX - SHIM_CPUS) / (n))
#define BEYOND		(MAX / 8)
#define GRANT		(MAX / 16 / SHIM_CPUS)

static unsigned int records[200000];	/* of a flow, by its number */
static u64 packets[200000];		/* in these */
static bool refusing;

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	return 0;
}

/* The pages that tables ask for. */
static bool refuse(size_t size)
{
	return refusing && shim_pages && !batch_asks;
}

/* The exporter: what has left the tables. */
static void drain(void)
{
	static struct nfl_round round;
	static struct llist_node *carried;
	unsigned int b, i;

	while (round_take(&round, &carried)) {
		for (b = 0; b < round.count; b++) {
			struct nfl_batch *batch = round.batch[b];

			for (i = 0; i < batch->count; i++) {
				const struct nfl_flow *flow = nfl_batch_flow(batch, i);

				records[number_of(batch->family, flow)]++;
				packets[number_of(batch->family, flow)] += flow->packets;
			}
			nfl_batch_free(&queue, batch);
		}
	}
}

static void meter(unsigned int number, enum nfl_family family, u32 from, u32 count)
{
	struct metered metered = { .family = family, .packets = 1, .octets = 100 };

	shim_cpu = number;
	for (metered.number = from; metered.number < from + count; metered.number++) {
		meter_packet(&metered);
		if (metered.number % 1000 == 0)
			drain();
	}
	nfl_rings_work_off(&percpu[number]);
	drain();
}

/* A CPU's timer, and the work item that goes on with it. */
static void tick(unsigned int number)
{
	shim_cpu = number;
	while (cpu_tick(&percpu[number]))
		drain();
	drain();
}

static u64 evicted(unsigned int number)
{
	return percpu[number].stats.counter[NFL_EVICTED_FLOWS].v;
}

static void is(unsigned int number, u32 live, u32 granted, u64 gone, const char *when)
{
	const struct nfl_cpu *cpu = &percpu[number];

	check(nfl_cpu_live(cpu) == live && cpu->flows_granted == granted && evicted(number) == gone,
	      "%s: CPU %u has %u flows, %u granted, %llu evicted; not %u, %u, %llu", when, number,
	      nfl_cpu_live(cpu), cpu->flows_granted, evicted(number), live, granted, gone);
	check(!cpu->stats.counter[NFL_LOST_PACKETS].v && !cpu->stats.counter[NFL_DROPPED_PACKETS].v,
	      "%s: CPU %u has lost packets", when, number);
}

static void are_free(long free, int sharers, const char *when)
{
	check(flows.flows_free.value == free, "%s: %ld are free, not %ld", when,
	      flows.flows_free.value, free);
	check(atomic_read(&flows.sharers) == sharers, "%s: %d CPUs take part, not %d", when,
	      atomic_read(&flows.sharers), sharers);
}

static void begin(void)
{
	memset(records, 0, sizeof(records));
	memset(packets, 0, sizeof(packets));
	flows_start(MAX);
	shim_boot_ms += 1000;
}

static void end(void)
{
	int number;

	for_each_possible_cpu(number) {
		shim_cpu = number;
		while (nfl_expire_flush(&percpu[number]))
			drain();
	}
	drain();
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
}

/* One CPU fills the table, then rests; another gets 1,000 flows of 100 packets. */
static void test_share(void)
{
	u32 n, whole = 0;

	begin();
	meter(0, NFL_IPV4, 1, 30000);
	is(0, SHARE_OF(1), SHARE_OF(1), 30000 - SHARE_OF(1), "alone");
	are_free(0, 1, "alone");
	for (n = 0; n < 100; n++)
		meter(1, NFL_IPV4, 100000, 1000);
	/* 53 grants: the 1,008 are the first to hold 1,000 */
	is(1, 1000, 1 + 53 * GRANT, 0, "1,000 flows");
	are_free(-53 * GRANT, 2, "1,000 flows");
	tick(0);
	is(0, SHARE_OF(1) - 53 * GRANT, SHARE_OF(1) - 53 * GRANT,
	   30000 - SHARE_OF(1) + 53 * GRANT, "after its tick");
	tick(1);
	is(1, 1000, 1 + 53 * GRANT, 0, "after both ticks");
	are_free(0, 2, "after both ticks");
	end();
	for (n = 100000; n < 101000; n++)
		whole += records[n] == 1 && packets[n] == 100;
	check(whole == 1000, "%u flows in one record", whole);
	test("a CPU below its share gets flows although maxflows is used up");
}

/* Nothing is given back meanwhile: the bound. Then there are ticks: the shares. */
static void test_bound(void)
{
	const u32 beyond = BEYOND / GRANT * GRANT;
	unsigned int round;

	begin();
	meter(0, NFL_IPV4, 1, 30000);
	meter(1, NFL_IPV4, 40000, 30000);
	is(1, 1 + beyond, 1 + beyond, 30000 - 1 - beyond, "the other rests");
	are_free(-(long)beyond, 2, "the other rests");
	shim_boot_ms += 100;
	meter(1, NFL_IPV4, 70000, 30000);
	is(1, 1 + beyond, 1 + beyond, 60000 - 1 - beyond, "in the next jiffy");
	for (round = 0; round < 4; round++) {
		shim_boot_ms += 100;
		tick(0);
		tick(1);
		meter(1, NFL_IPV4, 40000, 30000);
	}
	tick(0);
	tick(1);
	check(percpu[0].flows_granted == SHARE_OF(2) && percpu[1].flows_granted == SHARE_OF(2),
	      "granted: %u, %u", percpu[0].flows_granted, percpu[1].flows_granted);
	are_free(0, 2, "shared");
	/* both in a flood: neither takes from the other */
	for (round = 0; round < 4; round++) {
		shim_boot_ms += 100;
		meter(0, NFL_IPV4, 1, 30000);
		meter(1, NFL_IPV4, 40000, 30000);
		are_free(0, 2, "in a flood");
		tick(0);
		tick(1);
	}
	is(0, SHARE_OF(2), SHARE_OF(2), evicted(0), "in a flood");
	is(1, SHARE_OF(2), SHARE_OF(2), evicted(1), "in a flood");

	/* less for all: 1 + (1,000 - 64) / 2 each */
	set_maxflows(1000);
	tick(0);
	tick(1);
	is(0, 469, 469, evicted(0), "maxflows is less");
	is(1, 469, 469, evicted(1), "maxflows is less");
	are_free(0, 2, "maxflows is less");

	/* one has none any more: the other gets all but what the rest are never without */
	set_timeouts(1800, 1);
	shim_boot_ms += 1500;
	tick(0);
	is(0, 0, NFL_FLOWS_LEAST, evicted(0), "no flows");
	are_free(468, 1, "no flows");
	meter(1, NFL_IPV4, 40000, 30000);
	is(1, 937, 937, evicted(1), "alone again");
	are_free(0, 1, "alone again");
	end();
	test("each CPU reaches its share, within a bound beyond maxflows, and keeps it");
}

/* One has all, then all 64 want more than there is. */
static void test_all(void)
{
	unsigned int round;
	u32 granted = 0;
	int number;

	begin();
	meter(0, NFL_IPV4, 1, 30000);
	for (round = 0; round < 20; round++) {
		shim_boot_ms += 100;
		for_each_possible_cpu(number)
			meter(number, NFL_IPV4, 40000 + number * 1000, 1000);
		check(-flows.flows_free.value <= BEYOND, "%ld are free", flows.flows_free.value);
		for_each_possible_cpu(number)
			tick(number);
	}
	/* what the division leaves is somewhere */
	for_each_possible_cpu(number) {
		granted += percpu[number].flows_granted;
		check(percpu[number].flows_granted >= SHARE_OF(64), "CPU %d: %u granted", number,
		      percpu[number].flows_granted);
		is(number, percpu[number].flows_granted, percpu[number].flows_granted,
		   evicted(number), "all");
	}
	check(granted == MAX, "%u are granted", granted);
	are_free(0, 64, "all");
	end();
	test("64 CPUs get a 64th each");
}

/* Flows that a table's chunks have places for. */
static u32 room(const struct nfl_table *table)
{
	u32 n, places = 0;

	for (n = 0; n < table->chunks_count; n++)
		places += table->chunks[n].entries_max - nfl_chunk_first(table->family);
	return places;
}

/*
 * Memory is refused once each family has some: its flows make place for each other, and no
 * packet is lost. What is evicted needs memory for a batch, which there is. The first chunk
 * is a page; the 5,000 flows of IPv4 have larger ones too.
 */
static void test_memory(void)
{
	int family;

	begin();
	set_maxflows(0);
	shim_alloc_fails = refuse;
	meter(0, NFL_IPV4, 1, 5000);
	meter(0, NFL_IPV6, 1, 1);
	check(percpu[0].tables[NFL_IPV4].chunks[0].entries_max < 100 &&
	      room(&percpu[0].tables[NFL_IPV4]) >= 5000, "room for %u flows",
	      room(&percpu[0].tables[NFL_IPV4]));
	check(room(&percpu[0].tables[NFL_IPV6]) ==
	      NFL_PIECE_SIZE / sizeof(struct nfl_flow6) - nfl_chunk_first(NFL_IPV6),
	      "room for %u flows", room(&percpu[0].tables[NFL_IPV6]));
	for (family = NFL_IPV4; family <= NFL_IPV6; family++) {
		const struct nfl_table *table = &percpu[0].tables[family];
		const u32 full = room(table);

		refusing = true;
		meter(0, family, 10000, 20000);
		check(table->live == full && room(table) == full,
		      "family %d: %u flows, room for %u, %u before", family, table->live,
		      room(table), full);
		refusing = false;
	}
	is(0, nfl_cpu_live(&percpu[0]), percpu[0].flows_granted, 40000 + 5001 -
	   nfl_cpu_live(&percpu[0]), "refused");
	cpu_feed(&percpu[0]);
	check(!nfl_table_starved(&percpu[0].tables[NFL_IPV4]), "it was fed");
	shim_alloc_fails = NULL;
	end();
	test("without memory, a new flow evicts one of its family");
}

/*
 * Of 100 chunks the last one has a flow. It is found, for a new one to take its place; and
 * the same in the first table when it is another that has a new flow.
 */
static void test_first(void)
{
	const u64_stats_t *lost = &percpu[0].stats.counter[NFL_NO_MEMORY];
	u64 kept = 0;
	u32 i;

	begin();
	shim_alloc_fails = refuse;
	meter(0, NFL_IPV4, 1, 5000);
	refusing = true;
	meter(0, NFL_IPV6, 10000, 1000);
	check(!lost->v, "%llu packets are lost", (u64)lost->v);
	nfl_handover_publish(&percpu[0]);
	drain();
	for (i = 10000; i < 11000; i++)
		kept += packets[i];
	check(percpu[0].tables[NFL_IPV6].live && kept + percpu[0].tables[NFL_IPV6].live == 1000,
	      "%llu packets in records, %u in the table", kept, percpu[0].tables[NFL_IPV6].live);
	check(!percpu[0].spare.buckets && nfl_table_starved(&percpu[0].spare), "more was put aside");
	refusing = false;
	cpu_feed(&percpu[0]);
	check(percpu[0].spare.buckets && nfl_table_memory(&percpu[0].spare) < 3 * NFL_PIECE_SIZE,
	      "%zu octets are put aside", nfl_table_memory(&percpu[0].spare));
	shim_alloc_fails = NULL;
	for (i = 0; i < NFL_FAMILIES; i++)
		nfl_table_release(&percpu[0].tables[i]);
	nfl_cache_put_aside(&percpu[0]);
	check(!nfl_table_memory(&percpu[0].spare), "it is kept without tables");
	end();
	test("without memory, the first flows of a family have a place");
}

static void test_few(void)
{
	struct nfl_table *table = &percpu[0].tables[NFL_IPV4];
	const u32 count = 100 * (nfl_chunk_entries(NFL_IPV4) - nfl_chunk_first(NFL_IPV4));
	struct nfl_flow *flow;
	u32 n, i;

	begin();
	set_maxflows(0);
	/* a table that has that much gets large chunks from the first on */
	table->memory.held = NFL_CHUNK_SIZE;
	meter(0, NFL_IPV4, 1, count);
	table->memory.held -= NFL_CHUNK_SIZE;
	check(table->chunks_count == 100 && table->live == count, "%u chunks", table->chunks_count);
	for (n = 0; n < table->chunks_count; n++) {
		i = 0;
		nfl_chunk_for_each(&table->chunks[n], sizeof(struct nfl_flow4), i,
				   nfl_chunk_entries(NFL_IPV4) - (n == 99), flow)
			nfl_table_remove(table, flow, 0);
	}
	check(table->live == 1 && table->chunks[99].used == 1, "%u flows", table->live);
	/* that is all that it may have */
	set_maxflows(SHIM_CPUS);
	while (nfl_cache_shed(&percpu[0]))
		;
	is(0, 1, 1, 0, "the limit");
	for (n = 0; n < 10000; n++)
		meter(0, n % 2 ? NFL_IPV4 : NFL_IPV6, 120000 + n, 1);
	is(0, 1, 1, 10000, "10,000 new flows");
	end();
	test("a flow is found in a table that is nearly empty");
}

int main(void)
{
	tap_begin();
	test_share();
	test_bound();
	test_all();
	test_memory();
	test_first();
	test_few();
	return tap_end();
}
