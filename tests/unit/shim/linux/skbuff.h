/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SKBUFF_H
#define SHIM_LINUX_SKBUFF_H

#include "../kernel.h"

/*
 * A packet: a linear head and fragments. Each is a piece of memory of its own
 * that ends with its last octet, so that ASAN sees what reads beyond.
 */
#define SHIM_FRAGMENTS		128

#define SKB_GSO_TCPV4		(1 << 0)
#define SKB_GSO_DODGY		(1 << 1)
#define SKB_GSO_TCPV6		(1 << 4)
#define SKB_GSO_UDP		(1 << 16)
#define SKB_GSO_UDP_L4		(1 << 17)
#define SKB_GSO_SCTP		(1 << 14)
#define SKB_GSO_GRE		(1 << 6)
#define SKB_GSO_UDP_TUNNEL	(1 << 10)
#define SKB_GSO_IPXIP4		(1 << 8)

#define GSO_BY_FRAGS		0xffff

struct shim_fragment {
	u8 *data;
	unsigned int size;
};

struct skb_shared_info {
	u16 gso_size;
	u16 gso_segs;
	unsigned int gso_type;
	unsigned int nr_frags;
	struct shim_fragment frags[SHIM_FRAGMENTS];
	struct sk_buff *frag_list;
};

struct dst_entry;

struct sk_buff {
	unsigned int len;
	unsigned int data_len;
	u8 *data;
	u8 *mac_header;		/* NULL if it was not set */
	__be16 protocol;
	u32 mark;
	struct sk_buff *next;
	u8 cb[48] __aligned(8);
	bool vlan_present;
	u16 vlan_tci;
	int network_offset;
	int inner_transport_offset;
	bool encapsulation;
	struct dst_entry *dst;
	struct skb_shared_info shared;
};

#define skb_shinfo(skb)				(&(skb)->shared)
#define skb_is_gso(skb)				((skb)->shared.gso_size)
#define skb_headlen(skb)				((skb)->len - (skb)->data_len)
#define skb_network_offset(skb)			((skb)->network_offset)
#define skb_network_header(skb)			((skb)->data + (skb)->network_offset)
#define skb_mac_header_was_set(skb)		((skb)->mac_header)
#define skb_mac_header(skb)			((skb)->mac_header)
#define skb_mac_offset(skb)			((int)((skb)->mac_header - (skb)->data))
#define skb_tail_pointer(skb)			((skb)->data + (skb)->len - (skb)->data_len)
#define skb_vlan_tag_present(skb)		((skb)->vlan_present)
#define skb_vlan_tag_get(skb)			((skb)->vlan_tci)
#define skb_inner_transport_offset(skb)		((skb)->inner_transport_offset)
#define skb_dst(skb)				((skb)->dst)
#define skb_has_frag_list(skb)			((skb)->shared.frag_list)
#define skb_walk_frags(skb, fragment)	\
	for (fragment = (skb)->shared.frag_list; fragment; fragment = fragment->next)

static inline int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int length)
{
	const unsigned int head = skb->len - skb->data_len;
	unsigned int from = offset, left = length, start = head, i;
	u8 *at = to;

	if (offset < 0 || length < 0 || (u64)from + left > skb->len)
		return -EFAULT;
	if (from < head) {
		const unsigned int some = min(left, head - from);

		memcpy(at, skb->data + from, some);
		at += some;
		from += some;
		left -= some;
	}
	for (i = 0; left; start += skb->shared.frags[i++].size) {
		const struct shim_fragment *fragment = &skb->shared.frags[i];
		unsigned int some;

		assert(i < skb->shared.nr_frags);
		if (from >= start + fragment->size)
			continue;
		some = min(left, start + fragment->size - from);
		memcpy(at, fragment->data + (from - start), some);
		at += some;
		from += some;
		left -= some;
	}
	return 0;
}

/*
 * In place where the head has all of it, else a copy in @buffer; or NULL. What lies before the
 * data has a negative offset.
 */
static inline void *skb_header_pointer(const struct sk_buff *skb, int offset, int length,
				       void *buffer)
{
	if ((int)(skb->len - skb->data_len) - offset >= length)
		return skb->data + offset;
	return skb_copy_bits(skb, offset, buffer, length) ? NULL : buffer;
}

#endif /* SHIM_LINUX_SKBUFF_H */
