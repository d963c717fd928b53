// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tables give back: as much as others need, by flows that end early, and all of it
 * some seconds after the last flow.
 */
#define SHIM_CPUS	1

/* cpus.h has more than is needed here */
#pragma GCC diagnostic ignored "-Wunused-function"

#include "cpus.h"

#define FLOWS	20000

static u32 handed;	/* flows in batches, all ended by want of resources */

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	abort();
}

/* The exporter: takes all batches. */
static void export(void)
{
	struct llist_node *node = nfl_batch_queue_take(&queue);

	while (node) {
		struct nfl_batch *batch = llist_entry(node, struct nfl_batch, node);
		unsigned int i;

		node = node->next;
		for (i = 0; i < batch->count; i++)
			handed += nfl_batch_flow(batch, i)->end_reason == NFL_END_RESOURCES;
		nfl_batch_free(&queue, batch);
	}
}

static u64 counted(enum nfl_cpu_counter counter)
{
	return percpu[0].stats.counter[counter].v;
}

static void fill(enum nfl_family family, u32 count)
{
	struct metered packet = { .family = family, .packets = 1, .octets = 46 };

	shim_boot_ms = 1000000;
	flows_start(1 << 20);
	nfl_enrich_key = nfl_family_is_wide(family);
	flows.wanted = nfl_enrich_key;
	handed = 0;
	if (family == NFL_IPV4_WIDE)
		packet.family = NFL_IPV4;
	if (family == NFL_IPV6_WIDE)
		packet.family = NFL_IPV6;
	for (packet.number = 0; packet.number < count; packet.number++)
		meter_packet(&packet);
	nfl_rings_work_off(&percpu[0]);
	check(nfl_cpu_live(&percpu[0]) == count, "%u flows", nfl_cpu_live(&percpu[0]));
}

static void end(const char *what, enum nfl_family family)
{
	nfl_handover_publish(&percpu[0]);
	export();
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("family %u: %s", family, what);
}

/* Ask for octets, and let the work item do as much as it does; the exporter goes on. */
static void ask(size_t octets)
{
	unsigned int pieces = 0;

	atomic_long_set(&percpu[0].relief, octets);
	while (nfl_cache_relieve(&percpu[0]) && pieces++ < 100000)
		export();
	nfl_handover_publish(&percpu[0]);
	export();
}

static void test_asked(enum nfl_family family)
{
	static const size_t asked[] = { 1, 4096, 65536, 300000 };
	const struct nfl_table *table = &percpu[0].tables[family];
	unsigned int i;

	fill(family, FLOWS);
	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		const size_t before = nfl_table_memory(table);

		ask(asked[i]);
		check(before - nfl_table_memory(table) >= asked[i], "%zu octets of %zu",
		      before - nfl_table_memory(table), asked[i]);
		check(before - nfl_table_memory(table) < asked[i] + NFL_CHUNK_SIZE,
		      "%zu octets, asked for were %zu", before - nfl_table_memory(table), asked[i]);
	}
	check(counted(NFL_EVICTED_FLOWS) == FLOWS - table->live && handed == FLOWS - table->live,
	      "%u flows are left, %u were handed over", table->live, handed);
	check(!counted(NFL_DROPPED_FLOWS), "%llu flows were lost", counted(NFL_DROPPED_FLOWS));
	ask(nfl_table_memory(table));
	check(!nfl_table_memory(table) && handed == FLOWS, "%zu octets, %u flows",
	      nfl_table_memory(table), handed);
	check(percpu[0].relief.value == 0, "nothing is asked for any more");
	end("what is asked for is given back", family);
}

