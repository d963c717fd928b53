// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums over the CPUs: of their counters, and of the flows in their tables.
 */
#include <linux/percpu.h>
#include <linux/string.h>

#include "meter/cpu.h"
#include "meter/meter.h"

/*
 * Read the counters of a CPU as they were between two packets. On 64 bits u64_stats_sync
 * does nothing, so the number of seen packets is read before and after the other counters,
 * and all are read again if a packet was counted in between. After some tries the last
 * values are taken. Counters are read in reverse order, seen packets last: then a packet may
 * be seen and not counted elsewhere yet, which is as if it were in a table. In the other
 * order a flow could have left a table without having been seen.
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
			/* the value at the end shows whether a packet was counted after this */
			smp_rmb();
			for (i = NFL_CPU_COUNTERS_MAX; i--;) {
				if (i == NFL_SEEN_OCTETS)
					smp_rmb();	/* read what was seen after the rest */
				counter[i] = u64_stats_read(&stats->counter[i]);
			}
		} while (u64_stats_fetch_retry(&stats->sync, start));
	} while (counter[NFL_SEEN_PACKETS] != seen && --tries);
}

/**
 * nfl_meter_sums() - sum up the counters
 * @meter: the metering process
 * @number: the number of a CPU, or -1 for all CPUs
 * @sums: filled
 *
 * Context: any; takes no lock. Packets may be counted at the same time.
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
 * nfl_meter_live() - count the flows in the tables of a namespace
 * @meter: the metering process
 *
 * Context: any; takes no lock. The tables may change at the same time.
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
