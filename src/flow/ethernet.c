// SPDX-License-Identifier: GPL-2.0-only
/*
 * The received frame of a packet: a pure function of the octets between its link header
 * and its network header, which are still in the skb at a netfilter hook.
 *
 * A VLAN tag may be in the frame, in the skb (removed by the device or the kernel), or
 * removed by a VLAN device (see enrich.c). The latter are the outermost tags, then the one
 * in the skb, then those in the frame.
 */
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "compat/unaligned.h"
#include "flow/ethernet.h"
#include "compat/attributes.h"
#include "flow/header.h"

#define MPLS_ENTRY		4	/* label, class, bottom of stack; TTL (RFC 3032) */
#define MPLS_BOTTOM		0x01	/* in its third octet */

/* Priority and VLAN id, without the bit between them. */
#define TAG_MASK		(VLAN_PRIO_MASK | VLAN_VID_MASK)

/* Octets of the frame before the packet, read from the first. */
struct frame {
	const struct sk_buff *skb;
	int offset, linear, end;	/* from the start of the data, see nfl_header() */
};

static void tag_add(struct nfl_link *link, unsigned int *tags, u16 tag)
{
	if (*tags < NFL_VLAN_TAGS)
		link->vlan[*tags] = tag & TAG_MASK;
	++*tags;
}

/* The next @length octets of the frame; NULL if there are fewer before the packet. */
static const u8 *take(struct frame *frame, int length, void *buffer)
{
	const u8 *octets = nfl_header(frame->skb, frame->offset, length, frame->linear,
					   frame->end, buffer);

	frame->offset += length;
	return octets;
}

/* A packet may have no frame; the octets before its network header are not part of it then. */
static struct frame frame_of(const struct sk_buff *skb)
{
	const int end = skb_network_offset(skb);

	return (struct frame) {
		.skb = skb,
		.offset = skb_mac_header_was_set(skb) ? skb_mac_offset(skb) : end,
		.linear = nfl_header_linear(skb, end),
		.end = end,
	};
}

static void parse_labels(struct frame *frame, struct nfl_link *link)
{
	const u8 *entry;
	u8 buffer[MPLS_ENTRY] __uninitialized;
	unsigned int i;

	for (i = 0; i < NFL_MPLS_LABELS; i++) {
		entry = take(frame, MPLS_ENTRY, buffer);
		if (!entry)
			break;
		memcpy(link->mpls + i * NFL_MPLS_LENGTH, entry, NFL_MPLS_LENGTH);
		if (entry[NFL_MPLS_LENGTH - 1] & MPLS_BOTTOM)
			break;
	}
}

/* Returns the Ethernet type of the content of the frame; 0 if the frame does not have it. */
static u16 parse_frame(struct frame *frame, unsigned int *tags, struct nfl_link *link)
{
	const u8 *header;
	u8 buffer[ETH_HLEN] __uninitialized;
	u16 type;

	header = take(frame, ETH_HLEN, buffer);
	if (!header)
		return 0;
	if (nfl_extra_has(link->extras, NFL_EXTRA_MAC)) {
		memcpy(link->dmac, header, ETH_ALEN);
		memcpy(link->smac, header + ETH_ALEN, ETH_ALEN);
	}
	type = get_unaligned_be16(header + 2 * ETH_ALEN);
	while (type == ETH_P_8021Q || type == ETH_P_8021AD) {
		header = take(frame, VLAN_HLEN, buffer);
		if (!header)
			break;
		tag_add(link, tags, get_unaligned_be16(header));
		type = get_unaligned_be16(header + 2);
	}
	return type >= ETH_P_802_3_MIN ? type : 0;
}

/**
 * nfl_ethernet_parse() - parse the frame of a packet
 * @skb: the packet
 * @ethernet: the input device has Ethernet frames
 * @tags: number of VLAN tags that are known already; the first ones are in @link
 * @link: @link->extras has the wanted fields; the rest is filled and is 0 before, except for
 *	those tags
 *
 * Context: any.
 */
void nfl_ethernet_parse(const struct sk_buff *skb, bool ethernet, unsigned int tags,
			struct nfl_link *link)
{
	struct frame frame = frame_of(skb);
	u16 type = 0;

	if (skb_vlan_tag_present(skb))
		tag_add(link, &tags, skb_vlan_tag_get(skb));
	if (ethernet)
		type = parse_frame(&frame, &tags, link);
	if (nfl_extra_has(link->extras, NFL_EXTRA_MPLS) &&
	    (type == ETH_P_MPLS_UC || type == ETH_P_MPLS_MC))
		parse_labels(&frame, link);
	if (nfl_extra_has(link->extras, NFL_EXTRA_ETHERTYPE))
		link->ethertype = type ? htons(type) : skb->protocol;
	if (!nfl_extra_has(link->extras, NFL_EXTRA_VLAN))
		memset(link->vlan, 0, sizeof(link->vlan));
}
