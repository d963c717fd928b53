/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Export messages.
 *
 * A message has a body for each protocol that a destination uses. All bodies contain the
 * same flows. So a message counts as sent when one destination has accepted it, in any
 * protocol, and as lost when the last destination has dropped it. Bodies are written
 * once. The header differs for each destination, since sequence numbers belong to the
 * Transport Session, and is written at sending time. Messages belong to the exporter and
 * are used only under its lock.
 */
#ifndef NFL_PROTOCOL_MESSAGE_H
#define NFL_PROTOCOL_MESSAGE_H

#include <linux/slab.h>
#include <linux/types.h>

#include "base/alloc.h"

#define NFL_HEADER_MAX		24	/* NetFlow v5's; IPFIX has 16, v9 20 */
#define NFL_MESSAGE_MAX		(65535 - 40 - 8)

/* Indices of per-protocol arrays, the most capable protocol first. */
enum nfl_protocol_index {
	NFL_IPFIX,
	NFL_NETFLOW9,
	NFL_NETFLOW5,
	NFL_PROTOCOLS,
};

/**
 * struct nfl_body - the part of a message after the header, in one protocol
 * @limit: maximum length in octets
 * @length: present length in octets
 * @set: offset of the open set, NFL_SET_NONE if no set is open
 * @set_id: id of the open set
 * @records: number of data records
 * @selector: the selector of all flows in the body, see selector.h
 * @templates: number of template records
 * @octets: the content, directly behind this struct
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
 * @references: number of destinations with the message in their queue, plus one for the
 *	exporter while it fills the message
 * @sent: number of destinations that have accepted the message
 * @flows: number of flow records in each body
 * @events: number of NAT events in each body
 * @packets: sum of the packets of these flows
 * @octets: sum of the octets of these flows
 * @opened: jiffies when the first record was added
 * @bodies: number of bodies
 * @body: the bodies, by &enum nfl_protocol_index; NULL for unused protocols
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

/* Allocate a message with a body for each protocol whose limit is not 0. */
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
