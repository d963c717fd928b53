// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls on CPUs: all are asked at once, one that makes no progress is given up, and what it
 * does later does no harm. Work items and waiting are the test's. With threads: threads.c.
 */
#define SHIM_CPUS	16

#include "shim/cpu.h"
#include "shim/module.h"

#include "../../src/meter/cpu.h"
#include "../../src/meter/meter.h"

#include "tap.h"

static struct nfl_meter flows;
static struct nfl_cpu percpu[SHIM_CPUS] __aligned(64);
static bool queued[SHIM_CPUS], offline[SHIM_CPUS];

static bool queue_item(int number)
{
	const bool was = queued[number];

	queued[number] = true;
	return !was;
}

#define module_param_named(name, variable, type, mode)
#define queue_work_on(number, queue, item)	((void)(queue), (void)(item), queue_item(number))
#define cancel_work_sync(item)			((void)(item))
#define msecs_to_jiffies(ms)			(ms)
#define cpu_online(number)			(!offline[number])
/* right after a CPU was given up its work item may run */
#undef atomic_cmpxchg
#define atomic_cmpxchg(a, old, new)				\
({								\
	const int was = __sync_val_compare_and_swap(&(a)->value, old, new);	\
								\
	if (was == CALL_ASKED && (new) == CALL_NONE)		\
		given_up();					\
	was;							\
})
/* a work item is preempted there, for as long as the test says */
#undef cond_resched
#define cond_resched()				preempted()

static void preempted(void);
static void given_up(void);

#include "../../src/meter/call.c"

struct workqueue_struct *nfl_call_workqueue;

/* What a CPU has done for a caller, and how many pieces each has to do. */
struct job {
	unsigned int pieces[SHIM_CPUS];
	unsigned int todo;
};

static unsigned int first_queued;	/* when the caller began to wait */
static unsigned int timeouts, waited;
static void (*meanwhile)(unsigned int time);
static int preempted_at = -1;		/* in its work item this CPU's caller has time to give up */
static int runs_at_last = -1;		/* this CPU runs its work item when it was given up */

static bool do_piece(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct job *job = argument;

	check(cpu->number == shim_cpu, "CPU %u does the work of %u", shim_cpu, cpu->number);
	check(*step == job->pieces[cpu->number], "CPU %u: step %u, not %u", cpu->number, *step,
	      job->pieces[cpu->number]);
	job->pieces[cpu->number]++;
	return ++*step < job->todo;
}

static void run_item(unsigned int number)
{
	if (!queued[number])
		return;
	queued[number] = false;
	shim_cpu = number;
	percpu[number].call.work.function(&percpu[number].call.work);
}

static void all_but_one(unsigned int time)
{
	unsigned int number;

	for (number = 0; number < SHIM_CPUS; number++) {
		if (number != 5)
			run_item(number);
	}
}

static void all(unsigned int time)
{
	unsigned int number;

	for (number = SHIM_CPUS; number--;)
		run_item(number);
}

/* One piece by a caller's time, so that it takes many of them. */
static void slowly(unsigned int time)
{
	all_but_one(time);
	shim_cpu = 5;
	piece(&percpu[5]);
}

/* Each wait ends with its time being up, after the test's part. */
static bool waits(void)
{
	unsigned int number;

	if (!waited++) {
		first_queued = 0;
		for (number = 0; number < SHIM_CPUS; number++)
			first_queued += queued[number];
	}
	timeouts++;
	meanwhile(timeouts);
	return false;
}

static void preempted(void)
{
	if (preempted_at != (int)shim_cpu)
		return;
	preempted_at = -1;
	check(give_up_cpu(&flows.calls, &percpu[shim_cpu].call), "CPU %u is between two pieces",
	      shim_cpu);
}

static void given_up(void)
{
	const unsigned int here = shim_cpu;

	if (runs_at_last < 0)
		return;
	run_item(runs_at_last);
	runs_at_last = -1;
	shim_cpu = here;
}

static unsigned int ask_all(struct job *job, unsigned int todo, void (*then)(unsigned int time))
{
	*job = (struct job) { .todo = todo };
	timeouts = 0;
	waited = 0;
	meanwhile = then;
	return nfl_cpus_call(&flows, NULL, do_piece, job);
}

static unsigned int done(const struct job *job)
{
	unsigned int number, sum = 0;

	for (number = 0; number < SHIM_CPUS; number++)
		sum += job->pieces[number];
	return sum;
}

static void test_all(void)
{
	struct job job;

	check(!ask_all(&job, 3, all), "some do not answer");
	check(first_queued == SHIM_CPUS, "%u are asked at once", first_queued);
	check(timeouts == 1, "%u waits", timeouts);
	check(done(&job) == 3 * SHIM_CPUS, "%u pieces", done(&job));
	check(nfl_cpu_call(&flows, 3, do_piece, &(struct job) { .todo = 1 }),
	      "one CPU does not answer");
	test("all CPUs are asked at once, and each does all of it");
}

