/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the exporter's work runs.
 */
#ifndef NFL_PLACE_H
#define NFL_PLACE_H

#include <linux/types.h>

struct netflow;

/**
 * struct nfl_place - where that is, and why
 * @cpu: the CPU, if exportcpu names none; -1 to leave it to the scheduler. Read by all
 * @time: when packets were last counted, in jiffies; this and @cpu are written by the
 *	exporter's work
 * @seen: by CPU, packets that it had seen then; the work's, NULL while the exporter rests
 */
struct nfl_place {
	int cpu;
	unsigned long time;
	u64 *seen;
};

void nfl_place_init(struct nfl_place *place);
void nfl_place_start(struct nfl_place *place);
void nfl_place_stop(struct nfl_place *place);
void nfl_place_look(struct netflow *nf);
void nfl_place_queue(struct netflow *nf, unsigned long delay);

#endif /* NFL_PLACE_H */
