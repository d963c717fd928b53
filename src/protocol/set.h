/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets (RFC 7011 section 3.3), called FlowSets in NetFlow v9: an id, a length, and records
 * of one template. The length of a set is padded to a multiple of @align: 1 in IPFIX, 4 in
 * NetFlow v9 (RFC 3954 section 5.3).
 */
#ifndef NFL_PROTOCOL_SET_H
#define NFL_PROTOCOL_SET_H

#include <linux/kernel.h>
#include <linux/string.h>

#include "compat/unaligned.h"
#include "protocol/layout.h"
#include "protocol/message.h"

#define NFL_SET_HEADER	4

/* Close the open set: write its length. */
static __always_inline void nfl_set_close(struct nfl_body *body, unsigned int align)
{
	const unsigned int end = ALIGN(body->length, align);

	if (body->set == NFL_SET_NONE)
		return;
	memset(body->octets + body->length, 0, end - body->length);
	body->length = end;
	put_unaligned_be16(end - body->set, body->octets + body->set + 2);
	body->set = NFL_SET_NONE;
}

/*
 * Reserve @length octets in a set with this id; open the set if necessary.
 * Returns NULL, and changes nothing, if the body has no room.
 */
static __always_inline u8 *nfl_set_reserve(struct nfl_body *body, u16 id, unsigned int length,
					   unsigned int align)
{
	const bool open = body->set != NFL_SET_NONE && body->set_id == id;
	const unsigned int at = open ? body->length : ALIGN(body->length, align) + NFL_SET_HEADER;

	if (ALIGN(at + length, align) > body->limit)
		return NULL;
	if (!open) {
		nfl_set_close(body, align);
		body->set = at - NFL_SET_HEADER;
		body->set_id = id;
		put_unaligned_be16(id, body->octets + body->set);
	}
	body->length = at + length;
	return body->octets + at;
}

/* Write a record; returns false if the body has no room. */
static __always_inline bool nfl_set_record(struct nfl_body *body,
					   const struct nfl_layout *layout, const void *source,
					   unsigned int align)
{
	u8 *at;

	if (layout->template->alone)
		nfl_set_close(body, align);
	at = nfl_set_reserve(body, layout->id, layout->length, align);
	if (!at)
		return false;
	nfl_layout_encode(layout, at, source);
	body->records++;
	return true;
}

#endif /* NFL_PROTOCOL_SET_H */
