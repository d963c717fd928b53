// SPDX-License-Identifier: GPL-2.0-only
// SANITIZE thread
/*
 * Meter, tables, time-outs and merging on several CPUs at the same time: a thread is
 * a CPU, one more is the exporter and one more changes settings. The thread sanitizer
 * reports each access to what is another CPU's that is not marked as meant; and in
 * the end what was exported of each flow is what was metered, though the exporter gives
 * CPUs up at any time. See model.c for the rest.
 */
#include <pthread.h>
#include <sched.h>

#define SHIM_CPUS	3

#include "cpus.h"
#include "shim/module.h"

static bool queued_work(int number);

#define module_param_named(name, variable, type, mode)
#define queue_work_on(number, queue, item)	((void)(queue), (void)(item), queued_work(number))
#define cancel_work_sync(item)			((void)(item))
#undef cond_resched
#define cond_resched()				sched_yield()
#define msecs_to_jiffies(ms)			(ms)

#include "../../src/meter/call.c"

struct workqueue_struct *nfl_call_workqueue;

#define KEYS		2000
#define PACKETS		100000	/* on each CPU */
#define PACE		1000	/* so many between two rounds of the exporter, at most */

/* The limit at first. The first PACE packets of a CPU are of more flows. */
#define FLOWS_FIRST	300

struct sum {
	u64 packets;
	u64 octets;
};

static bool queued[SHIM_CPUS];	/* work items */
static unsigned int running = SHIM_CPUS;
static struct sum metered[SHIM_CPUS][NFL_FAMILIES][KEYS], exported[NFL_FAMILIES][KEYS];
static unsigned int begun;	/* CPUs that have packets */
static unsigned long merged, rounds, unmerged;

static unsigned long rounds_now(void)
{
	return __atomic_load_n(&rounds, __ATOMIC_ACQUIRE);
}

/*
 * Until then nothing is flushed and the limit stays as it is, however the threads are
 * run, so that flows must be evicted.
 */
static bool begun_all(void)
{
	return __atomic_load_n(&begun, __ATOMIC_ACQUIRE) == SHIM_CPUS;
}

/* A thread's own numbers. */
static __thread u64 state;

static u32 below(u32 bound)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 32) * bound >> 32;
}

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

static bool queued_work(int number)
{
	__atomic_store_n(&queued[number], true, __ATOMIC_RELEASE);
	return true;
}

/* Work items run between two packets. */
static void work(struct nfl_cpu *cpu)
{
	if (__atomic_exchange_n(&queued[cpu->number], false, __ATOMIC_ACQ_REL))
		cpu->call.work.function(&cpu->call.work);
}

/*
 * A caller's time is up at random, before a CPU has begun, between two pieces, or in the midst
 * of one.
 */
static bool caller_waits(void)
{
	sched_yield();
	return below(200);
}

static bool flush_all(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	nfl_rings_work_off(cpu);
	return nfl_expire_flush(cpu) && nfl_batch_queue_room(&queue);
}

static void packet(unsigned int number)
{
	struct metered packet = {
		.family = below(3) ? NFL_IPV4 : NFL_IPV6,
		.number = below(2) ? below(KEYS) : below(20),
		.packets = 1 + below(40),
		.octets = 20 + below(65000),
	};
	struct sum *sum;

	meter_packet(&packet);
	sum = &metered[number][packet.family][packet.number];
	sum->packets += packet.packets;
	sum->octets += packet.octets;
}

static void *cpu_main(void *argument)
{
	struct nfl_cpu *cpu = argument;
	unsigned long round;
	unsigned int i;

	shim_cpu = cpu->number;
	state = flows.hash_key.offset + cpu->number;
	for (i = 0; i < PACKETS; i++) {
		packet(cpu->number);
		if (!below(200))
			cpu_tick(cpu);
		if (!below(1000))
			cpu_feed(cpu);
		if (!below(50))
			work(cpu);
		if (i == PACE)
			__atomic_add_fetch(&begun, 1, __ATOMIC_RELEASE);
		/* however the threads are run, all have their share */
		for (round = rounds_now(); i % PACE == 0 && rounds_now() == round;) {
			work(cpu);
			sched_yield();
		}
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_ACQ_REL);
	/* a CPU without packets still has its work done, until all is exported */
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) != ~0U) {
		work(cpu);
		sched_yield();
	}
	return NULL;
}

