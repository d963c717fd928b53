/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How others have something done on a CPU that owns its part of a namespace.
 */
#ifndef NFL_METER_CALL_H
#define NFL_METER_CALL_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct nfl_cpu;
struct nfl_meter;

/**
 * typedef nfl_cpu_function - a function that is run on a CPU which it owns
 * @cpu: the CPU
 * @argument: what nfl_cpus_call() was given; other CPUs have it at the same time
 * @step: 0 at first, and the function's own
 *
 * Return: true to be called once more; bottom halves run in between. It is not, if the CPU
 * takes too long to come back to it: each call leaves all in order.
 */
typedef bool (*nfl_cpu_function)(struct nfl_cpu *cpu, void *argument, unsigned int *step);
typedef bool (*nfl_cpu_test)(const struct nfl_cpu *cpu);

/**
 * struct nfl_call_slot - a CPU's part of a call
 * @work: runs the function
 * @state: &enum call_state
 * @step: the function's
 * @pieces: counts calls of functions, to see whether there is progress
 * @seen: @pieces at the caller's last look
 * @late: it was given up, and @work has not run since
 */
struct nfl_call_slot {
	struct work_struct work;
	atomic_t state;
	unsigned int step;
	unsigned int pieces;
	unsigned int seen;
	bool late;
};

/**
 * struct nfl_calls - the calls in a namespace, one at a time
 * @lock: held for a call; below the exporter's locks, above the hotplug lock
 * @function: what is to be run
 * @argument: its argument
 * @left: CPUs that have not ended it
 * @ended: woken up when there are none
 * @direct: the CPUs do nothing any more, and the caller does it for them
 */
struct nfl_calls {
	struct mutex lock;
	nfl_cpu_function function;
	void *argument;
	atomic_t left;
	wait_queue_head_t ended;
	bool direct;
};

unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument);
bool nfl_cpu_call(struct nfl_meter *meter, int number, nfl_cpu_function function, void *argument);
bool nfl_cpu_answers(struct nfl_meter *meter, int number);
void nfl_calls_init(struct nfl_calls *calls);
void nfl_call_slot_init(struct nfl_call_slot *slot);
void nfl_calls_direct(struct nfl_meter *meter);

#endif /* NFL_METER_CALL_H */
