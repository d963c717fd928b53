/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The efficiency of the flow tables, as the metric of ipt-netflow's statistics.
 */
#ifndef NFL_PROC_METRIC_H
#define NFL_PROC_METRIC_H

#include <linux/types.h>

struct nfl_cpu;
struct nfl_meter;
struct nfl_sums;

u64 nfl_metric_searched(const struct nfl_cpu *cpu);
u32 nfl_metric(const struct nfl_meter *meter, int number, const struct nfl_sums *sums);

#endif /* NFL_PROC_METRIC_H */
