// SPDX-License-Identifier: GPL-2.0-only
/*
 * The efficiency of the flow tables, as the metric of ipt-netflow's statistics.
 */
#include <linux/math64.h>
#include <linux/percpu.h>

#include "meter/counters.h"
#include "meter/cpu.h"
#include "meter/meter.h"
#include "proc/metric.h"

/**
 * nfl_metric_searched() - the entries that a CPU compared without a match
 * @cpu: the CPU
 *
 * Context: any; the caller need not own @cpu.
 */
u64 nfl_metric_searched(const struct nfl_cpu *cpu)
{
	u64 searched = 0;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		searched += READ_ONCE(cpu->tables[family].searched);
	return searched;
}

/**
 * nfl_metric() - the entries compared per packet, times 100
 * @meter: the Metering Process
 * @number: the CPU, or -1 for all CPUs
 * @sums: the counters of that CPU, or of all CPUs
 *
 * Return: the metric; 100 if the first entry matched for every packet.
 */
u32 nfl_metric(const struct nfl_meter *meter, int number, const struct nfl_sums *sums)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	const u64 packets = sums->counter[NFL_FOUND] + sums->counter[NFL_NEW_FLOWS];
	u64 searched = 0;
	int i;

	if (!packets || !cpus)
		return 100;
	for_each_possible_cpu(i) {
		if (number < 0 || i == number)
			searched += nfl_metric_searched(per_cpu_ptr(cpus, i));
	}
	return 100 + div64_u64(searched * 100, packets);
}
