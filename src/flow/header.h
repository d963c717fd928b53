/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The octets of a packet's headers.
 */
#ifndef NFL_FLOW_HEADER_H
#define NFL_FLOW_HEADER_H

#include <linux/skbuff.h>

/**
 * nfl_header() - octets of a packet, wherever the kernel holds them
 * @skb: the packet
 * @offset: of the first of them, from the start of the data
 * @length: how many
 * @end: the offset of the packet's end. The data may be longer: frames are padded.
 * @buffer: where they may be copied to
 *
 * Context: any.
 * Return: the octets, not aligned; NULL if the packet or the data ends before them.
 */
static __always_inline const void *nfl_header(const struct sk_buff *skb, int offset, int length,
					      int end, void *buffer)
{
	if (unlikely(offset + length > end))
		return NULL;
	return skb_header_pointer(skb, offset, length, buffer);
}

/**
 * nfl_header_length() - length of a packet from its network header on
 * @skb: the packet, its network header set
 * @said: what the IP header says
 * @least: the length of that header
 *
 * A frame may be padded, so the header's word counts, unless it cannot be true: BIG TCP
 * says 0, and what arrived may be less than what was sent.
 *
 * Context: any.
 * Return: the length in octets.
 */
static __always_inline unsigned int nfl_header_length(const struct sk_buff *skb,
						      unsigned int said, unsigned int least)
{
	const unsigned int there = skb->len - skb_network_offset(skb);

	return likely(said >= least && said <= there) ? said : there;
}

#endif /* NFL_FLOW_HEADER_H */
