/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For how long a CPU is owned, that is, bottom halves are off for us: a histogram in a
 * debug build only, see held.c. It is nothing and takes no room in any other.
 */
#ifndef NFL_HELD_H
#define NFL_HELD_H

#ifdef NETFLOW_DEBUG

#include <linux/math64.h>
#include <linux/ktime.h>

#define NFL_HELD_STEP	5000	/* nanoseconds */
#define NFL_HELD_STEPS	64	/* the last: as long as that, or longer */

/**
 * struct nfl_held - how often a CPU was owned for how long
 * @since: when it was entered, ktime_get_ns()
 * @longest: nanoseconds
 * @times: by steps
 *
 * Written by its CPU while it is owned, read by any.
 */
struct nfl_held {
	u64 since;
	u64 longest;
	u64 times[NFL_HELD_STEPS];
};

static inline void nfl_held_begin(struct nfl_held *held)
{
	held->since = ktime_get_ns();
}

static inline void nfl_held_end(struct nfl_held *held)
{
	const u64 time = ktime_get_ns() - held->since;
	const u64 step = min_t(u64, div_u64(time, NFL_HELD_STEP), NFL_HELD_STEPS - 1);

	WRITE_ONCE(held->times[step], held->times[step] + 1);
	if (time > held->longest)
		WRITE_ONCE(held->longest, time);
}

#else

struct nfl_held { };

static inline void nfl_held_begin(struct nfl_held *held)
{
}

static inline void nfl_held_end(struct nfl_held *held)
{
}

#endif

#endif /* NFL_HELD_H */
