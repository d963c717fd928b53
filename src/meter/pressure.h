/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables get smaller when the machine is short of memory.
 */
#ifndef NFL_METER_PRESSURE_H
#define NFL_METER_PRESSURE_H

#include <linux/types.h>

struct nfl_cpu;
struct nfl_meter;

int nfl_pressure_start(struct nfl_meter *meter);
void nfl_pressure_stop(struct nfl_meter *meter);

#endif /* NFL_METER_PRESSURE_H */
