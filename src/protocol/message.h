/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A message on its way to the collectors.
 *
 * It has a body for each protocol that a destination uses, and all of them tell
 * of the same flows: so it is sent when one destination took it, in whatever
 * protocol, and lost when the last has dropped it. Bodies are written once; the
 * header differs for each destination (sequence numbers are of the transport
 * session) and is made when it is sent. Messages belong to the exporter and are
 * touched under its lock only.
 */
#ifndef NFL_PROTOCOL_MESSAGE_H
#define NFL_PROTOCOL_MESSAGE_H

#include <linux/slab.h>
#include <linux/types.h>

#include "base/alloc.h"

#define NFL_HEADER_MAX		24	/* NetFlow v5's; IPFIX has 16, v9 20 */
#define NFL_MESSAGE_MAX		(65535 - 40 - 8)

/* Protocols index arrays of per-protocol things, the best first. */
enum nfl_protocol_index {
	NFL_IPFIX,
	NFL_NETFLOW9,
	NFL_NETFLOW5,
	NFL_PROTOCOLS,
};

/**
 * struct nfl_body - what follows a message's header, in one protocol
 * @limit: octets that it may have
 * @length: octets that it has
 * @set: offset of the set that records are added to, NFL_SET_NONE if none is open
 * @set_id: that set's id
 * @records: data records in it
 * @selector: how all of its flows were sampled, see selector.h
 * @templates: template records in it
 * @octets: itself, right behind this struct
 */
struct nfl_body {
	u16 limit;
	u16 length;
	u16 set;
	u16 set_id;
	u16 records;
	u16 templates;
	u32 selector;
	u8 *octets;
};

#define NFL_SET_NONE	0xffff

/**
 * struct nfl_message - a message without its header
 * @references: destinations that have it in their queue, and the exporter while it fills it
 * @sent: destinations that took it
 * @flows: flow records in each body
 * @events: NAT events likewise
 * @packets: packets that these flows count
 * @octets: octets that they count
 * @opened: jiffies when the first record was put into it
 * @bodies: how many there are
 * @body: by &enum nfl_protocol_index; NULL for protocols that were not in use
 */
struct nfl_message {
	unsigned int references;
	unsigned int sent;
	u16 flows;
	u16 events;
	u64 packets;
	u64 octets;
	unsigned long opened;
	unsigned int bodies;
	struct nfl_body *body[NFL_PROTOCOLS];
};

static inline struct nfl_body *nfl_body_alloc(u16 limit)
{
	struct nfl_body *body = nfl_alloc(sizeof(*body) + limit);

	if (body)
		*body = (struct nfl_body) {
			.limit = limit,
			.set = NFL_SET_NONE,
			.octets = (u8 *)(body + 1),
		};
	return body;
}

static inline void nfl_message_free(struct nfl_message *message)
{
	unsigned int i;

	for (i = 0; i < NFL_PROTOCOLS; i++)
		kvfree(message->body[i]);
	kfree(message);
}

/* A message with a body wherever there is a limit. */
static inline struct nfl_message *nfl_message_alloc(const u16 limits[NFL_PROTOCOLS])
{
	struct nfl_message *message = kzalloc(sizeof(*message), NFL_GFP_WORKER);
	unsigned int i;

	if (!message)
		return NULL;
	message->references = 1;
	for (i = 0; i < NFL_PROTOCOLS; i++) {
		if (!limits[i])
			continue;
		message->body[i] = nfl_body_alloc(limits[i]);
		if (!message->body[i]) {
			nfl_message_free(message);
			return NULL;
		}
		message->bodies++;
	}
	return message;
}

#endif /* NFL_PROTOCOL_MESSAGE_H */