static bool round_export(void)
{
	static struct nfl_round round;
	static struct llist_node *carried;
	struct llist_node **tail;
	unsigned int b, i;

	if (!round_take(&round, &carried))
		return false;
	unmerged += !nfl_merge(&flows, &round, &flushing);
	for (b = 0; b < round.count; b++) {
		struct nfl_batch *batch = round.batch[b];

		for (i = 0; i < batch->count; i++) {
			const struct nfl_flow *flow = nfl_batch_flow(batch, i);
			struct sum *sum = &exported[batch->family][number_of(batch->family, flow)];

			merged += !flow->packets;
			sum->packets += flow->packets;
			sum->octets += flow->packets ? flow->octets : 0;
		}
		nfl_batch_free(&queue, batch);
	}
	for (tail = &carried; *tail; tail = &(*tail)->next)
		;
	*tail = round.late;
	return true;
}

static void *exporter_main(void *argument)
{
	state = flows.hash_key.offset - 1;
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		round_export();
		if (begun_all() && !below(20))
			nfl_cpus_call(&flows, NULL, flush_all, NULL);
		__atomic_add_fetch(&rounds, 1, __ATOMIC_RELEASE);
		sched_yield();
	}
	flushing = true;
	while (nfl_cpus_call(&flows, NULL, flush_all, NULL))
		;
	while (round_export())
		;
	__atomic_store_n(&running, ~0U, __ATOMIC_RELEASE);
	return NULL;
}

static void *settings_main(void *argument)
{
	size_t memory = 0;
	int number;

	state = flows.hash_key.offset - 2;
	while (!begun_all())
		sched_yield();
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) != ~0U) {
		unsigned long round = rounds_now();

		for_each_possible_cpu(number)
			memory += nfl_table_memory(&percpu[number].tables[NFL_IPV4]);
		WRITE_ONCE(shim_boot_ms, shim_boot_ms + below(500));
		if (!below(10))
			set_timeouts(1 + below(30), 1 + below(8));
		if (!below(10))
			set_maxflows(below(3) ? 200 + below(2000) : 1 << 20);
		while (rounds_now() == round &&
		       __atomic_load_n(&running, __ATOMIC_ACQUIRE) != ~0U)
			sched_yield();
	}
	check(memory, "the tables have no memory");
	return NULL;
}

static void start(pthread_t *thread, void *(*function)(void *), void *argument)
{
	if (pthread_create(thread, NULL, function, argument))
		abort();
}

int main(void)
{
	u64 packets = 0, octets = 0, evicted = 0;
	pthread_t thread[SHIM_CPUS + 2];
	int number, family;
	unsigned int i;

	tap_begin();
	printf("# the threads' order is another each time, so it is not always repeated\n");
	shim_boot_ms = 0xffffff00;
	flows_start(FLOWS_FIRST);
	nfl_calls_init(&flows.calls);
	for_each_possible_cpu(number)
		nfl_call_slot_init(&percpu[number].call);
	shim_waits = caller_waits;
	for_each_possible_cpu(number)
		start(&thread[number], cpu_main, &percpu[number]);
	start(&thread[SHIM_CPUS], exporter_main, NULL);
	start(&thread[SHIM_CPUS + 1], settings_main, NULL);
	for (i = 0; i < ARRAY_SIZE(thread); i++)
		pthread_join(thread[i], NULL);

	for (family = 0; family < NFL_FAMILIES; family++) {
		for (i = 0; i < KEYS; i++) {
			struct sum sum = { };

			for_each_possible_cpu(number) {
				sum.packets += metered[number][family][i].packets;
				sum.octets += metered[number][family][i].octets;
			}
			packets += sum.packets;
			octets += sum.octets;
			check(sum.packets == exported[family][i].packets &&
			      sum.octets == exported[family][i].octets,
			      "family %u, flow %u: %llu packets, %llu octets; exported %llu, %llu",
			      family, i, sum.packets, sum.octets, exported[family][i].packets,
			      exported[family][i].octets);
		}
	}
	for_each_possible_cpu(number)
		evicted += percpu[number].stats.counter[NFL_EVICTED_FLOWS].v;
	check(merged && evicted, "%lu merged, %llu evicted", merged, evicted);
	printf("# %llu packets, %llu octets, %lu parts merged, %llu flows evicted\n", packets,
	       octets, merged, evicted);
	printf("# %lu rounds, %lu of them without a CPU\n", rounds, unmerged);
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("%u CPUs, exporter and settings at the same time: all is exported", SHIM_CPUS);
	return tap_end();
}
