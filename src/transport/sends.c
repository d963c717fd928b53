// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages that a session has sent, and to which an answer may come.
 */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "transport/sends.h"

/**
 * nfl_sends_add() - add a message
 * @sends: the messages of the session; there is room for another
 * @send: the message
 */
void nfl_sends_add(struct nfl_sends *sends, const struct nfl_send *send)
{
	*nfl_sends_at(sends, sends->count) = *send;
	sends->added++;
	if (send->stream) {
		if (unlikely(nfl_position_compare(&send->range.from, &sends->from[send->log]) < 0))
			sends->unordered = sends->count;
		sends->from[send->log] = send->range.from;
		sends->last[send->log] = sends->added;
	}
	sends->count++;
}

/**
 * nfl_sends_truncate() - forget the last messages
 * @sends: the messages of the session
 * @count: so many are left
 */
void nfl_sends_truncate(struct nfl_sends *sends, unsigned int count)
{
	int kind;

	sends->count = count;
	sends->unordered = min(sends->unordered, count);
	/* any of the rest may be the last one of a log now */
	for (kind = 0; kind < NFL_LOGS; kind++)
		sends->last[kind] = sends->added;
}

/**
 * nfl_sends_least() - the first record of a log in the messages of a stream
 * @sends: the messages of a session
 * @stream: the stream
 * @kind: which log
 * @least: where it is; not changed if it is before that record, or if there is none
 *
 * Messages have their records in order but for those that are sent again, so in most cases
 * only the oldest one is looked at.
 */
void nfl_sends_least(struct nfl_sends *sends, const struct nfl_stream *stream,
		     enum nfl_log_kind kind, struct nfl_position *least)
{
	unsigned int i;

	if (sends->added - sends->last[kind] >= sends->count)
		return;
	for (i = 0; i < sends->count; i++) {
		const struct nfl_send *send = nfl_sends_at(sends, i);

		if (send->stream != stream || send->log != kind)
			continue;
		if (nfl_position_compare(&send->range.from, least) < 0)
			*least = send->range.from;
		if (i >= sends->unordered)
			return;
	}
}

/**
 * nfl_sends_find() - find the message that an answer quotes
 * @sends: the messages of the session
 * @sequence: sequence number of the quoted message
 * @length: its length in octets
 *
 * Messages with templates only and the data after them have the same sequence number in
 * IPFIX. If they have the same length as well, the older one is meant: what follows it is
 * then sent again, too.
 *
 * Return: the number of the message from the oldest on, or -ENOENT.
 */
int nfl_sends_find(struct nfl_sends *sends, u32 sequence, u16 length)
{
	unsigned int i;

	for (i = 0; i < sends->count; i++) {
		const struct nfl_send *send = nfl_sends_at(sends, i);

		if (send->sequence == sequence && send->length == length)
			return i;
	}
	return -ENOENT;
}

/**
 * nfl_sends_find_length() - find the message that an answer quotes without its content
 * @sends: the messages of the session
 * @length: its length in octets
 *
 * Return: the number of the last message of this length, or -ENOENT.
 */
int nfl_sends_find_length(struct nfl_sends *sends, u16 length)
{
	unsigned int i;

	for (i = sends->count; i--;) {
		if (nfl_sends_at(sends, i)->length == length)
			return i;
	}
	return -ENOENT;
}
