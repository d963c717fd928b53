/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pacing: things that are sent to collectors again and again, all of them once in a
 * period, in batches that are spread over it. With hurry a round goes as fast as a
 * collector can be expected to read.
 */
#ifndef NFL_BASE_PACE_H
#define NFL_BASE_PACE_H

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>

/* A message has room for as many names, and a round for no more than 400 in a second. */
#define NFL_PACE_BATCH	16
#define NFL_PACE_DELAY	max(HZ / 25, 1)

#define NFL_PACE_PERIOD	(300UL * HZ)

/**
 * struct nfl_pace - where a round is
 * @begin: when it begins, in jiffies; its batches come in equal intervals after that,
 *	the last when it ends
 * @next: nothing is due before, in jiffies
 * @done: things of this round
 * @hurry: it is not spread
 */
struct nfl_pace {
	unsigned long begin;
	unsigned long next;
	unsigned int done;
	bool hurry;
};

static inline void nfl_pace_begin(struct nfl_pace *pace, unsigned long begin, bool hurry)
{
	pace->begin = begin;
	pace->done = 0;
	pace->hurry = hurry;
}

/* When the next batch of a round of @count things is due, but for @next. */
static inline unsigned long nfl_pace_time(const struct nfl_pace *pace, unsigned int count)
{
	const unsigned int batches = max(DIV_ROUND_UP(count, NFL_PACE_BATCH), 1U);
	const unsigned int batch = min(pace->done / NFL_PACE_BATCH + 1, batches);

	if (pace->hurry)
		return pace->begin;
	return pace->begin + (unsigned long)div_u64((u64)batch * NFL_PACE_PERIOD, batches);
}

/**
 * nfl_pace_due() - is a batch due?
 * @pace: the round
 * @now: jiffies
 * @count: things there are
 */
static inline bool nfl_pace_due(const struct nfl_pace *pace, unsigned long now, unsigned int count)
{
	return !time_before(now, pace->next) && !time_before(now, nfl_pace_time(pace, count));
}

/**
 * nfl_pace_did() - some are done
 * @pace: the round; if it ends the next begins, in its own time
 * @now: jiffies
 * @done: so many; those that are done out of turn are not counted
 * @all: there are no more in this round
 */
static inline void nfl_pace_did(struct nfl_pace *pace, unsigned long now, unsigned int done,
				bool all)
{
	const unsigned long end = pace->begin + NFL_PACE_PERIOD;

	pace->next = now + NFL_PACE_DELAY;
	pace->done += done;
	if (all)
		nfl_pace_begin(pace, pace->hurry || time_before(end + NFL_PACE_PERIOD, now) ?
				     now : end, false);
}

/* How long until nfl_pace_due(), in jiffies. @urgent: there are things out of turn. */
static inline unsigned long nfl_pace_delay(const struct nfl_pace *pace, unsigned long now,
					   unsigned int count, bool urgent)
{
	const unsigned long time = urgent ? pace->next : nfl_pace_time(pace, count);
	const unsigned long until = time_before(time, pace->next) ? pace->next : time;

	return time_before(now, until) ? until - now : 1;
}

#endif /* NFL_BASE_PACE_H */
