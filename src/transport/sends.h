/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages that a session has sent, and to which an answer may come.
 */
#ifndef NFL_TRANSPORT_SENDS_H
#define NFL_TRANSPORT_SENDS_H

#include <linux/types.h>

#include "transport/account.h"
#include "transport/block.h"

#define NFL_SENDS	256

struct nfl_stream;

/**
 * struct nfl_send - a message that was sent
 * @stream: whose records it contains; NULL if it contains templates
 * @range: its records
 * @sum: of those that it contains
 * @passed: of those that it does not contain
 * @time: when it was sent, in jiffies
 * @sequence: its sequence number
 * @session: the number of the session, see struct nfl_session
 * @length: its length in octets
 * @log: from which log they are, &enum nfl_log_kind
 * @is_partial: as in &struct nfl_encoder
 */
struct nfl_send {
	struct nfl_stream *stream;
	struct nfl_range range;
	struct nfl_account sum;
	struct nfl_account passed;
	unsigned long time;
	u32 sequence;
	u32 session;
	u16 length;
	u8 log;
	bool is_partial;
};

/**
 * struct nfl_sends - the last messages of a session, in the order in which they were sent
 * @ring: the messages
 * @first: place of the oldest
 * @count: number of messages
 * @unordered: so many of the oldest may have records behind those of later ones, which were
 *	sent again
 * @added: messages that were ever added
 * @last: by &enum nfl_log_kind, @added when the last one of this log was
 * @from: where the records of that one begin
 */
struct nfl_sends {
	struct nfl_send ring[NFL_SENDS];
	unsigned int first;
	unsigned int count;
	unsigned int unordered;
	u32 added;
	u32 last[NFL_LOGS];
	struct nfl_position from[NFL_LOGS];
};

static inline struct nfl_send *nfl_sends_at(struct nfl_sends *sends, unsigned int i)
{
	return &sends->ring[(sends->first + i) % NFL_SENDS];
}

static inline bool nfl_sends_full(const struct nfl_sends *sends)
{
	return sends->count == NFL_SENDS;
}

/* Forget the oldest message. */
static inline void nfl_sends_shift(struct nfl_sends *sends)
{
	sends->first = (sends->first + 1) % NFL_SENDS;
	sends->count--;
	if (unlikely(sends->unordered))
		sends->unordered--;
}

void nfl_sends_add(struct nfl_sends *sends, const struct nfl_send *send);
void nfl_sends_truncate(struct nfl_sends *sends, unsigned int count);
void nfl_sends_least(struct nfl_sends *sends, const struct nfl_stream *stream,
		     enum nfl_log_kind kind, struct nfl_position *least);
int nfl_sends_find(struct nfl_sends *sends, u32 sequence, u16 length);
int nfl_sends_find_length(struct nfl_sends *sends, u16 length);

#endif /* NFL_TRANSPORT_SENDS_H */
