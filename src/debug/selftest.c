// SPDX-License-Identifier: GPL-2.0-only
/*
 * The self-test of the flow tables. It runs when a debug build (NETFLOW_DEBUG=y) is loaded
 * with selftest=N: N random operations on all CPUs at once. The result is compared with a
 * very simple reference: the packets and octets that were added for each key.
 *
 * The test has a Metering Process of its own, and takes the flow records that leave the
 * tables from its queue. All other parts work as with real traffic: each CPU owns its
 * part, timers walk the tables for time-outs, a full table evicts flows, tables grow and
 * shrink. Between rounds all CPUs stop. Then the packets and octets of each key must
 * exactly match the reference: they are in the tables, at most once per CPU, or in the flow
 * records that have left the tables. While the CPUs work, another thread reads the data
 * that other CPUs may read.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": selftest: " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "base/clock.h"
#include "base/works.h"
#include "control/settings.h"
#include "debug/selftest.h"
#include "meter/batch.h"
#include "meter/cache.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/handover.h"
#include "meter/maxflows.h"
#include "meter/meter.h"
#include "meter/process.h"
#include "meter/ring.h"

#define KEYS		2048	/* of each family */
#define ROUNDS		8	/* number of times that all keys are compared */
#define PIECE		64	/* operations with bottom halves disabled */

static unsigned int operations;
module_param_named(selftest, operations, uint, 0444);
MODULE_PARM_DESC(selftest, "random operations that the tables are tested by now; 0 for none");

/*
 * The packets and octets that were added for a key and have not left the tables, and those
 * that were found in the tables when all CPUs had stopped. The first may be negative for a
 * moment: the work item that takes a batch may run before the one that added the packet has
 * counted it.
 */
struct sum {
	atomic64_t packets;
	atomic64_t octets;
	u64 found_packets;
	u64 found_octets;
};

struct selftest {
	struct nfl_config config;
	struct nfl_batch_queue queue;
	struct nfl_meter meter;
	struct sum sums[NFL_FAMILIES][KEYS];
	struct tester {
		struct work_struct work;
		struct selftest *test;
		struct rnd_state random;
		int number;
		unsigned int operations;
		bool failed;
		unsigned int window;	/* keys in use: tables grow and shrink */
	} testers[];
};

/* A flow of any family, with the alignment of the entries. */
union entry {
	struct nfl_flow flow;
	struct nfl_flow4 flow4;
	struct nfl_flow6 flow6;
	struct nfl_flow4_wide flow4_wide;
	struct nfl_flow6_wide flow6_wide;
};

static u32 below(struct tester *tester, u32 limit)
{
	return prandom_u32_state(&tester->random) % limit;
}

static u32 key_number(enum nfl_family family, const struct nfl_flow *flow)
{
	const struct nfl_key6 *key6 = nfl_flow_key(flow);
	const struct nfl_key4 *key4 = nfl_flow_key(flow);

	return be32_to_cpu(nfl_family_is_ipv4(family) ? key4->saddr : key6->saddr.s6_addr32[3]);
}

static void make_entry(struct tester *tester, enum nfl_family family, u32 number,
		       union entry *entry)
{
	struct nfl_flow *flow = &entry->flow;
	const u32 now = nfl_clock();

	memset(entry, 0, sizeof(*entry));
	if (nfl_family_is_ipv4(family)) {
		entry->flow4.key.saddr = cpu_to_be32(number);
		entry->flow4.key.class = nfl_key_class(IPPROTO_UDP, 0, 0);
	} else {
		entry->flow6.key.saddr.s6_addr32[3] = cpu_to_be32(number);
		entry->flow6.key.class = nfl_key_class(IPPROTO_UDP, 0, 0);
	}
	flow->hash = nfl_hash(&tester->test->meter.hash_key, nfl_flow_key(flow), family);
	flow->packets = 1 + below(tester, 3);
	flow->octets = 28 + below(tester, 65500);
	/* some flows time out soon, some at once */
	flow->last = now - below(tester, 1500);
	flow->first = flow->last - below(tester, 1500);
}

/* Add a part of a flow: the table must have it afterwards, with all its packets. */
static bool put_in(struct tester *tester, struct nfl_cpu *cpu)
{
	const enum nfl_family family = below(tester, NFL_FAMILIES);
	const u32 number = below(tester, tester->window);
	struct sum *sum = &tester->test->sums[family][number];
	struct nfl_table *table = &cpu->tables[family];
	u64 packets = 0, octets = 0;
	const struct nfl_flow *flow;
	union entry entry;

	make_entry(tester, family, number, &entry);
	flow = table->buckets ?
	       nfl_table_find(table, entry.flow.hash, nfl_flow_key(&entry.flow)) : NULL;
	if (flow) {
		packets = flow->packets;
		octets = flow->octets;
	}
	if (!nfl_cache_adopt(cpu, family, &entry.flow))
		return true;	/* no memory: it was not added */
	atomic64_add(entry.flow.packets, &sum->packets);
	atomic64_add(entry.flow.octets, &sum->octets);
	flow = nfl_table_find(table, entry.flow.hash, nfl_flow_key(&entry.flow));
	if (flow && flow->packets == packets + entry.flow.packets &&
	    flow->octets == octets + entry.flow.octets)
		return true;
	pr_err("CPU %d, family %d, key %u: %s behind its packet\n", tester->number, family,
	       number, flow ? "wrong sums" : "not found");
	return false;
}

