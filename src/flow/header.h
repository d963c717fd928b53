/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The octets of a packet's headers.
 */
#ifndef NFL_FLOW_HEADER_H
#define NFL_FLOW_HEADER_H

#include <linux/skbuff.h>

/* Octets that are not all linear, or beyond the end: see nfl_header(). */
static noinline const void *__maybe_unused nfl_header_copy(const struct sk_buff *skb, int offset,
							   int length, int end, void *buffer)
{
	return offset + length <= end ? skb_header_pointer(skb, offset, length, buffer) : NULL;
}

/**
 * nfl_header_linear() - where the linear octets of a packet end
 * @skb: the packet
 * @end: the offset of the packet's end from the start of the data
 */
static __always_inline int nfl_header_linear(const struct sk_buff *skb, int end)
{
	return min_t(int, skb_headlen(skb), end);
}

/**
 * nfl_header() - octets of a packet, wherever the kernel holds them
 * @skb: the packet
 * @offset: of the first of them, from the start of the data
 * @length: how many
 * @linear: what nfl_header_linear() has returned for @end
 * @end: the offset of the packet's end. The data may be longer: frames are padded.
 * @buffer: where they may be copied to
 *
 * Context: any.
 * Return: the octets, not aligned; NULL if the packet or the data ends before them.
 */
static __always_inline const void *nfl_header(const struct sk_buff *skb, int offset, int length,
					      int linear, int end, void *buffer)
{
	if (likely(offset + length <= linear))
		return skb->data + offset;
	return nfl_header_copy(skb, offset, length, end, buffer);
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
