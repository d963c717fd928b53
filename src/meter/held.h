/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that count if they are not seen again.
 */
#ifndef NFL_METER_HELD_H
#define NFL_METER_HELD_H

#include "meter/cpu.h"

void nfl_held_count(struct nfl_cpu *cpu);

#endif /* NFL_METER_HELD_H */
