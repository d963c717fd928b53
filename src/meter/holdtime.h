/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For how long a CPU is owned, that is, bottom halves are off for us: a histogram in a
 * debug build only, see holdtime.c. It is nothing and takes no room in any other.
 */
#ifndef NFL_METER_HOLDTIME_H
#define NFL_METER_HOLDTIME_H

#ifdef NETFLOW_DEBUG

#include <linux/math64.h>
#include <linux/ktime.h>

#define NFL_HOLDTIME_STEP	5000	/* nanoseconds */
#define NFL_HOLDTIME_STEPS	64	/* the last: as long as that, or longer */

/**
 * struct nfl_holdtime - how often a CPU was owned for how long
 * @since: when it was entered, ktime_get_ns()
 * @longest: nanoseconds
 * @times: by steps
 *
 * Written by its CPU while it is owned, read by any.
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