static void test_absent(void)
{
	struct job job, later;
	unsigned int i;

	check(ask_all(&job, 2, all_but_one) == 1, "it is not one that does not answer");
	check(timeouts == 1, "%u times are waited for", timeouts);
	check(!job.pieces[5] && done(&job) == 2 * (SHIM_CPUS - 1), "%u pieces", done(&job));
	for (i = 0; i < 3; i++) {
		check(ask_all(&later, 1, all_but_one) == 1, "it answers");
		check(done(&later) == SHIM_CPUS - 1, "%u pieces", done(&later));
		/* the others are done when the first time is up */
		check(timeouts == 1, "%u times are waited for", timeouts);
	}
	meanwhile = all_but_one;
	timeouts = 0;
	check(!nfl_cpu_call(&flows, 5, do_piece, &later), "it answers");
	check(!timeouts, "it is waited for");
	/* its work item runs in the end */
	memset(&job, 0xff, sizeof(job));
	memset(&later, 0xff, sizeof(later));
	run_item(5);
	for (i = 0; i < sizeof(job) / sizeof(u32); i++)
		check(((u32 *)&job)[i] == ~0U && ((u32 *)&later)[i] == ~0U, "word %u", i);
	check(!ask_all(&job, 1, all) && done(&job) == SHIM_CPUS, "%u pieces", done(&job));
	test("one that does not answer is waited for once, and what it does later is nothing");
}

static void test_question(void)
{
	meanwhile = all;
	check(nfl_cpu_answers(&flows, 3), "it does not answer");
	meanwhile = all_but_one;
	check(!nfl_cpu_answers(&flows, 5), "it answers");
	run_item(5);
	check(nfl_cpu_answers(&flows, 3), "it does not answer");
	/* the other call ends when its caller gets a CPU, or never */
	flows.calls.lock.held = true;
	check(!nfl_cpu_answers(&flows, 3) && !queued[3], "it is asked in another call");
	flows.calls.lock.held = false;
	test("a question does not wait for another call");
}

static void test_progress(void)
{
	struct job job = { .todo = 100 };
	unsigned int unanswered;

	timeouts = 0;
	meanwhile = slowly;
	unanswered = nfl_cpus_call(&flows, NULL, do_piece, &job);
	check(!unanswered, "%u do not answer", unanswered);
	check(timeouts == 100, "%u times are waited for", timeouts);
	check(done(&job) == 100 * SHIM_CPUS, "%u pieces", done(&job));
	run_item(5);
	test("one that does a piece in each time is waited for to its end");
}

static void test_between(void)
{
	struct job job;

	preempted_at = 9;
	check(!ask_all(&job, 4, all), "given up twice");
	check(job.pieces[9] == 1, "%u pieces", job.pieces[9]);
	check(done(&job) == 4 * (SHIM_CPUS - 1) + 1, "%u pieces", done(&job));
	/* its work item has run since, so it is asked again */
	check(!ask_all(&job, 4, all) && done(&job) == 4 * SHIM_CPUS, "%u pieces", done(&job));
	test("one that is given up between two pieces does no third");
}

static void test_at_last(void)
{
	struct job job;

	runs_at_last = 5;
	check(ask_all(&job, 1, all_but_one) == 1, "it is not one that does not answer");
	check(!job.pieces[5] && done(&job) == SHIM_CPUS - 1, "%u pieces", done(&job));
	check(!queued[5] && runs_at_last < 0, "its work item has not run");
	check(!ask_all(&job, 1, all) && done(&job) == SHIM_CPUS, "%u pieces", done(&job));
	test("one whose work item runs just as it is given up is asked again");
}

/* The caller's CPU does it for those that are offline, whose part is handed to it. */
static bool count_calls(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	unsigned int *calls = argument;

	calls[cpu->number]++;
	return false;
}

static void test_offline(void)
{
	unsigned int calls[SHIM_CPUS] = { }, number;

	offline[2] = true;
	meanwhile = all;
	check(!nfl_cpus_call(&flows, NULL, count_calls, calls), "some do not answer");
	check(!queued[2], "an offline CPU is asked");
	timeouts = 0;
	nfl_calls_direct(&flows);
	check(!nfl_cpus_call(&flows, NULL, count_calls, calls), "some do not answer");
	check(!timeouts, "the end of a namespace waits for CPUs");
	for (number = 0; number < SHIM_CPUS; number++)
		check(calls[number] == 2, "CPU %u: %u calls", number, calls[number]);
	test("the caller does it for a CPU that is offline, and in the end for all");
}

int main(void)
{
	unsigned int number;

	tap_begin();
	flows.cpus = percpu;
	nfl_calls_init(&flows.calls);
	for (number = 0; number < SHIM_CPUS; number++) {
		percpu[number].meter = &flows;
		percpu[number].number = number;
		nfl_call_slot_init(&percpu[number].call);
	}
	shim_waits = waits;
	test_all();
	test_absent();
	test_question();
	test_progress();
	test_between();
	test_at_last();
	test_offline();
	return tap_end();
}
