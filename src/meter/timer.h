/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's clockwork: when the ring is worked off and flows are expired.
 */
#ifndef NFL_TICK_H
#define NFL_TICK_H

struct nfl_cpu;

void nfl_tick_init(struct nfl_cpu *cpu);
void nfl_tick_ring(struct nfl_cpu *cpu);
void nfl_tick_expire(struct nfl_cpu *cpu);
void nfl_tick_stop(struct nfl_cpu *cpu);

#endif /* NFL_TICK_H */
