/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start and stop of a metering process.
 */
#ifndef NFL_METER_PROCESS_H
#define NFL_METER_PROCESS_H

#include <linux/types.h>

struct net;
struct nfl_batch_queue;
struct nfl_config;
struct nfl_meter;

void nfl_meter_init(struct nfl_meter *meter, struct net *net, const struct nfl_config *config,
		    struct nfl_batch_queue *queue);
int nfl_meter_start(struct nfl_meter *meter);
void nfl_meter_stop(struct nfl_meter *meter);
void nfl_meter_free(struct nfl_meter *meter);
void nfl_meter_set_hashsize(struct nfl_meter *meter, u32 flows);
int nfl_metering_init(void);
void nfl_metering_exit(void);

#endif /* NFL_METER_PROCESS_H */
