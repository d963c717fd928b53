// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages that a session has sent, and to which an answer may come.
 */
#include <linux/errno.h>

#include "transport/sends.h"

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
