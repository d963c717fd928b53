// SPDX-License-Identifier: GPL-2.0-only
/*
 * The export protocols, and a record in all that a message is made for.
 */
#include <linux/errno.h>

#include "protocol/protocol.h"

const struct nfl_protocol *const nfl_protocols[NFL_PROTOCOLS] = {
	[NFL_IPFIX] = &nfl_ipfix,
	[NFL_NETFLOW9] = &nfl_netflow9,
	[NFL_NETFLOW5] = &nfl_netflow5,
};

/**
 * nfl_protocol_find() - the protocol with a version
 * @version: the number in its headers
 *
 * Return: its &enum nfl_protocol_index, or -EINVAL.
 */
int nfl_protocol_find(u32 version)
{
	int i;

	for (i = 0; i < NFL_PROTOCOLS; i++) {
		if (nfl_protocols[i]->version == version)
			return i;
	}
	return -EINVAL;
}

/**
 * nfl_message_add() - add a record to every body of a message
 * @message: the message
 * @kind: of which kind the record is, see there for
 * @which: and
 * @source: this
 *
 * Return: false, and no body is changed, if one of them has no room for it.
 */
bool nfl_message_add(struct nfl_message *message, enum nfl_record_kind kind, unsigned int which,
		     const void *source)
{
	struct nfl_body before[NFL_PROTOCOLS];
	int i;

	for (i = 0; i < NFL_PROTOCOLS; i++) {
		struct nfl_body *body = message->body[i];

		if (!body)
			continue;
		/* an encoder that refuses has changed nothing, so one alone needs no undoing */
		if (unlikely(message->bodies > 1))
			before[i] = *body;
		if (unlikely(!nfl_protocols[i]->add(body, kind, which, source)))
			goto err_undo;
	}
	return true;

err_undo:
	while (message->bodies > 1 && i-- > 0) {
		if (message->body[i])
			*message->body[i] = before[i];
	}
	return false;
}
