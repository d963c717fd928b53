/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the exporter's work runs.
 */
#ifndef NFL_EXPORT_PLACEMENT_H
#define NFL_EXPORT_PLACEMENT_H

#include <linux/types.h>

struct delayed_work;
struct nfl_config;
struct nfl_meter;
struct nfl_works;

/**
 * struct nfl_place - where that is, and why
 * @cpu: the CPU, if exportcpu names none; -1 to leave it to the scheduler. Read by all
 * @time: when packets were last counted, in jiffies; this and @cpu are written by the
 *	exporter's work
 * @seen: by CPU, packets that it had seen then; the work's, NULL while the exporter rests
 * @meter: the metering process
 * @config: the settings, with exportcpu
 */
struct nfl_place {
	int cpu;
	unsigned long time;
	u64 *seen;
	const struct nfl_meter *meter;
	const struct nfl_config *config;
};

void nfl_place_init(struct nfl_place *place, const struct nfl_meter *meter,
		    const struct nfl_config *config);
void nfl_place_start(struct nfl_place *place);
void nfl_place_stop(struct nfl_place *place);
void nfl_place_look(struct nfl_place *place);
void nfl_place_queue(const struct nfl_place *place, struct delayed_work *work,
		     struct nfl_works *works, unsigned long delay);

#endif /* NFL_EXPORT_PLACEMENT_H */