/* New flows that come meanwhile do not go where flows are taken out. */
static void test_newcomers(enum nfl_family family)
{
	struct nfl_table *table = &percpu[0].tables[family];
	struct metered packet = { .packets = 1, .octets = 46, .number = FLOWS };
	unsigned int i, seen = 0;

	fill(family, FLOWS);
	packet.family = nfl_family_is_ipv4(family) ? NFL_IPV4 : NFL_IPV6;
	atomic_long_set(&percpu[0].relief, 300000);
	while (nfl_cache_relieve(&percpu[0])) {
		const u32 emptying = table->emptying;
		const u32 used = emptying ? table->chunks[emptying - 1].used : 0;

		for (i = 0; i < 100; i++, packet.number++)
			meter_packet(&packet);
		nfl_rings_work_off(&percpu[0]);
		if (!emptying)
			continue;
		seen++;
		check(table->emptying == emptying && table->chunks[emptying - 1].used == used,
		      "chunk %u: %u flows, not %u", emptying - 1,
		      table->chunks[emptying - 1].used, used);
	}
	check(seen, "no chunk was emptied in pieces");
	end("new flows come to other chunks", family);
}

static bool refuse(size_t size)
{
	return true;
}

/* Without memory for batches flows are lost, and counted, but memory is given back. */
static void test_scarce(enum nfl_family family)
{
	const struct nfl_table *table = &percpu[0].tables[family];
	size_t before;

	fill(family, FLOWS);
	before = nfl_table_memory(table);
	shim_alloc_fails = refuse;
	ask(100000);
	shim_alloc_fails = NULL;
	check(before - nfl_table_memory(table) >= 100000, "%zu octets",
	      before - nfl_table_memory(table));
	check(counted(NFL_DROPPED_FLOWS) == FLOWS - table->live && !handed,
	      "%llu flows were lost of %u", counted(NFL_DROPPED_FLOWS), FLOWS - table->live);
	end("without memory for those that leave", family);
}

/* A full queue: flows wait, and so does who asks, unless it is urgent: then flows are lost. */
static void test_full(enum nfl_family family)
{
	const struct nfl_table *table = &percpu[0].tables[family];
	u64 lost;

	fill(family, FLOWS);
	atomic_set(&queue.queued, queue.most);
	ask(100000);
	check(table->live == FLOWS && percpu[0].relief.value == 100000, "%u flows, %ld octets",
	      table->live, percpu[0].relief.value);
	percpu[0].relief_urgent = true;
	ask(100000);
	lost = counted(NFL_DROPPED_FLOWS);
	check(lost && lost == FLOWS - table->live && !handed && !percpu[0].relief.value &&
	      !percpu[0].relief_urgent, "%u flows, %llu lost", table->live, lost);
	atomic_set(&queue.queued, 0);
	ask(100000);
	check(table->live < FLOWS - lost && handed == FLOWS - lost - table->live &&
	      counted(NFL_DROPPED_FLOWS) == lost, "%u flows", table->live);
	end("a full queue is waited for, but not by who needs memory urgently", family);
}

static void walk(void)
{
	while (nfl_expire_walk(&percpu[0]))
		export();
	nfl_handover_publish(&percpu[0]);
	export();
}

/* All memory of a table is back five seconds after it was seen empty, and no sooner. */
static void test_empty(enum nfl_family family)
{
	struct nfl_table *table = &percpu[0].tables[family];
	struct metered packet = { .packets = 1, .octets = 46 };

	fill(family, FLOWS);
	shim_boot_ms += 16000;
	walk();
	check(!table->live, "%u flows", table->live);
	shim_boot_ms += 4999;
	walk();
	check(nfl_table_memory(table), "it has memory for another flow");
	shim_boot_ms += 2;	/* times of this kind are odd */
	walk();
	check(!nfl_table_memory(table) && !nfl_cpu_has_tables(&percpu[0]), "%zu octets",
	      nfl_table_memory(table));
	packet.family = nfl_family_is_ipv4(family) ? NFL_IPV4 : NFL_IPV6;
	meter_packet(&packet);
	nfl_rings_work_off(&percpu[0]);
	check(table->live == 1 && table->buckets_min == 4, "%u flows", table->live);
	end("a table without flows has no memory", family);
}

int main(void)
{
	enum nfl_family family;

	tap_begin();
	for (family = NFL_IPV4; family < NFL_FAMILIES; family++) {
		test_asked(family);
		test_newcomers(family);
		test_scarce(family);
		test_full(family);
		test_empty(family);
	}
	return tap_end();
}
