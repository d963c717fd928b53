// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of functions on CPUs: a work item on each runs the function in pieces, with bottom
 * halves on in between. All CPUs are asked at once.
 *
 * A work item may not run for as long as a real-time task likes. So a CPU that ends no
 * piece within nfl_cpuwait is given up: its slot goes from ASKED to NONE by one atomic
 * operation, as it goes from ASKED to BUSY for each piece. Either the piece has begun, and
 * is waited for (bottom halves are off, so nothing preempts it), or it never will. So the
 * caller's argument is not touched after the caller has returned, no piece is half done,
 * and the work item that runs in the end finds nothing to do. It belongs to the CPU's part:
 * there is nothing to allocate, and nothing of the caller's is left behind.
 *
 * Until it has run the CPU is known not to answer and is not waited for at all. So such a
 * CPU costs the wait once, not with each call.
 *
 * With PREEMPT_RT a piece can be preempted; it is waited for there as well.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>

#include "base/works.h"
#include "meter/call.h"
#include "meter/cpu.h"
#include "meter/meter.h"

/* The most that nfl_cpuwait counts for. */
#define WAIT_MAX	10000

static unsigned int nfl_cpuwait = 10;
module_param_named(cpuwait, nfl_cpuwait, uint, 0644);
MODULE_PARM_DESC(cpuwait, "milliseconds that a CPU has to answer, 1 to 10000");

enum call_state {
	CALL_NONE,		/* nothing to do, or it was given up */
	CALL_ASKED,		/* a piece is to be done */
	CALL_BUSY,		/* it is being done */
};

static void run(struct nfl_cpu *cpu, nfl_cpu_function function, void *argument,
		unsigned int *step, bool *more)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(cpu->meter->cpus);

	nfl_cpu_enter(cpus);
	*more = function(cpu, argument, step);
	nfl_cpu_exit(cpus);
}

/* Do a piece, if one is asked for. Returns true if there is more. */
static bool piece(struct nfl_cpu *cpu)
{
	struct nfl_calls *calls = &cpu->meter->calls;
	struct nfl_call_slot *slot = &cpu->call;
	bool more = false;

	/* not preempted from here on: who gives up a CPU waits for the end of a piece */
	local_bh_disable();
	/* a work item that outlived its CPU runs elsewhere */
	if (cpu->number == smp_processor_id() &&
	    atomic_cmpxchg(&slot->state, CALL_ASKED, CALL_BUSY) == CALL_ASKED) {
		run(cpu, calls->function, calls->argument, &slot->step, &more);
		WRITE_ONCE(slot->pieces, slot->pieces + 1);
		/* what the piece did shows to whoever sees this */
		atomic_set_release(&slot->state, more ? CALL_ASKED : CALL_NONE);
		if (!more && atomic_dec_and_test(&calls->left))
			wake_up(&calls->ended);
	}
	local_bh_enable();
	return more;
}

static void call_work(struct work_struct *work)
{
	struct nfl_cpu *cpu = container_of(work, struct nfl_cpu, call.work);

	while (piece(cpu))
		cond_resched();
	/* it was given up before, or between two pieces, while this waited for the CPU */
	WRITE_ONCE(cpu->call.late, false);
}

static void run_here(struct nfl_cpu *cpu, nfl_cpu_function function, void *argument)
{
	unsigned int step = 0;
	bool more;

	do {
		run(cpu, function, argument, &step, &more);
		cond_resched();
	} while (more);
}

/* Give a CPU up that has not ended; true if it was. */
static bool give_up_cpu(struct nfl_calls *calls, struct nfl_call_slot *slot)
{
	int state;

	/* first: its work item, which clears it, may run as soon as it is given up */
	WRITE_ONCE(slot->late, true);
	while ((state = atomic_cmpxchg(&slot->state, CALL_ASKED, CALL_NONE)) == CALL_BUSY)
		usleep_range(20, 100);
	if (state == CALL_NONE) {
		WRITE_ONCE(slot->late, false);
		return false;
	}
	atomic_dec(&calls->left);
	return true;
}

/* Ask a CPU. Returns false if it is known not to answer. */
static bool ask(struct nfl_calls *calls, struct nfl_cpu *cpu)
{
	struct nfl_call_slot *slot = &cpu->call;
	const bool late = READ_ONCE(slot->late);

	if (!late) {
		slot->step = 0;
		slot->seen = READ_ONCE(slot->pieces);
		atomic_inc(&calls->left);
		/* pairs with piece(): with it come the function and its argument */
		atomic_set_release(&slot->state, CALL_ASKED);
	}
	queue_work_on(cpu->number, nfl_call_workqueue, &slot->work);
	return !late;
}

static unsigned int wait_ms(void)
{
	return clamp_t(unsigned int, READ_ONCE(nfl_cpuwait), 1, WAIT_MAX);
}

