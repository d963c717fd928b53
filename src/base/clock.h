/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock for the times of flows.
 */
#ifndef NFL_BASE_CLOCK_H
#define NFL_BASE_CLOCK_H

#include <linux/ktime.h>
#include <linux/timekeeping.h>
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

/*
 * The time of nfl_clock64() 0, in milliseconds since 1970. It is the difference of two offsets
 * that the kernel keeps. Two clocks that are read one after the other differ by how long the
 * task was preempted in between.
 */
static inline u64 nfl_clock_epoch(void)
{
	return ktime_to_ms(ktime_sub(ktime_mono_to_any(0, TK_OFFS_REAL),
				     ktime_mono_to_any(0, TK_OFFS_BOOT)));
}

#endif /* NFL_BASE_CLOCK_H */
