/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timer of a CPU: it works off the rings and expires flows.
 */
#ifndef NFL_METER_TIMER_H
#define NFL_METER_TIMER_H

struct nfl_cpu;

void nfl_timer_init(struct nfl_cpu *cpu);
void nfl_timer_stop(struct nfl_cpu *cpu);

#endif /* NFL_METER_TIMER_H */
