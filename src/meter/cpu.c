// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU's timer is armed here, what it does is in timer.c. Cross-CPU work goes through
 * nfl_cpu_call(): a work item runs there, in pieces with bottom halves on in between.
 */
#include <linux/cpu.h>
#include <linux/sched.h>

#include "base/works.h"
#include "meter/cpu.h"
#include "meter/meter.h"

/* How long a packet waits in a ring that does not fill. */
#define RING_DELAY	(HZ < 250 ? 1 : HZ / 250)

/* How often the tables are walked. */
#define EXPIRE_INTERVAL	(HZ / 10)

/**
 * nfl_cpu_arm_ring() - set the timer for the ring, which has its first packet
 * @cpu: the CPU, owned
 */
void nfl_cpu_arm_ring(struct nfl_cpu *cpu)
{
	cpu->armed = NFL_TIMER_RING;
	mod_timer(&cpu->timer, jiffies + RING_DELAY);
}

/**
 * nfl_cpu_arm_expire() - set the timer for the walk, unless it is set
 * @cpu: the CPU, owned
 */
void nfl_cpu_arm_expire(struct nfl_cpu *cpu)
{
	if (cpu->armed != NFL_TIMER_OFF)
		return;
	cpu->armed = NFL_TIMER_EXPIRE;
	mod_timer(&cpu->timer, jiffies + EXPIRE_INTERVAL);
}

struct cpu_call {
	struct work_struct work;
	struct nfl_cpu *cpu;
	nfl_cpu_function function;
	void *argument;
};

static void cpu_call(struct work_struct *work)
{
	struct cpu_call *call = container_of(work, struct cpu_call, work);
	struct nfl_cpu __percpu *cpus = READ_ONCE(call->cpu->meter->cpus);
	unsigned int step = 0;
	bool more;

	do {
		nfl_cpu_enter(cpus);
		more = call->function(call->cpu, call->argument, &step);
		nfl_cpu_exit(cpus);
		cond_resched();
	} while (more);
}

/**
 * nfl_cpu_call() - run a function on a CPU
 * @meter: whose CPUs stay there meanwhile
 * @number: the CPU
 * @function: the function, see there
 * @argument: for @function
 *
 * Nothing uses the part of a CPU that is offline, so the function is run
 * for it here.
 *
 * Context: process; sleeps.
 */
void nfl_cpu_call(struct nfl_meter *meter, int number, nfl_cpu_function function, void *argument)
{
	struct cpu_call call = { .function = function, .argument = argument };

	if (!READ_ONCE(meter->cpus))
		return;
	call.cpu = per_cpu_ptr(READ_ONCE(meter->cpus), number);
	INIT_WORK_ONSTACK(&call.work, cpu_call);
	cpus_read_lock();
	if (cpu_online(number)) {
		queue_work_on(number, nfl_call_workqueue, &call.work);
		flush_work(&call.work);
	} else {
		cpu_call(&call.work);
	}
	cpus_read_unlock();
	destroy_work_on_stack(&call.work);
}

/**
 * nfl_cpus_call() - run a function on CPUs, one after the other
 * @meter: whose CPUs stay there meanwhile
 * @test: which CPUs; NULL for all. It is asked from here, not on that CPU.
 * @function: the function, see there
 * @argument: for @function
 *
 * Context: process; sleeps.
 */
void nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
		   void *argument)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	int number;

	if (!cpus)
		return;
	for_each_possible_cpu(number) {
		if (!test || test(per_cpu_ptr(cpus, number)))
			nfl_cpu_call(meter, number, function, argument);
	}
}
