// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of export protocols, and adding a record in all protocols of a message.
 */
#include <linux/errno.h>

#include "protocol/protocol.h"

const struct nfl_protocol *const nfl_protocols[NFL_PROTOCOLS] = {
	[NFL_IPFIX] = &nfl_ipfix,
	[NFL_NETFLOW9] = &nfl_netflow9,
	[NFL_NETFLOW5] = &nfl_netflow5,
};

/**
 * nfl_protocol_find() - find the protocol with a version number
 * @version: the version number in message headers
 *
 * Return: the &enum nfl_protocol_index, or -EINVAL.
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
 * @kind: the kind of the record
 * @which: see &enum nfl_record_kind
 * @source: see &enum nfl_record_kind
 *
 * Return: false if a body has no room for the record; no body is changed then.
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
		/* an encoder that fails changes nothing, so a single body needs no undo */
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
