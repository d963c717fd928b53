// SPDX-License-Identifier: GPL-2.0-only
/*
 * merge: what merging costs a record, in user space, for bench/merging. It is built for
 * SHIM_CPUS CPUs. Each has flows that no other has, as with RSS; the first one's end. The
 * merging is the module's own; what stands in for the rest is that of the unit tests.
 *
 * Output: CPUs, the exporter's nanoseconds a record, and those of each CPU that it asks,
 * all of which work at the same time.
 */
#include "../tests/unit/cpus.h"

#include <time.h>

#define RECORDS		20000
#define FLOWS		5000	/* on each other CPU */
#define ROUNDS		20

static u64 asked_ns;
static u64 clock_ns;	/* what two looks at the clock cost */

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

/* Stands in for meter/call.c's: here they work one after the other, and their time is apart. */
unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	int number;

	for_each_possible_cpu(number) {
		unsigned int step = 0;
		u64 begin;

		if (!test(&percpu[number]))
			continue;
		shim_cpu = number;
		begin = now_ns();
		while (function(&percpu[number], argument, &step))
			;
		asked_ns += now_ns() - begin + clock_ns;
	}
	return 0;
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
	if (records != (u64)RECORDS * ROUNDS)
		abort();
	printf("%4u %8.1f %8.1f\n", SHIM_CPUS, (double)(ns - asked_ns) / records,
	       (double)asked_ns / records / (SHIM_CPUS - 1));
	flows_stop();
	return 0;
}
