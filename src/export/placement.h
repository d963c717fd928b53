/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the exporter's work runs.
 */
#ifndef NFL_EXPORT_PLACEMENT_H
#define NFL_EXPORT_PLACEMENT_H

#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/types.h>

struct nfl_config;
struct nfl_meter;
struct task_struct;

/**
 * struct nfl_place - where that is, and why
 * @cpu: the CPU, if exportcpu names none; -1 to leave it to the scheduler
 * @time: when packets were last counted, in jiffies
 * @seen: by CPU, packets that it had seen then
 * @chosen: the CPU that the thread has gone to; -1 if the scheduler has its way
 * @away: the CPU that it was moved away from, until that answers; -1 for none. Set by who
 *	watches the thread
 * @doubted: the same until that CPU has been asked; written by who watches only
 * @anywhere: where the thread may run if no CPU is chosen; empty before it has run
 * @elsewhere: where it may run that is moved away; of who watches
 * @meter: the metering process
 * @config: the settings, with exportcpu
 *
 * What has no other note is the thread's.
 */
struct nfl_place {
	int cpu;
	unsigned long time;
	u64 *seen;
	int chosen;
	int away;
	int doubted;
	cpumask_var_t anywhere;
	cpumask_var_t elsewhere;
	struct nfl_meter *meter;
	const struct nfl_config *config;
};

void nfl_place_init(struct nfl_place *place, struct nfl_meter *meter,
		    const struct nfl_config *config);
int __must_check nfl_place_start(struct nfl_place *place);
void nfl_place_stop(struct nfl_place *place);
void nfl_place_look(struct nfl_place *place);
void nfl_place_go(struct nfl_place *place);
void nfl_place_leave(struct nfl_place *place, struct task_struct *thread);

#endif /* NFL_EXPORT_PLACEMENT_H */