/* Wait for those CPUs from @first to @last that were asked. Returns how many were given up. */
static unsigned int await(struct nfl_meter *meter, int first, int last)
{
	const unsigned long wait = msecs_to_jiffies(wait_ms()) + 1;
	struct nfl_calls *calls = &meter->calls;
	unsigned int given_up = 0;
	int number;

	/* pairs with piece(): what CPUs did shows here. A jiffy that has begun counts for none. */
	while (!wait_event_timeout(calls->ended, !atomic_read_acquire(&calls->left), wait)) {
		for_each_possible_cpu(number) {
			struct nfl_call_slot *slot = &per_cpu_ptr(meter->cpus, number)->call;
			const unsigned int pieces = READ_ONCE(slot->pieces);

			if (number < first || number > last ||
			    atomic_read(&slot->state) == CALL_NONE)
				continue;
			if (slot->seen == pieces)
				given_up += give_up_cpu(calls, slot);
			slot->seen = pieces;
		}
	}
	return given_up;
}

/*
 * A call of CPUs from @first to @last, while no CPU comes or goes. Returns how many do not
 * answer.
 */
static unsigned int call_locked(struct nfl_meter *meter, int first, int last, nfl_cpu_test test,
				nfl_cpu_function function, void *argument)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	struct nfl_calls *calls = &meter->calls;
	unsigned int unanswered = 0;
	int number;

	if (!cpus)
		return 0;
	calls->function = function;
	calls->argument = argument;
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);

		if (number < first || number > last || calls->direct || !cpu_online(number) ||
		    (test && !test(cpu)))
			continue;
		unanswered += !ask(calls, cpu);
	}
	/* nothing else uses the part of a CPU that is offline */
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = per_cpu_ptr(cpus, number);

		if (number >= first && number <= last &&
		    (calls->direct || !cpu_online(number)) && (!test || test(cpu)))
			run_here(cpu, function, argument);
	}
	unanswered += await(meter, first, last);
	return unanswered;
}

static unsigned int call(struct nfl_meter *meter, int first, int last, nfl_cpu_test test,
			 nfl_cpu_function function, void *argument)
{
	unsigned int unanswered;

	mutex_lock(&meter->calls.lock);
	cpus_read_lock();
	unanswered = call_locked(meter, first, last, test, function, argument);
	cpus_read_unlock();
	mutex_unlock(&meter->calls.lock);
	return unanswered;
}

/**
 * nfl_cpus_call() - run a function on CPUs, on all at the same time
 * @meter: whose CPUs stay there meanwhile
 * @test: which CPUs; NULL for all. It is asked from here, not on that CPU.
 * @function: the function, see there
 * @argument: for @function, unused when this returns
 *
 * Context: process; sleeps.
 * Return: how many of the CPUs have not ended @function, and will not call it any more.
 */
unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	return call(meter, 0, INT_MAX, test, function, argument);
}

/**
 * nfl_cpu_call() - run a function on one CPU
 * @meter: whose CPUs stay there meanwhile
 * @number: the CPU
 * @function: the function, see there
 * @argument: for @function, unused when this returns
 *
 * Context: process; sleeps.
 * Return: false if the CPU has not ended @function, and will not call it any more.
 */
bool nfl_cpu_call(struct nfl_meter *meter, int number, nfl_cpu_function function, void *argument)
{
	return !call(meter, number, number, NULL, function, argument);
}

static bool nothing(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	return false;
}

/**
 * nfl_cpu_answers() - ask a CPU whether it answers calls
 * @meter: whose CPUs stay there meanwhile
 * @number: the CPU
 *
 * Context: process; sleeps. Unlike a call it does not wait for long for another call to end,
 *	whose caller may not get a CPU either, and not at all for hotplug.
 * Return: false if it does not, or another call or hotplug does not end.
 */
bool nfl_cpu_answers(struct nfl_meter *meter, int number)
{
	struct nfl_calls *calls = &meter->calls;
	unsigned int left = wait_ms();
	bool answers = false;

	while (!mutex_trylock(&calls->lock)) {
		if (!left--)
			return false;
		usleep_range(900, 1100);
	}
	/*
	 * The caller may be waited for by a task that holds hotplug off, and that is waited for by
	 * one that takes a CPU away.
	 */
	if (cpus_read_trylock()) {
		answers = !call_locked(meter, number, number, NULL, nothing, NULL);
		cpus_read_unlock();
	}
	mutex_unlock(&calls->lock);
	return answers;
}

/**
 * nfl_calls_init() - no call yet
 * @calls: to be initialised
 */
void nfl_calls_init(struct nfl_calls *calls)
{
	mutex_init(&calls->lock);
	init_waitqueue_head(&calls->ended);
	atomic_set(&calls->left, 0);
	calls->direct = false;
}

/**
 * nfl_call_slot_init() - a CPU's part of calls, at rest
 * @slot: to be initialised, all 0
 */
void nfl_call_slot_init(struct nfl_call_slot *slot)
{
	INIT_WORK(&slot->work, call_work);
}

/**
 * nfl_calls_direct() - from now on the caller does all itself
 * @meter: the metering process, of which nothing runs on CPUs any more, and which nothing
 *	calls but the end of its namespace
 *
 * Context: process; waits for work items that run.
 */
void nfl_calls_direct(struct nfl_meter *meter)
{
	int number;

	for_each_possible_cpu(number)
		cancel_work_sync(&per_cpu_ptr(meter->cpus, number)->call.work);
	meter->calls.direct = true;
}
