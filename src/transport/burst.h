/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bursts of messages to a collector.
 *
 * A burst is at most what the receive buffer that Linux gives a socket takes, so that a
 * collector that reads only after it loses nothing. After a whole burst the session rests.
 * The rest is shorter if much waits to be sent.
 */
#ifndef NFL_TRANSPORT_BURST_H
#define NFL_TRANSPORT_BURST_H

#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/types.h>

/*
 * The default receive buffer is 212,992 octets: it takes 92 messages of 1,464 octets, which
 * have 2,304 there.
 */
#define NFL_BURST_MESSAGES	80
#define NFL_BURST_MESSAGE	2304
#define NFL_BURST_MOST		(NFL_BURST_MESSAGES * NFL_BURST_MESSAGE)

/* Octets of a datagram's headers and of struct skb_shared_info in its buffer; those of its skb. */
#define NFL_BURST_HEADERS	364
#define NFL_BURST_SKB		256

/* The rest after a burst, in nanoseconds. */
#define NFL_BURST_REST_MOST	1000000
#define NFL_BURST_REST_LEAST	250000

/* A rest is shorter than the longest one if more blocks wait than this: 30 bursts or so. */
#define NFL_BURST_BLOCKS	1024

/**
 * struct nfl_burst - the burst that is being sent to a collector
 * @octets: what its messages take in a receive buffer
 * @largest: what the largest message of the session took there
 * @rest: after so many nanoseconds without a message another burst begins
 * @last: when the last message was sent, nanoseconds
 */
struct nfl_burst {
	u32 octets;
	u32 largest;
	u32 rest;
	u64 last;
};

/* Has a whole burst been sent, that is, has it no room for another message? */
static inline bool nfl_burst_is_whole(const struct nfl_burst *burst)
{
	return burst->octets + burst->largest > NFL_BURST_MOST;
}

/**
 * nfl_burst_rest() - how long nothing is sent
 * @burst: the burst
 * @now: the time in nanoseconds
 *
 * Return: nanoseconds; 0 if a message may be sent now.
 */
static inline u32 nfl_burst_rest(const struct nfl_burst *burst, u64 now)
{
	const u64 since = now - burst->last;

	if (!nfl_burst_is_whole(burst) || since >= burst->rest)
		return 0;
	return burst->rest - since;
}

/**
 * nfl_burst_add() - a message is being sent
 * @burst: the burst
 * @length: octets of the message
 * @now: the time in nanoseconds
 * @waiting: blocks of the log that the collector is behind
 * @most: blocks that the log may have
 */
static inline void nfl_burst_add(struct nfl_burst *burst, unsigned int length, u64 now,
				 u32 waiting, u32 most)
{
	const u32 few = clamp_t(u32, most / 4, 1, NFL_BURST_BLOCKS);
	const u32 octets = max_t(u32, roundup_pow_of_two(length + NFL_BURST_HEADERS) +
				      NFL_BURST_SKB, NFL_BURST_MESSAGE);

	if (now - burst->last >= burst->rest)
		burst->octets = 0;
	burst->octets += octets;
	burst->largest = max(burst->largest, octets);
	burst->last = now;
	burst->rest = clamp_t(u64, div_u64((u64)NFL_BURST_REST_MOST * few, max(waiting, 1U)),
			      NFL_BURST_REST_LEAST, NFL_BURST_REST_MOST);
}

#endif /* NFL_TRANSPORT_BURST_H */