/* Subtract the flow records that have left the tables from the reference. */
static void take(struct selftest *test, struct nfl_batch *batch)
{
	u32 i;

	for (i = 0; i < batch->count; i++) {
		const struct nfl_flow *flow = nfl_batch_flow(batch, i);
		const u32 number = key_number(batch->family, flow);
		struct sum *sum;

		if (WARN_ON_ONCE(number >= KEYS))
			continue;
		sum = &test->sums[batch->family][number];
		atomic64_sub(flow->packets, &sum->packets);
		atomic64_sub(flow->octets, &sum->octets);
	}
	nfl_batch_free(&test->queue, batch);
}

/* Batches are taken between two pieces of work. */
static void batch_arrived(struct nfl_batch_queue *queue)
{
}

static void take_all(struct selftest *test)
{
	struct nfl_batch *batch, *next;

	llist_for_each_entry_safe(batch, next, nfl_batch_queue_take(&test->queue), node)
		take(test, batch);
}

static bool operate(struct tester *tester, struct nfl_cpu *cpu)
{
	switch (below(tester, 4096)) {
	case 0 ... 15:
		nfl_expire_walk(cpu);
		nfl_maxflows_release(cpu);
		return true;
	case 16:
		while (nfl_expire_flush(cpu) && nfl_batch_queue_room(cpu->meter->queue))
			;
		return true;
	case 17 ... 19:
		tester->window = 1 + below(tester, KEYS);
		return true;
	default:
		return put_in(tester, cpu);
	}
}

static void tester_work(struct work_struct *work)
{
	struct tester *tester = container_of(work, struct tester, work);
	struct nfl_cpu __percpu *cpus = tester->test->meter.cpus;
	unsigned int i;

	while (!tester->failed && tester->operations) {
		struct nfl_cpu *cpu = nfl_cpu_enter(cpus);

		for (i = 0; !tester->failed && i < PIECE && tester->operations; i++) {
			tester->operations--;
			tester->failed = !operate(tester, cpu);
		}
		nfl_cpu_exit(cpus);
		take_all(tester->test);
		cond_resched();
	}
}

/* Each entry that was ever used is in use, or is in the free list of the chunk. */
static bool chunk_is_whole(const struct nfl_table *table, u32 n)
{
	const struct nfl_chunk *chunk = &table->chunks[n];
	u32 ref, free = 0;

	if (!chunk->entries)
		return true;
	for (ref = chunk->free; ref && free <= chunk->fresh; ref = nfl_table_at(table, ref)->next)
		free++;
	return chunk->used + free == chunk->fresh - nfl_chunk_first(table->family);
}

/* Check all flows of a table: a lookup of the key must find exactly this entry. */
static bool look(struct selftest *test, struct nfl_table *table, int number)
{
	const size_t size = nfl_flow_size(table->family);
	const struct nfl_flow *flow;
	u32 n, i, live = 0;

	for (n = 0; n < table->chunks_count; n++) {
		const struct nfl_chunk *chunk = &table->chunks[n];

		if (!chunk_is_whole(table, n)) {
			pr_err("CPU %d, family %d: entries are neither used nor free\n", number,
			       table->family);
			return false;
		}
		i = 0;
		nfl_chunk_for_each(chunk, size, i, chunk->used ? chunk->fresh : 0, flow) {
			struct sum *sum;

			live++;
			if (key_number(table->family, flow) >= KEYS ||
			    nfl_table_find(table, flow->hash, nfl_flow_key(flow)) != flow) {
				pr_err("CPU %d, family %d: a flow is not where it is looked for\n",
				       number, table->family);
				return false;
			}
			sum = &test->sums[table->family][key_number(table->family, flow)];
			sum->found_packets += flow->packets;
			sum->found_octets += flow->octets;
		}
	}
	if (live == table->live)
		return true;
	pr_err("CPU %d, family %d: %u flows, %u are counted\n", number, table->family, live,
	       table->live);
	return false;
}

/* The tables of one CPU are checked on this CPU: its timer may run before and after. */
struct looking {
	struct selftest *test;
	bool good;
};

static bool look_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct looking *looking = argument;
	int family;

	/* from here on no flow leaves these tables until the sums are compared */
	WRITE_ONCE(looking->test->config.inactive_timeout, NFL_TIMEOUT_MAX);
	WRITE_ONCE(looking->test->config.active_timeout, NFL_TIMEOUT_MAX);
	nfl_handover_publish(cpu);
	for (family = 0; looking->good && family < NFL_FAMILIES; family++)
		looking->good = look(looking->test, &cpu->tables[family], cpu->number);
	return false;
}

