/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time-outs: which flows are removed from the table, and when.
 */
#ifndef NFL_METER_EXPIRE_H
#define NFL_METER_EXPIRE_H

#include "flow/flow.h"

struct nfl_cpu;
struct nfl_meter;
struct nfl_table;

bool nfl_expire_walk(struct nfl_cpu *cpu);
void nfl_expire_sooner(struct nfl_cpu *cpu, struct nfl_table *table, const struct nfl_flow *flow);
void nfl_expire_timeouts_changed(struct nfl_meter *meter);
bool nfl_expire_flush(struct nfl_cpu *cpu);
enum nfl_end_reason nfl_expire_reason(const struct nfl_cpu *cpu, enum nfl_family family,
				      const struct nfl_flow *flow, u32 now);

#endif /* NFL_METER_EXPIRE_H */
