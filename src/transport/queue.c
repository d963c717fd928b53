// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages that wait for a destination, and the one that was sent last.
 *
 * Messages wait where they cannot be sent. A queue that overflows drops its oldest
 * message, which the next sequence number tells the collector (RFC 7011 section
 * 10.2.2). What was sent is kept for as long as an answer may come that says nobody
 * got it: then it is the oldest in the queue again.
 *
 * Context of all: process, under the exporter's lock.
 */
#include <linux/jiffies.h>

#include "protocol/protocol.h"
#include "transport/account.h"
#include "transport/transport.h"

/* How long an answer to what was sent may take, and who looks comes once a second. */
#define ANSWER_DELAY	(2 * HZ)

/* What a message counts in the session's sequence number, if it is of that protocol. */
static u32 session_counts(const struct nfl_destination *destination,
			  const struct nfl_message *message)
{
	const struct nfl_body *body = message->body[destination->protocol];

	return body ? nfl_protocols[destination->protocol]->counts(body) : 0;
}

static struct nfl_message *queue_take(struct nfl_destination *destination)
{
	struct nfl_message *message = nfl_queue_at(destination, 0);

	destination->session.sequence += session_counts(destination, message);
	destination->queue_first = (destination->queue_first + 1) % NFL_DESTINATION_QUEUE;
	destination->queue_count--;
	return message;
}

static void release_last(struct nfl_transport *transport, struct nfl_destination *destination)
{
	if (destination->last)
		nfl_account_release(transport->account, destination->last);
	destination->last = NULL;
}

/**
 * nfl_queue_push() - have a message wait for its turn
 * @transport: the transport
 * @destination: whose queue; a full one drops its oldest message
 * @message: the message, of which the queue takes a reference
 */
void nfl_queue_push(struct nfl_transport *transport, struct nfl_destination *destination,
		    struct nfl_message *message)
{
	if (destination->queue_count == NFL_DESTINATION_QUEUE)
		nfl_queue_drop(transport, destination);
	destination->queue[(destination->queue_first + destination->queue_count++) %
			   NFL_DESTINATION_QUEUE] = message;
	message->references++;
}

/**
 * nfl_queue_drop() - drop the oldest message
 * @transport: the transport
 * @destination: whose queue, not empty
 */
void nfl_queue_drop(struct nfl_transport *transport, struct nfl_destination *destination)
{
	destination->lost_messages++;
	nfl_account_release(transport->account, queue_take(destination));
}

/**
 * nfl_queue_sent() - the oldest message was sent
 * @transport: the transport
 * @destination: whose queue; it keeps the message until it is known that it got there
 */
void nfl_queue_sent(struct nfl_transport *transport, struct nfl_destination *destination)
{
	release_last(transport, destination);
	destination->last = queue_take(destination);
	destination->last_counted = session_counts(destination, destination->last);
	destination->last_time = jiffies;
	nfl_account_sent(transport->account, destination->last);
}

/**
 * nfl_queue_answerable() - may an answer to the last message still come?
 * @destination: to which it went
 */
bool nfl_queue_answerable(const struct nfl_destination *destination)
{
	/* nothing follows a session's first message before it is known what came of it */
	const bool is_first = destination->probing && destination->busy &&
			      time_after_eq(destination->last_time, destination->busy_since);

	return destination->last &&
	       (is_first || time_before(jiffies, destination->last_time + ANSWER_DELAY));
}

/**
 * nfl_queue_forget() - if the last message was sent long ago, an error is not about it
 * @transport: the transport
 * @destination: to which it went
 */
void nfl_queue_forget(struct nfl_transport *transport, struct nfl_destination *destination)
{
	if (!nfl_queue_answerable(destination))
		release_last(transport, destination);
}

/**
 * nfl_queue_unsend() - nobody got the last message: it is the oldest in the queue again
 * @transport: the transport
 * @destination: to which it went; a full queue has no room for it
 */
void nfl_queue_unsend(struct nfl_transport *transport, struct nfl_destination *destination)
{
	struct nfl_message *message;

	nfl_queue_forget(transport, destination);
	message = destination->last;
	if (!message)
		return;
	destination->last = NULL;
	nfl_account_unsent(transport->account, message);
	if (destination->queue_count == NFL_DESTINATION_QUEUE) {
		destination->lost_messages++;
		nfl_account_release(transport->account, message);
		return;
	}
	destination->session.sequence -= destination->last_counted;
	destination->queue_first = (destination->queue_first + NFL_DESTINATION_QUEUE - 1) %
				   NFL_DESTINATION_QUEUE;
	destination->queue[destination->queue_first] = message;
	destination->queue_count++;
}

/**
 * nfl_queue_settle() - what was sent has been counted
 * @destination: whose messages; the flows of those that anybody took do not count
 *	again, if they come back
 */
void nfl_queue_settle(struct nfl_destination *destination)
{
	unsigned int i;

	if (destination->last)
		nfl_account_settle(destination->last);
	for (i = 0; i < destination->queue_count; i++)
		nfl_account_settle(nfl_queue_at(destination, i));
}

/**
 * nfl_queue_clear() - drop all that waits, and the last message
 * @transport: the transport
 * @destination: whose queue
 */
void nfl_queue_clear(struct nfl_transport *transport, struct nfl_destination *destination)
{
	while (destination->queue_count)
		nfl_queue_drop(transport, destination);
	release_last(transport, destination);
}
