/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pacing of records that are sent to collectors periodically. All of them are sent once in
 * a period, in batches that are spread over the period. A fast round (hurry) is as fast as
 * a collector can be expected to read.
 */
#ifndef NFL_BASE_PACE_H
#define NFL_BASE_PACE_H

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/types.h>

/* So many names fit into a message; a fast round sends at most 400 names per second. */
#define NFL_PACE_BATCH	16
#define NFL_PACE_DELAY	max(HZ / 25, 1)

#define NFL_PACE_PERIOD	(300UL * HZ)

/**
 * struct nfl_pace - where a round is
 * @begin: the begin of the round, in jiffies; batches follow in equal intervals, the last
 *	one at the end of the round
 * @next: no batch is due before this time, in jiffies
 * @done: number of records sent in this round
 * @hurry: the round is fast
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

/* The time of the next batch in a round of @count records, without regard to @next. */
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
 * @count: number of records in a round
 */
static inline bool nfl_pace_due(const struct nfl_pace *pace, unsigned long now, unsigned int count)
{
	return !time_before(now, pace->next) && !time_before(now, nfl_pace_time(pace, count));
}

/**
 * nfl_pace_did() - a batch was sent
 * @pace: the round; at its end, the next round is scheduled
 * @now: jiffies
 * @done: number of records sent, without those out of turn
 * @all: the round is complete
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

/* Jiffies until nfl_pace_due(). @urgent: there are records to be sent out of turn. */
static inline unsigned long nfl_pace_delay(const struct nfl_pace *pace, unsigned long now,
					   unsigned int count, bool urgent)
{
	const unsigned long time = urgent ? pace->next : nfl_pace_time(pace, count);
	const unsigned long until = time_before(time, pace->next) ? pace->next : time;

	return time_before(now, until) ? until - now : 1;
}

#endif /* NFL_BASE_PACE_H */
