/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The times for which a CPU is owned, that is, for which bottom halves are disabled: a
 * histogram, see debug/holdtime.c. It exists in a debug build only; otherwise the struct is
 * empty and the functions do nothing.
 */
#ifndef NFL_METER_HOLDTIME_H
#define NFL_METER_HOLDTIME_H

#ifdef NETFLOW_DEBUG

#include <linux/math64.h>
#include <linux/ktime.h>

#define NFL_HOLDTIME_STEP	5000	/* nanoseconds */
#define NFL_HOLDTIME_STEPS	64	/* the last step includes all longer times */

/**
 * struct nfl_holdtime - how long a CPU was owned, and how often
 * @since: when the CPU was entered, ktime_get_ns()
 * @longest: the longest time, in nanoseconds
 * @times: for each step of NFL_HOLDTIME_STEP, how often the CPU was owned for such a time
 *
 * Written by its CPU while it is owned, read by all.
 */
struct nfl_holdtime {
	u64 since;
	u64 longest;
	u64 times[NFL_HOLDTIME_STEPS];
};

static inline void nfl_holdtime_begin(struct nfl_holdtime *holdtime)
{
	holdtime->since = ktime_get_ns();
}

static inline void nfl_holdtime_end(struct nfl_holdtime *holdtime)
{
	const u64 time = ktime_get_ns() - holdtime->since;
	const u64 step = min_t(u64, div_u64(time, NFL_HOLDTIME_STEP), NFL_HOLDTIME_STEPS - 1);

	WRITE_ONCE(holdtime->times[step], holdtime->times[step] + 1);
	if (time > holdtime->longest)
		WRITE_ONCE(holdtime->longest, time);
}

#else

struct nfl_holdtime { };

static inline void nfl_holdtime_begin(struct nfl_holdtime *holdtime)
{
}

static inline void nfl_holdtime_end(struct nfl_holdtime *holdtime)
{
}

#endif

#endif /* NFL_METER_HOLDTIME_H */
