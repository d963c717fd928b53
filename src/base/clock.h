/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock for the times of flows.
 */
#ifndef NFL_BASE_CLOCK_H
#define NFL_BASE_CLOCK_H

#include <linux/ktime.h>
#include <linux/types.h>

/* Milliseconds since boot, including suspended time. */
static inline u64 nfl_clock64(void)
{
	return ktime_to_ms(ktime_get_boottime());
}

/* The same in 32 bits, which wrap after 49 days. This is NetFlow's sysUptime, too. */
static inline u32 nfl_clock(void)
{
	return (u32)nfl_clock64();
}

#endif /* NFL_BASE_CLOCK_H */
