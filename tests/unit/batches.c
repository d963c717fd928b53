// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches: when they leave a CPU, and how many flows the exporter's queue holds, by the
 * module's timer. Time is the test's.
 */
#define SHIM_CPUS	64
#define CPUS_TIMER

#include "cpus.h"
#include "shim/hotplug.h"

#define queue_work_on(number, queue, item)	((void)(number), (void)(queue), (void)(item))
#define cancel_work_sync(item)			((void)(item))

#include "../../src/meter/cpu.c"
#include "../../src/meter/timer.c"

struct workqueue_struct *nfl_cpu_workqueue;

/* Flows that leave a CPU in a second, in the row of the issue that this is from. */
#define EVICTIONS	200

static unsigned int arrived;

static void batch_arrived(struct nfl_batch_queue *queue)
{
	arrived++;
}

/* Calls are not used here. */
unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	abort();
}

/* A flow leaves a CPU's tables. */
static bool leave(unsigned int number)
{
	static const struct nfl_flow4 flow = { .flow = { .packets = 1, .octets = 20 } };

	shim_cpu = number;
	return nfl_handover_put(&percpu[number], NFL_IPV4, &flow.flow, NFL_END_RESOURCES);
}

/* A CPU's timer runs if it is time. */
static void timer(unsigned int number)
{
	struct timer_list *timer = &percpu[number].timer;

	shim_cpu = number;
	if (!timer->pending || time_before(jiffies, timer->expires))
		return;
	timer->pending = false;
	timer->function(timer);
}

static void cpus_start(void)
{
	int number;

	flows_start(1 << 20);
	for_each_possible_cpu(number)
		nfl_timer_init(&percpu[number]);
	arrived = 0;
}

/* What the exporter has, taken out and freed; how many flows that is. */
static unsigned int take_batches(unsigned int *batches)
{
	struct llist_node *node = nfl_batch_queue_take(&queue);
	unsigned int count = 0;

	*batches = 0;
	while (node) {
		struct nfl_batch *batch = llist_entry(node, struct nfl_batch, node);

		node = node->next;
		count += batch->count;
		++*batches;
		nfl_batch_free(&queue, batch);
	}
	return count;
}

/* The CPU has a flow that stays, so its timer runs, as that of one that evicts does. */
static void meter_flow(unsigned int number)
{
	static const struct metered metered = { .family = NFL_IPV4, .packets = 1, .octets = 20 };

	shim_cpu = number;
	meter_packet(&metered);
	nfl_rings_work_off(&percpu[number]);
}

static void test_rate(void)
{
	unsigned int ms, batches, count, most = 0, begun = 0;

	cpus_start();
	set_timeouts(1800, 1800);
	meter_flow(0);
	for (ms = 0; ms < 10000; ms++) {
		const unsigned int before = arrived;

		shim_boot_ms++;
		if (ms % (1000 / EVICTIONS) == 0) {
			if (!percpu[0].batch[NFL_IPV4])
				begun = ms;
			check(leave(0), "no memory");
			/* as a new flow does in the evicted one's place */
			nfl_cpu_arm_expire(&percpu[0]);
		}
		timer(0);
		if (arrived != before)
			most = max(most, ms - begun);
		check(arrived == before || ms - begun >= 50, "a batch of %u ms goes", ms - begun);
	}
	count = take_batches(&batches);
	check(most <= 100, "a batch stays for %u ms", most);
	/* at least each tenth of a second, at most each twentieth */
	check(batches >= 100 && batches <= 200, "%u batches in 10 s", batches);
	check(count + percpu[0].batch[NFL_IPV4]->count == 10 * EVICTIONS, "%u flows", count);
	nfl_handover_publish(&percpu[0]);
	take_batches(&batches);
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("%u flows a second leave in at most 20 batches a second", EVICTIONS);
}

/* No destination takes anything, and a few flows leave each CPU now and then. */
static void test_stall(unsigned long ram_mib, unsigned int room)
{
	const unsigned int most = nfl_batch_max(NFL_IPV4);
	unsigned int number = 0, count = 0, batches;

	shim_totalram_pages = ram_mib * ((1 << 20) / PAGE_SIZE);
	cpus_start();
	while (leave(number)) {
		nfl_cpu_arm_expire(&percpu[number]);
		count++;
		if (++number < SHIM_CPUS)
			continue;
		number = 0;
		shim_boot_ms += 1000 / EVICTIONS;
		for_each_possible_cpu(number)
			timer(number);
		number = 0;
	}
	check(atomic_read(&queue.queued) == room, "%d batches", atomic_read(&queue.queued));
	/* all but those of the time before the exporter was behind, and those begun */
	check(count >= (room - NFL_QUEUE_BEHIND - 2 * SHIM_CPUS) * most, "%u flows fill it", count);
	for_each_possible_cpu(number)
		nfl_handover_publish(&percpu[number]);
	check(take_batches(&batches) == count && batches == room, "not all come out");
	check(!atomic_read(&queue.queued) && !atomic_read(&queue.waiting), "some are left");
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("%lu MiB: %u CPUs with few flows each fill the queue with %u flows", ram_mib, SHIM_CPUS,
	     count);
}

/* The last flow of a CPU ends: it is handed over without anything else happening there. */
static void test_last(void)
{
	unsigned int ms, left = 0, batches;

	cpus_start();
	set_timeouts(1800, 1);
	meter_flow(0);
	check(percpu[0].timer.pending, "no timer runs for a flow");
	for (ms = 0; ms < 3000 && percpu[0].timer.pending; ms++) {
		shim_boot_ms++;
		timer(0);
		if (!left && !nfl_cpu_live(&percpu[0]))
			left = ms;
		if (arrived)
			break;
	}
	check(left && arrived == 1, "%u batches, %u ms", arrived, left);
	check(ms - left >= 50 && ms - left <= 100, "it goes after %u ms", ms - left);
	check(take_batches(&batches) == 1, "it is not one flow");
	/* the table goes five seconds after the flow, by a timer of each tenth of a second */
	for (; ms < 20000 && percpu[0].timer.pending; ms++) {
		shim_boot_ms++;
		timer(0);
	}
	check(!nfl_cpu_has_tables(&percpu[0]) && ms - left >= 5000 && ms - left <= 5101,
	      "no timer runs after %u ms", ms - left);
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("the last flow of a CPU is handed over in 50 to 100 ms, and the table and the timer go");
}

static void test_asked(void)
{
	unsigned int batches;

	cpus_start();
	check(leave(0) && nfl_cpu_has_parts(&percpu[0]), "a CPU with a batch is not asked");
	nfl_handover_publish(&percpu[0]);
	check(arrived == 1 && take_batches(&batches) == 1, "it is not handed over at once");
	check(!nfl_cpu_has_parts(&percpu[0]), "a CPU without a batch is asked");
	flows_stop();
	test("a CPU that has a flow in a batch only is asked for it");
}

int main(void)
{
	tap_begin();
	shim_boot_ms = 0xfffff000;
	test_rate();
	test_stall(64, 512);
	test_stall(1024, 8192);
	test_stall(65536, 8192);
	test_last();
	test_asked();
	return tap_end();
}
