/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * maxflows, distributed to the CPUs.
 */
#ifndef NFL_METER_MAXFLOWS_H
#define NFL_METER_MAXFLOWS_H

#include <linux/jiffies.h>

#include "meter/cpu.h"

/*
 * The number of flows that a CPU may always have. Without it a CPU could meter nothing while
 * others have all of maxflows.
 */
#define NFL_FLOWS_LEAST	1

void nfl_maxflows_init(struct nfl_meter *meter);
void nfl_maxflows_change(struct nfl_meter *meter, u32 old, u32 new);
u32 nfl_maxflows_share(const struct nfl_meter *meter);
void nfl_maxflows_join(struct nfl_cpu *cpu);
bool nfl_maxflows_grant(struct nfl_cpu *cpu);
void nfl_maxflows_release(struct nfl_cpu *cpu);

/*
 * May this CPU have more flows? After a refusal it does not ask again in the same jiffy. In a
 * flood, each packet would otherwise do two atomic operations on a cache line that all CPUs
 * share.
 */
static inline bool nfl_maxflows_ask(struct nfl_cpu *cpu)
{
	return cpu->refused_jiffies != (u32)jiffies && nfl_maxflows_grant(cpu);
}

#endif /* NFL_METER_MAXFLOWS_H */
