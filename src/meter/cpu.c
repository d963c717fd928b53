// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU's timer is armed here, what it does is in timer.c.
 */
#include <linux/jiffies.h>

#include "meter/cpu.h"

/* How long a packet waits in a ring that does not fill. */
#define RING_DELAY	(HZ < 250 ? 1 : HZ / 250)

/* How often the tables are walked. */
#define EXPIRE_INTERVAL	(HZ / 10)

/* How often a batch's age is looked at. */
#define BATCH_INTERVAL	max(HZ / 20, 1)

/**
 * nfl_cpu_arm_ring() - set the timer for the ring, which has its first packet
 * @cpu: the CPU, owned
 */
void nfl_cpu_arm_ring(struct nfl_cpu *cpu)
{
	cpu->armed = NFL_TIMER_RING;
	mod_timer(&cpu->timer, jiffies + RING_DELAY);
}

/**
 * nfl_cpu_arm_expire() - set the timer for the walk, unless it is set
 * @cpu: the CPU, owned
 */
void nfl_cpu_arm_expire(struct nfl_cpu *cpu)
{
	if (cpu->armed != NFL_TIMER_OFF)
		return;
	cpu->armed = NFL_TIMER_EXPIRE;
	mod_timer(&cpu->timer, jiffies + (nfl_cpu_has_batch(cpu) ? BATCH_INTERVAL :
								   EXPIRE_INTERVAL));
}
