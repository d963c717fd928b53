// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages that are being filled. Records of flows, NAT events and options data
 * share them. One is given to the destinations when it is full, or MESSAGE_DELAY
 * after its first record.
 *
 * Context of all: process, under the exporter's lock.
 */
#include <linux/jiffies.h>

#include "export/messages.h"
#include "export/worker.h"
#include "protocol/message.h"
#include "protocol/protocol.h"
#include "transport/account.h"
#include "transport/transport.h"

#define MESSAGE_DELAY	(HZ / 4)

/* The message that records are added to; NULL if there is no memory. */
static struct nfl_message *message_open(struct nfl_messages *messages, enum nfl_message_kind kind)
{
	u16 limits[NFL_PROTOCOLS];

	if (likely(messages->message[kind]))
		return messages->message[kind];
	nfl_transport_limits(messages->transport, limits);
	if (kind == NFL_MESSAGE_RICH)
		limits[NFL_NETFLOW5] = 0;
	messages->message[kind] = nfl_message_alloc(limits);
	if (!messages->message[kind])
		return NULL;
	messages->message[kind]->opened = jiffies;
	/* whoever adds records, the work sees to it that they do not wait */
	nfl_export_wake(messages->worker, MESSAGE_DELAY);
	return messages->message[kind];
}

static void message_close(struct nfl_messages *messages, enum nfl_message_kind kind)
{
	struct nfl_message *message = messages->message[kind];
	int i;

	if (!message)
		return;
	messages->message[kind] = NULL;
	for (i = 0; i < NFL_PROTOCOLS; i++) {
		struct nfl_body *body = message->body[i];

		if (!body || !body->length)
			continue;
		nfl_protocols[i]->finish(body);
		messages->count++;
		WRITE_ONCE(messages->octets, messages->octets +
			   nfl_protocols[i]->header_length + body->length);
	}
	nfl_transport_queue(messages->transport, message);
	nfl_account_release(messages->account, message);
	nfl_transport_pump(messages->transport);
}

/**
 * nfl_export_close_messages() - give the messages to the destinations
 * @messages: the messages, their exporter locked
 */
void nfl_export_close_messages(struct nfl_messages *messages)
{
	int kind;

	for (kind = 0; kind < NFL_MESSAGES; kind++)
		message_close(messages, kind);
}

/**
 * nfl_export_tend_messages() - give those messages to the destinations that do not fill
 * @messages: the messages, their exporter locked
 *
 * Return: when to do so again, in jiffies from now.
 */
unsigned long nfl_export_tend_messages(struct nfl_messages *messages)
{
	unsigned long delay = MAX_JIFFY_OFFSET;
	int kind;

	for (kind = 0; kind < NFL_MESSAGES; kind++) {
		const struct nfl_message *message = messages->message[kind];

		if (message && time_after_eq(jiffies, message->opened + MESSAGE_DELAY))
			message_close(messages, kind);
		else if (message)
			delay = MESSAGE_DELAY;
	}
	return delay;
}

/**
 * nfl_export_add() - add a record to the message
 * @messages: the messages, their exporter locked
 * @kind: of which kind the record is, see there for
 * @which: and
 * @source: this
 *
 * Return: the message that has the record now, to be accounted for in; NULL if
 * there is no memory for one, or no protocol in use that can tell of it.
 */
struct nfl_message *nfl_export_add(struct nfl_messages *messages, enum nfl_record_kind kind,
				   unsigned int which, const void *source)
{
	enum nfl_message_kind to = NFL_MESSAGE_ALL;
	struct nfl_message *message;

	if (nfl_transport_uses_netflow5(messages->transport)) {
		const bool takes = nfl_netflow5.takes(kind, which, source);

		if (nfl_transport_uses_only_netflow5(messages->transport) &&
		    (!takes || kind == NFL_RECORD_OPTIONS))
			return NULL;
		to = takes ? NFL_MESSAGE_ALL : NFL_MESSAGE_RICH;
	}
	message = message_open(messages, to);
	if (likely(message && nfl_message_add(message, kind, which, source)))
		return message;
	message_close(messages, to);
	message = message_open(messages, to);
	return message && nfl_message_add(message, kind, which, source) ? message : NULL;
}

/**
 * nfl_export_is_open() - is any message being filled?
 * @messages: the messages, their exporter locked
 */
bool nfl_export_is_open(const struct nfl_messages *messages)
{
	int kind;

	for (kind = 0; kind < NFL_MESSAGES; kind++) {
		if (messages->message[kind])
			return true;
	}
	return false;
}

/**
 * nfl_export_nat_record() - export a NAT event
 * @messages: the messages, their exporter locked
 * @record: the event
 *
 * Return: false if there is no memory for it.
 */
bool nfl_export_nat_record(struct nfl_messages *messages, const struct nfl_nat_record *record)
{
	struct nfl_message *message = nfl_export_add(messages, NFL_RECORD_NAT_EVENT, 0, record);

	if (message)
		message->events++;
	return message;
}
