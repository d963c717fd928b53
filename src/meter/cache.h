/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of a CPU as a cache of bounded size: flows are created, evicted and moved.
 */
#ifndef NFL_METER_CACHE_H
#define NFL_METER_CACHE_H

#include "flow/flow.h"

struct nfl_cpu;
struct nfl_table;

bool nfl_cache_start(struct nfl_cpu *cpu, struct nfl_table *table);
void nfl_cache_put_aside(struct nfl_cpu *cpu);
struct nfl_flow *nfl_cache_create(struct nfl_cpu *cpu, enum nfl_family family, u32 hash,
				  const void *key);
bool nfl_cache_adopt(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *part);
void nfl_cache_move(struct nfl_cpu *to, struct nfl_cpu *from, enum nfl_family family,
		    const struct nfl_flow *flow);
bool nfl_cache_shed(struct nfl_cpu *cpu);
bool nfl_cache_relieve(struct nfl_cpu *cpu);

#endif /* NFL_METER_CACHE_H */
