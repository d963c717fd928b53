/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time-outs: which flows leave the table, and when.
 */
#ifndef NFL_EXPIRE_H
#define NFL_EXPIRE_H

#include "flow.h"

struct nfl_cpu;

bool nfl_expire_walk(struct nfl_cpu *cpu);
bool nfl_expire_flush(struct nfl_cpu *cpu);
enum nfl_end_reason nfl_expire_reason(const struct nfl_cpu *cpu, enum nfl_family family,
				      const struct nfl_flow *flow, u32 now);

#endif /* NFL_EXPIRE_H */
