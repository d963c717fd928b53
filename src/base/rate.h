/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate of a counter.
 */
#ifndef NFL_BASE_RATE_H
#define NFL_BASE_RATE_H

#include <linux/math64.h>
#include <linux/types.h>

/**
 * nfl_rate_of() - a counter's rate a second
 * @before: what it was, which becomes what it is
 * @now: what it is; it may have been set to zero meanwhile
 * @passed: milliseconds since @before, not 0
 *
 * Context: any; @before is the caller's.
 */
static inline u64 nfl_rate_of(u64 *before, u64 now, u64 passed)
{
	const u64 more = now >= *before ? now - *before : now;

	*before = now;
	return div64_u64(more * 1000, passed);
}

#endif /* NFL_BASE_RATE_H */
