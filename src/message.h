/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A message on its way to the collectors.
 *
 * Its body is written once; the header differs for each destination (sequence
 * numbers are of the transport session) and is made when it is sent. Messages
 * belong to the exporter and are touched under its lock only.
 */
#ifndef NFL_MESSAGE_H
#define NFL_MESSAGE_H

#include <linux/slab.h>
#include <linux/types.h>

#define NFL_HEADER_MAX		24	/* NetFlow v5's; IPFIX has 16, v9 20 */
#define NFL_MESSAGE_MAX		(65535 - 40 - 8)
#define NFL_SET_HEADER		4

/**
 * struct nfl_message - a message without its header
 * @references: destinations that have it in their queue, and the one who fills it
 * @sent: destinations that took it
 * @limit: octets that the body may have
 * @length: octets that it has
 * @set: offset of the set that records are added to, 0xffff if none is open
 * @set_id: that set's id
 * @records: data records, what a sequence number counts (RFC 7011 section 3.1)
 * @templates: it has templates: no data record waits for it
 * @flows: flow records among @records
 * @events: NAT events among @records
 * @packets: packets that these count
 * @octets: octets that they count
 * @opened: jiffies when the first record was put into it
 * @body: sets
 */
struct nfl_message {
	unsigned int references;
	unsigned int sent;
	u16 limit;
	u16 length;
	u16 set;
	u16 set_id;
	u16 records;
	u16 flows;
	u16 events;
	u64 packets;
	u64 octets;
	unsigned long opened;
	u8 body[];
};

#define NFL_SET_NONE	0xffff

static inline struct nfl_message *nfl_message_alloc(u16 limit)
{
	struct nfl_message *message = kmalloc(sizeof(*message) + limit, GFP_KERNEL);

	if (message)
		*message = (struct nfl_message) {
			.references = 1,
			.limit = limit,
			.set = NFL_SET_NONE,
		};
	return message;
}

#endif /* NFL_MESSAGE_H */
