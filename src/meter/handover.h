/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows are copied from the tables of a CPU into batches.
 */
#ifndef NFL_METER_HANDOVER_H
#define NFL_METER_HANDOVER_H

#include "flow/flow.h"

struct nfl_cpu;

bool nfl_handover_put(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *flow,
		      enum nfl_end_reason reason);
void nfl_handover_publish(struct nfl_cpu *cpu);

#endif /* NFL_METER_HANDOVER_H */
