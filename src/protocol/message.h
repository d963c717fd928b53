/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Export messages.
 *
 * A body is written first. The header, which has the sequence number of the Transport Session,
 * is written at sending time.
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

#endif /* NFL_PROTOCOL_MESSAGE_H */
