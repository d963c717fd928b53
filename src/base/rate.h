/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate of a counter.
 */
#ifndef NFL_BASE_RATE_H
#define NFL_BASE_RATE_H

#include <linux/math64.h>
#include <linux/types.h>

/**
 * nfl_rate_of() - the rate of a counter per second
 * @before: the previous value; set to @now
 * @now: the present value; the counter may have been reset meanwhile
 * @passed: milliseconds since the previous value, not 0
 *
 * Context: any; only the caller uses @before.
 */
static inline u64 nfl_rate_of(u64 *before, u64 now, u64 passed)
{
	const u64 more = now >= *before ? now - *before : now;

	*before = now;
	return div64_u64(more * 1000, passed);
}

#endif /* NFL_BASE_RATE_H */
