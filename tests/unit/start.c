// SPDX-License-Identifier: GPL-2.0-only
/*
 * A metering process that cannot be started: readers of statistics, who take no reference to
 * the CPUs' parts, do not find any before nothing can fail any more.
 */
#define SHIM_CPUS	2

/* cpus.h has more than is needed here */
#pragma GCC diagnostic ignored "-Wunused-function"

#include "cpus.h"
#include "shim/hotplug.h"

#undef alloc_percpu_gfp
#define alloc_percpu_gfp(type, flags)	kzalloc(SHIM_CPUS * sizeof(type), flags)
#define cpuhp_state_add_instance_nocalls(state, node)	((void)(state), (void)(node), hotplug_add())

/* What is started, in this order; the one that fails. */
enum step {
	PRESSURE,
	HOTPLUG,
	NONE,
};

static struct nfl_meter meter;
static enum step failing;
static unsigned int begun, ended;

static int begin(enum step now)
{
	check(!meter.cpus, "%u: readers find CPUs", now);
	begun++;
	return failing == now ? -ENOMEM : 0;
}

static int hotplug_add(void)
{
	return begin(HOTPLUG);
}

#include "../../src/meter/process.c"

int nfl_pressure_start(struct nfl_meter *of)
{
	return begin(PRESSURE);
}

void nfl_pressure_stop(struct nfl_meter *of)
{
	ended++;
}

void nfl_timer_init(struct nfl_cpu *cpu)
{
}

void nfl_timer_stop(struct nfl_cpu *cpu)
{
}

void nfl_calls_init(struct nfl_calls *calls)
{
}

void nfl_calls_direct(struct nfl_meter *of)
{
}

void nfl_call_slot_init(struct nfl_call_slot *slot)
{
}

unsigned int nfl_cpus_call(struct nfl_meter *of, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	abort();
}

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

static void start(enum step fails, unsigned int begins, unsigned int ends)
{
	int err;

	failing = fails;
	begun = 0;
	ended = 0;
	err = nfl_meter_start(&meter);
	check(err == (fails == NONE ? 0 : -ENOMEM), "error %d", err);
	check(begun == begins && ended == ends, "%u begun, %u undone", begun, ended);
	check(!meter.cpus == (fails != NONE), "CPUs after %u", fails);
	if (fails != NONE)
		check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
}

int main(void)
{
	tap_begin();
	nfl_meter_init(&meter, NULL, &config, &queue);
	nfl_batch_queue_init(&queue, batch_arrived);
	start(PRESSURE, 1, 0);
	start(HOTPLUG, 2, 1);
	/* a CPU that dies before the parts are there has nothing */
	check(!cpu_dead(1, &meter.hotplug), "it fails");
	start(NONE, 2, 0);
	nfl_meter_stop(&meter);
	nfl_meter_free(&meter);
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("readers find CPUs when nothing can fail any more");
	return tap_end();
}
