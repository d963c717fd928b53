// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages that are being filled. Records of flows, NAT events and options data
 * share them. One is given to the destinations when it is full, or MESSAGE_DELAY
 * after its first record.
 *
 * Context of all: process, under the exporter's lock.
 */
#include <linux/jiffies.h>

#include "instance.h"
#include "protocol/message.h"
#include "protocol/protocol.h"

#define MESSAGE_DELAY	(HZ / 4)

/* The message that records are added to; NULL if there is no memory. */
static struct nfl_message *message_open(struct netflow *nf, enum nfl_message_kind kind)
{
	struct nfl_export *export = &nf->export;
	u16 limits[NFL_PROTOCOLS];

	if (likely(export->message[kind]))
		return export->message[kind];
	nfl_transport_limits(nf, limits);
	if (kind == NFL_MESSAGE_RICH)
		limits[NFL_NETFLOW5] = 0;
	export->message[kind] = nfl_message_alloc(limits);
	if (!export->message[kind])
		return NULL;
	export->message[kind]->opened = jiffies;
	/* whoever adds records, the work sees to it that they do not wait */
	nfl_export_wake(nf, MESSAGE_DELAY);
	return export->message[kind];
}

static void message_close(struct netflow *nf, enum nfl_message_kind kind)
{
	struct nfl_export *export = &nf->export;
	struct nfl_message *message = export->message[kind];
	int i;

	if (!message)
		return;
	export->message[kind] = NULL;
	for (i = 0; i < NFL_PROTOCOLS; i++) {
		struct nfl_body *body = message->body[i];

		if (!body || !body->length)
			continue;
		nfl_protocols[i]->finish(body);
		export->messages++;
		WRITE_ONCE(export->message_octets, export->message_octets +
			   nfl_protocols[i]->header_length + body->length);
	}
	nfl_transport_queue(nf, message);
	nfl_account_release(&export->account, message);
	nfl_transport_pump(nf);
}

/**
 * nfl_export_close_messages() - give the messages to the destinations
 * @nf: the namespace, its exporter locked
 */
void nfl_export_close_messages(struct netflow *nf)
{
	int kind;

	for (kind = 0; kind < NFL_MESSAGES; kind++)
		message_close(nf, kind);
}

/**
 * nfl_export_tend_messages() - give those messages to the destinations that do not fill
 * @nf: the namespace, its exporter locked
 *
 * Return: when to do so again, in jiffies from now.
 */
unsigned long nfl_export_tend_messages(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	unsigned long delay = MAX_JIFFY_OFFSET;
	int kind;

	for (kind = 0; kind < NFL_MESSAGES; kind++) {
		const struct nfl_message *message = export->message[kind];

		if (message && time_after_eq(jiffies, message->opened + MESSAGE_DELAY))
			message_close(nf, kind);
		else if (message)
			delay = MESSAGE_DELAY;
	}
	return delay;
}

/**
 * nfl_export_add() - add a record to the message
 * @nf: the namespace, its exporter locked
 * @kind: of which kind the record is, see there for
 * @which: and
 * @source: this
 *
 * Return: the message that has the record now, to be accounted for in; NULL if
 * there is no memory for one, or no protocol in use that can tell of it.
 */
struct nfl_message *nfl_export_add(struct netflow *nf, enum nfl_record_kind kind,
				   unsigned int which, const void *source)
{
	enum nfl_message_kind to = NFL_MESSAGE_ALL;
	struct nfl_message *message;

	if (nfl_export_uses_netflow5(&nf->export)) {
		const bool takes = nfl_netflow5.takes(kind, which, source);

		if (nfl_export_uses_only_netflow5(&nf->export) &&
		    (!takes || kind == NFL_RECORD_OPTIONS))
			return NULL;
		to = takes ? NFL_MESSAGE_ALL : NFL_MESSAGE_RICH;
	}
	message = message_open(nf, to);
	if (likely(message && nfl_message_add(message, kind, which, source)))
		return message;
	message_close(nf, to);
	message = message_open(nf, to);
	return message && nfl_message_add(message, kind, which, source) ? message : NULL;
}

/**
 * nfl_export_nat_record() - export a NAT event
 * @nf: the namespace, its exporter locked
 * @record: the event
 *
 * Return: false if there is no memory for it.
 */
bool nfl_export_nat_record(struct netflow *nf, const struct nfl_nat_record *record)
{
	struct nfl_message *message = nfl_export_add(nf, NFL_RECORD_NAT_EVENT, 0, record);

	if (message)
		message->events++;
	return message;
}