static void set_timeouts(struct selftest *test)
{
	WRITE_ONCE(test->config.inactive_timeout, 1);
	WRITE_ONCE(test->config.active_timeout, 2);
	nfl_expire_timeouts_changed(&test->meter);
}

/* With all CPUs stopped: do the tables have the sum of each key? */
static bool compare(struct selftest *test)
{
	struct looking looking = { .test = test, .good = true };
	struct sum *sum = test->sums[0];
	unsigned int i, wrong = 0;
	struct nfl_sums sums;
	int number;

	for (i = 0; i < NFL_FAMILIES * KEYS; i++) {
		sum[i].found_packets = 0;
		sum[i].found_octets = 0;
	}
	for_each_possible_cpu(number) {
		/* one at a time, and each in the end */
		while (!nfl_cpu_call(&test->meter, number, look_cpu, &looking))
			usleep_range(900, 1100);
	}
	take_all(test);
	/* without memory for a batch, the tables drop flow records and count them */
	nfl_meter_sums(&test->meter, -1, &sums);
	if (sums.counter[NFL_DROPPED_FLOWS]) {
		pr_err("there is too little memory to test with\n");
		return false;
	}
	for (i = 0; looking.good && i < NFL_FAMILIES * KEYS; i++) {
		if (sum[i].found_packets == atomic64_read(&sum[i].packets) &&
		    sum[i].found_octets == atomic64_read(&sum[i].octets))
			continue;
		if (!wrong++)
			pr_err("family %u, key %u: %llu packets, should be %lld\n", i / KEYS,
			       i % KEYS, sum[i].found_packets,
			       (long long)atomic64_read(&sum[i].packets));
	}
	if (wrong > 1)
		pr_err("%u keys are wrong\n", wrong);
	set_timeouts(test);
	return looking.good && !wrong;
}

/* Read the data that may be read while CPUs work: the statistics and the table sizes. */
static void read_meanwhile(struct selftest *test)
{
	struct nfl_sums sums;
	int number, family;

	nfl_meter_sums(&test->meter, -1, &sums);
	nfl_meter_live(&test->meter);
	for_each_possible_cpu(number) {
		for (family = 0; family < NFL_FAMILIES; family++)
			nfl_table_memory(&per_cpu_ptr(test->meter.cpus, number)->tables[family]);
	}
}

static bool run(struct selftest *test)
{
	unsigned int round, left;
	bool good = true;
	int number;

	for (round = 0; good && round < ROUNDS; round++) {
		cpus_read_lock();
		for_each_online_cpu(number) {
			test->testers[number].operations =
				DIV_ROUND_UP(operations, ROUNDS * num_online_cpus());
			queue_work_on(number, nfl_cpu_workqueue, &test->testers[number].work);
		}
		do {
			left = 0;
			read_meanwhile(test);
			cond_resched();
			for_each_online_cpu(number)
				left += work_busy(&test->testers[number].work);
		} while (left);
		for_each_online_cpu(number) {
			flush_work(&test->testers[number].work);
			good = good && !test->testers[number].failed;
		}
		cpus_read_unlock();
		good = compare(test) && good;
	}
	return good;
}

/**
 * nfl_selftest() - test the tables, if the parameter selftest is set
 *
 * Context: module init, when instances can be created; sleeps.
 * Return: 0, -ENOMEM, or -EIO if the tables differ from the reference.
 */
int nfl_selftest(void)
{
	struct selftest *test;
	int number, err;

	if (!operations)
		return 0;
	test = kvzalloc(struct_size(test, testers, nr_cpu_ids), GFP_KERNEL);
	if (!test)
		return -ENOMEM;
	nfl_config_init(&test->config, false);
	nfl_batch_queue_init(&test->queue, batch_arrived);
	nfl_meter_init(&test->meter, &init_net, &test->config, &test->queue);
	set_timeouts(test);
	/* half of the keys: the other half causes evictions */
	test->config.maxflows = NFL_FAMILIES * KEYS / 2 * num_online_cpus();
	test->config.hashsize = 1;
	err = nfl_meter_start(&test->meter);
	if (err)
		goto out;
	for_each_possible_cpu(number) {
		struct tester *tester = &test->testers[number];

		INIT_WORK(&tester->work, tester_work);
		tester->test = test;
		tester->number = number;
		tester->window = KEYS;
		prandom_seed_state(&tester->random, get_random_u64());
	}
	if (!run(test))
		err = -EIO;
	nfl_meter_stop(&test->meter);
	take_all(test);
	for_each_possible_cpu(number)
		nfl_handover_publish(per_cpu_ptr(test->meter.cpus, number));
	take_all(test);
	nfl_meter_free(&test->meter);
	if (!err)
		pr_info("%u operations: all flows are as they should be\n", operations);
out:
	kvfree(test);
	return err;
}
