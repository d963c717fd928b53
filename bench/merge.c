// SPDX-License-Identifier: GPL-2.0-only
/*
 * merge: what merging costs a record, in user space, for bench/merging. It is built for
 * SHIM_CPUS CPUs. Each has flows that no other has, as with RSS; the first one's end. Merging
 * and calls are the module's own; what stands in for the rest is that of the unit tests. The
 * CPUs that are asked work one after the other here, while the exporter waits.
 *
 * Output: CPUs, the exporter's nanoseconds a record, and those of each CPU that it asks,
 * all of which work at the same time; records, work items of CPUs, and how often the exporter
 * waited for some.
 */
#include "../tests/unit/cpus.h"
#include "../tests/unit/shim/module.h"

#include <time.h>

static bool queued[SHIM_CPUS];

#define module_param_named(name, variable, type, mode)
#define queue_work_on(number, queue, item)	((void)(queue), (void)(item), queued[number] = true)
#define cancel_work_sync(item)			((void)(item))
#define msecs_to_jiffies(ms)			(ms)
#define cpu_online(number)			((void)(number), true)

#include "../src/meter/call.c"

struct workqueue_struct *nfl_call_workqueue;

#ifndef RECORDS
#define RECORDS		20000
#define FLOWS		5000	/* on each other CPU */
#define ROUNDS		20
#endif

static u64 asked_ns;
static u64 clock_ns;	/* what two looks at the clock cost */
static unsigned int items, waits;

static u64 now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void calibrate(void)
{
	const u64 begin = now_ns();
	unsigned int i;

	for (i = 0; i < 20000; i++)
		now_ns();
	clock_ns = (now_ns() - begin) / 10000;
}

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

/* The exporter waits: all CPUs that were asked do their work. */
static bool work(void)
{
	const unsigned int here = shim_cpu;
	int number;

	waits++;
	for_each_possible_cpu(number) {
		struct work_struct *item = &percpu[number].call.work;
		u64 begin;

		if (!queued[number])
			continue;
		queued[number] = false;
		items++;
		shim_cpu = number;
		begin = now_ns();
		item->function(item);
		asked_ns += now_ns() - begin + clock_ns;
	}
	shim_cpu = here;
	return true;
}

static void meter_flows(unsigned int number, u32 first, u32 count)
{
	struct metered packet = { .family = NFL_IPV4, .packets = 1, .octets = 46 };

	shim_cpu = number;
	for (packet.number = first; packet.number < first + count; packet.number++)
		meter_packet(&packet);
	nfl_rings_work_off(&percpu[number]);
}

int main(void)
{
	static struct nfl_round round;
	u64 ns = 0, records = 0;
	struct llist_node *carried = NULL;
	unsigned int i, b, number;

	calibrate();
	shim_boot_ms = 1;
	flows_start(INT_MAX);
	nfl_calls_init(&flows.calls);
	for (number = 0; number < SHIM_CPUS; number++)
		nfl_call_slot_init(&percpu[number].call);
	shim_waits = work;
	for (number = 1; number < SHIM_CPUS; number++)
		meter_flows(number, number << 20, FLOWS);
	for (i = 0; i < ROUNDS; i++) {
		u64 begin;

		meter_flows(0, i * RECORDS, RECORDS);
		while (nfl_expire_flush(&percpu[0]))
			;
		if (!round_take(&round, &carried) || carried)
			abort();
		begin = now_ns();
		if (!nfl_merge(&flows, &round, &flushing) || round.late)
			abort();
		ns += now_ns() - begin;
		for (b = 0; b < round.count; b++) {
			records += round.batch[b]->count;
			nfl_batch_free(&queue, round.batch[b]);
		}
	}
	if (records != (u64)RECORDS * ROUNDS || items != (SHIM_CPUS - 1) * ROUNDS)
		abort();
	printf("%4u %8.1f %8.1f %8llu %6u %6u\n", SHIM_CPUS, (double)(ns - asked_ns) / records,
	       (double)asked_ns / records / (SHIM_CPUS - 1), records, items, waits);
	flows_stop();
	return 0;
}
