// SPDX-License-Identifier: GPL-2.0-only
/*
 * VLAN tags, MPLS labels and PPPoE headers before a packet: a pure function of a frame that
 * no device of this machine has taken these off, as a mirror port sends it.
 */
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/mpls.h>

#include "flow/encapsulation.h"

/* The most headers before a packet; real networks use fewer. */
#define HEADERS_MAX		16

#define LABEL_BOTTOM		0x01	/* of an MPLS label's third octet */

#define PPPOE_LENGTH		6	/* RFC 2516: version and type, code, session, length */
#define PPPOE_VERSION_TYPE	0x11
#define PPPOE_SESSION_DATA	0
#define PPP_PROTOCOL_LENGTH	2
#define PPP_PROTOCOL_IP		0x0021
#define PPP_PROTOCOL_IPV6	0x0057

/* Octets from @offset to the end of the frame. */
static unsigned int octets_left(const struct sk_buff *skb, int offset)
{
	return skb->len - offset;
}

static bool is_ipv4(const struct sk_buff *skb, int offset)
{
	const struct iphdr *ip;
	u8 buffer[60] __aligned(4);
	unsigned int header;

	ip = skb_header_pointer(skb, offset, sizeof(*ip), buffer);
	if (!ip || ip->version != 4 || ip->ihl < 5)
		return false;
	header = ip->ihl * 4;
	if (ntohs(ip->tot_len) < header)
		return false;
	ip = skb_header_pointer(skb, offset, header, buffer);
	return ip && !ip_fast_csum(ip, ip->ihl);
}

static bool is_ipv6(const struct sk_buff *skb, int offset)
{
	const struct ipv6hdr *ip;
	struct ipv6hdr buffer;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	return ip && ip->version == 6 &&
	       ntohs(ip->payload_len) <= octets_left(skb, offset + sizeof(*ip));
}

/*
 * MPLS has no protocol field. The first four bits are an IP version, or those of the
 * address of an Ethernet frame, so more of the header is looked at.
 */
static __be16 version_protocol(const struct sk_buff *skb, int offset)
{
	if (is_ipv4(skb, offset))
		return htons(ETH_P_IP);
	if (is_ipv6(skb, offset))
		return htons(ETH_P_IPV6);
	return 0;
}

/* The protocol in a PPPoE session; 0 if it is none of IP, or not a session's data. */
static __be16 skip_pppoe(const struct sk_buff *skb, int *offset)
{
	u8 buffer[PPPOE_LENGTH + PPP_PROTOCOL_LENGTH];
	const u8 *header;

	header = skb_header_pointer(skb, *offset, sizeof(buffer), buffer);
	if (!header || header[0] != PPPOE_VERSION_TYPE || header[1] != PPPOE_SESSION_DATA)
		return 0;
	*offset += sizeof(buffer);
	switch (header[PPPOE_LENGTH] << 8 | header[PPPOE_LENGTH + 1]) {
	case PPP_PROTOCOL_IP:
		return htons(ETH_P_IP);
	case PPP_PROTOCOL_IPV6:
		return htons(ETH_P_IPV6);
	}
	return 0;
}

/**
 * nfl_encapsulation_skip() - find the packet in a frame
 * @skb: the frame; its protocol is that of the first header to be skipped
 * @offset: where that header is, from the start of the data; set to where the packet is
 *
 * Context: any.
 * Return: the packet's protocol, an EtherType; 0 if the frame is too short, has too many
 * headers, or what is in it is not known.
 */
__be16 nfl_encapsulation_skip(const struct sk_buff *skb, int *offset)
{
	__be16 protocol = skb->protocol;
	int i;

	for (i = 0; i < HEADERS_MAX; i++) {
		const u8 *header;
		u8 buffer[4];

		static_assert(sizeof(buffer) == VLAN_HLEN && sizeof(buffer) == MPLS_HLEN);
		if (protocol == htons(ETH_P_PPP_SES))
			return skip_pppoe(skb, offset);
		if (!eth_type_vlan(protocol) && !eth_p_mpls(protocol))
			return protocol;
		header = skb_header_pointer(skb, *offset, sizeof(buffer), buffer);
		if (!header)
			return 0;
		*offset += sizeof(buffer);
		if (eth_type_vlan(protocol))
			protocol = htons(header[2] << 8 | header[3]);
		else if (header[2] & LABEL_BOTTOM)
			return version_protocol(skb, *offset);
	}
	return 0;
}

/**
 * nfl_encapsulation_missing() - octets of a packet that a frame has lost
 * @skb: the frame
 * @protocol: the packet's, IPv4 or IPv6
 * @offset: where the packet is, from the start of the data
 *
 * A mirror port may cut frames. The IP header still says how long the packet was. An IPv4
 * header whose checksum is wrong is not believed.
 *
 * Context: any.
 * Return: how many octets the header says beyond those that are there; 0 for a packet that
 * is whole, or was put together by GRO.
 */
unsigned int nfl_encapsulation_missing(const struct sk_buff *skb, __be16 protocol, int offset)
{
	const unsigned int there = octets_left(skb, offset);
	unsigned int said = 0;
	struct ipv6hdr buffer;
	const void *ip;

	if (skb_is_gso(skb))
		return 0;
	ip = skb_header_pointer(skb, offset, protocol == htons(ETH_P_IP) ?
				sizeof(struct iphdr) : sizeof(struct ipv6hdr), &buffer);
	if (!ip)
		return 0;
	if (protocol == htons(ETH_P_IPV6))
		said = sizeof(buffer) + ntohs(((const struct ipv6hdr *)ip)->payload_len);
	else if (is_ipv4(skb, offset))
		said = ntohs(((const struct iphdr *)ip)->tot_len);
	return said > there ? said - there : 0;
}
