// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums over the CPUs: their counters, the flows in their tables.
 */
#include <linux/percpu.h>
#include <linux/string.h>

#include "meter/cpu.h"
#include "meter/meter.h"

/*
 * A CPU's counters, as they were between two packets, if it leaves as much time: on
 * machines of 64 bits a reader has nothing else to know it by. From the last to the
 * first, as a packet that is not seen yet is less wrong than one that is gone already.
 */
static void cpu_read(const struct nfl_cpu *cpu, u64 counter[NFL_CPU_COUNTERS_MAX])
{
	const struct nfl_counters *stats = &cpu->stats;
	int i, tries = 4;
	u64 seen;

	do {
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&stats->sync);
			seen = u64_stats_read(&stats->counter[NFL_SEEN_PACKETS]);
			/* a packet that comes from now on shows in it at the end */
			smp_rmb();
			for (i = NFL_CPU_COUNTERS_MAX; i--;) {
				if (i == NFL_SEEN_OCTETS)
					smp_rmb();	/* how many came: last of all */
				counter[i] = u64_stats_read(&stats->counter[i]);
			}
		} while (u64_stats_fetch_retry(&stats->sync, start));
	} while (counter[NFL_SEEN_PACKETS] != seen && --tries);
}

/**
 * nfl_meter_sums() - sum counters up
 * @meter: the metering process
 * @number: of one CPU, or -1 for all
 * @sums: where to
 *
 * Context: any; takes no lock. The sums are of about now.
 */
void nfl_meter_sums(const struct nfl_meter *meter, int number, struct nfl_sums *sums)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	int i, counter;

	memset(sums, 0, sizeof(*sums));
	if (!cpus)
		return;
	if (number >= 0) {
		cpu_read(per_cpu_ptr(cpus, number), sums->counter);
		return;
	}
	for_each_possible_cpu(i) {
		struct nfl_sums one;

		cpu_read(per_cpu_ptr(cpus, i), one.counter);
		for (counter = 0; counter < NFL_CPU_COUNTERS_MAX; counter++)
			sums->counter[counter] += one.counter[counter];
	}
}

/**
 * nfl_meter_live() - flows in the tables of a namespace, of about now
 * @meter: the metering process
 */
u64 nfl_meter_live(const struct nfl_meter *meter)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	u64 live = 0;
	int number;

	if (!cpus)
		return 0;
	for_each_possible_cpu(number)
		live += nfl_cpu_live(per_cpu_ptr(cpus, number));
	return live;
}
