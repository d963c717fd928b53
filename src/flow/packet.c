// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet parser: a pure function of the headers of a packet. It reads through
 * skb_header_pointer() only, so it does not read past the end of a non-linear packet or of
 * one with a wrong length.
 *
 * Packets and octets are those on the wire. A packet of the kernel that is several packets
 * on the wire (GRO, GSO, BIG TCP) counts as these, each with its headers.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "flow/packet.h"

/*
 * More extension headers than any valid packet has. The walk ends there, and the number of
 * the next header is used as the protocol.
 */
#define EXTENSION_HEADERS_MAX	12

#define SCTP_COMMON_HEADER	12

/* Fields of the transport header; offsets are from the start of the data. */
struct transport {
	int offset;		/* of the header */
	unsigned int length;	/* of the header that each GSO segment repeats */
	unsigned int phantom;	/* octets before it that no segment has */
	unsigned int fragment;	/* of the header that a fragment has beside it */
	union nfl_ports ports;
	u16 tcp_flags;
	bool later_fragment;
};

static void parse_tcp(const struct sk_buff *skb, struct transport *t)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer;

	tcp = skb_header_pointer(skb, t->offset, sizeof(buffer), &buffer);
	if (!tcp)
		return;
	memcpy(&t->ports.word, tcp, sizeof(t->ports.word));
	t->tcp_flags = ntohs(((const __be16 *)tcp)[6]) & 0x1ff;
	t->length = tcp->doff * 4;
}

static void parse_ports(const struct sk_buff *skb, struct transport *t)
{
	const void *ports;
	__be32 buffer;

	ports = skb_header_pointer(skb, t->offset, sizeof(buffer), &buffer);
	if (ports)
		memcpy(&t->ports.word, ports, sizeof(t->ports.word));
}

static void parse_type_code(const struct sk_buff *skb, struct transport *t, bool code)
{
	const u8 *header;
	u8 buffer[2];

	header = skb_header_pointer(skb, t->offset, sizeof(buffer), buffer);
	if (header)
		t->ports.dport = htons(code ? header[0] << 8 | header[1] : header[0]);
}

static void parse_spi(const struct sk_buff *skb, int offset, struct transport *t)
{
	const void *spi;
	__be32 buffer;

	spi = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (spi)
		memcpy(&t->ports.spi, spi, sizeof(t->ports.spi));
}

/*
 * If the transport header is truncated, the ports are 0: the packet is metered by its
 * addresses, like a later fragment.
 */
static void parse_transport(const struct sk_buff *skb, u8 protocol, struct transport *t)
{
	switch (protocol) {
	case IPPROTO_TCP:
		parse_tcp(skb, t);
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		t->length = sizeof(struct udphdr);
		parse_ports(skb, t);
		break;
	case IPPROTO_SCTP:
		t->length = SCTP_COMMON_HEADER;
		parse_ports(skb, t);
		break;
	case IPPROTO_DCCP:
		parse_ports(skb, t);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		parse_type_code(skb, t, true);
		break;
	case IPPROTO_IGMP:
		parse_type_code(skb, t, false);
		break;
	case IPPROTO_ESP:
		parse_spi(skb, t->offset, t);
		break;
	case IPPROTO_AH:
		/* next header, length, two reserved octets, then the SPI */
		parse_spi(skb, t->offset + 4, t);
		break;
	}
}

/* As in parse_tcp(), but for a header that may not be aligned. */
static unsigned int tcp_header_length(const struct sk_buff *skb, int offset)
{
	const u8 *words;
	u8 buffer;

	words = skb_header_pointer(skb, offset + 12, sizeof(buffer), &buffer);
	return words ? *words >> 4 << 2 : 0;
}

/*
 * The number of octets that are repeated in each segment of a GSO packet, from its network
 * header on.
 */
static unsigned int gso_headers(const struct sk_buff *skb, const struct transport *t)
{
	const unsigned int type = skb_shinfo(skb)->gso_type;
	const int offset = skb->encapsulation ? skb_inner_transport_offset(skb) : t->offset;
	const unsigned int headers = offset - skb_network_offset(skb) - t->phantom;

	if (type & SKB_GSO_UDP)		/* IP fragments: the UDP header is payload */
		return headers;
	if (!skb->encapsulation)
		return headers + t->length;
	if (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6))
		return headers + tcp_header_length(skb, offset);
	if (type & SKB_GSO_UDP_L4)
		return headers + sizeof(struct udphdr);
	if (type & SKB_GSO_SCTP)
		return headers + SCTP_COMMON_HEADER;
	return headers;
}

/*
 * gso_segs is correct if the kernel made the packet, by GSO or GRO. If a virtual machine
 * made it, it is 0 or an estimate (SKB_GSO_DODGY) until the packet is segmented. So it is
 * computed in the same way as in segmentation.
 */
static noinline void count_gso(const struct sk_buff *skb, const struct transport *t,
			       unsigned int length, struct nfl_packet *packet)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);
	const unsigned int headers = gso_headers(skb, t);
	unsigned int segments = shared->gso_segs;

	length -= t->phantom;
	packet->octets = length;
	packet->packets = 1;
	if (length <= headers)
		return;

	if (shared->gso_size != GSO_BY_FRAGS &&
	    (!segments || (shared->gso_type & SKB_GSO_DODGY)))
		segments = DIV_ROUND_UP(length - headers, shared->gso_size);
	if (segments <= 1)
		return;

	packet->packets = segments;
	packet->octets += (segments - 1) * headers;
	if (shared->gso_type & SKB_GSO_UDP && !skb->encapsulation)
		packet->octets += segments * t->fragment;
}

static __always_inline void count(const struct sk_buff *skb, const struct transport *t,
				  unsigned int length, struct nfl_packet *packet)
{
	packet->tcp_flags = t->tcp_flags;
	packet->later_fragment = t->later_fragment;
	packet->nat = NFL_NAT_NONE;
	if (unlikely(skb_is_gso(skb))) {
		count_gso(skb, t, length, packet);
		return;
	}
	packet->octets = length;
	packet->packets = 1;
}

/*
 * Length of the packet from its network header on. It is the length field of the header,
 * since the frame may be padded. But BIG TCP has a payload length of 0, and a length field
 * that exceeds the packet is not used.
 */
static unsigned int packet_length(const struct sk_buff *skb, unsigned int said, unsigned int least)
{
	const unsigned int there = skb->len - skb_network_offset(skb);

	return likely(said >= least && said <= there) ? said : there;
}

/*
 * The next hop, if the packet has a route with a gateway of the same family. The dst may be
 * the metadata of a tunnel, and an IPv4 packet that was decapsulated from SRv6 may still
 * have an IPv6 route.
 */
static __be32 nexthop4(const struct sk_buff *skb)
{
	const struct rtable *rt;

	if (!skb_valid_dst(skb) || skb_dst(skb)->ops->family != AF_INET)
		return 0;
	rt = skb_rtable(skb);
	return rt->rt_gw_family == AF_INET ? rt->rt_gw4 : 0;
}

static void nexthop6(const struct sk_buff *skb, struct in6_addr *nexthop)
{
	const struct rt6_info *rt;

	memset(nexthop, 0, sizeof(*nexthop));
	if (!skb_valid_dst(skb) || skb_dst(skb)->ops->family != AF_INET6)
		return;
	rt = container_of(skb_dst(skb), struct rt6_info, dst);
	if (rt->rt6i_flags & RTF_GATEWAY)
		*nexthop = rt->rt6i_gateway;
}

/**
 * nfl_packet_parse4() - parse an IPv4 packet
 * @skb: the packet, its network header set
 * @hook: the netfilter hook, NF_INET_*, a part of the key
 * @packet: filled, except for iif in its key, hash, time and oif, which the caller fills
 *
 * Context: any, in the RCU read-side critical section in which the route of the packet is
 *	valid, as in all netfilter hooks.
 * Return: NFL_PACKET_OK, or why the packet cannot be metered.
 */
enum nfl_packet_error nfl_packet_parse4(const struct sk_buff *skb, u8 hook,
					struct nfl_packet4 *packet)
{
	const int offset = skb_network_offset(skb);
	struct transport t = { };
	const struct iphdr *ip;
	struct iphdr buffer;
	unsigned int header;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (unlikely(!ip))
		return NFL_PACKET_TRUNCATED;
	header = ip->ihl * 4;
	if (unlikely(ip->version != 4 || header < sizeof(*ip)))
		return NFL_PACKET_MALFORMED;

	packet->key.saddr = ip->saddr;
	packet->key.daddr = ip->daddr;
	packet->key.class = nfl_key_class(ip->protocol, ip->tos, hook);

	t.offset = offset + header;
	if (likely(!(ip->frag_off & htons(IP_OFFSET))))
		parse_transport(skb, ip->protocol, &t);
	else
		t.later_fragment = true;
	packet->key.ports = t.ports;
	packet->nexthop = nexthop4(skb);
	count(skb, &t, packet_length(skb, ntohs(ip->tot_len), header), &packet->packet);
	return NFL_PACKET_OK;
}

/*
 * The hop-by-hop header that kernels before 7.0 add to a TCP packet of more than 65535
 * octets. Segmentation removes this one only.
 */
static bool has_jumbo_header(const struct sk_buff *skb, int offset)
{
	static const u8 jumbo[] = { IPPROTO_TCP, 0, IPV6_TLV_JUMBO, 4 };
	u8 buffer[sizeof(jumbo)];
	const u8 *header;

	header = skb_header_pointer(skb, offset, sizeof(buffer), buffer);
	return header && !memcmp(header, jumbo, sizeof(jumbo));
}

/*
 * Walk the extension headers. Returns the protocol of the upper layer and sets its offset.
 * The offset is -1 if there is no header of the upper layer: in a later fragment, after a
 * truncated header, or after too many headers.
 */
static u8 skip_extension_headers(const struct sk_buff *skb, u8 next, struct transport *t)
{
	int i;

	for (i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		const u8 *header;
		u8 buffer[8];

		switch (next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_MH:
		case IPPROTO_FRAGMENT:
			break;
		default:
			return next;
		}

		header = skb_header_pointer(skb, t->offset, sizeof(buffer), buffer);
		if (!header)
			break;
		if (next == IPPROTO_MH && header[0] == IPPROTO_NONE)
			return next;	/* mobility: an upper layer in all but name */
		if (next == IPPROTO_FRAGMENT) {
			t->later_fragment = header[2] | (header[3] & 0xf8);
			next = header[0];
			if (t->later_fragment)
				break;
			t->offset += 8;
		} else {
			next = header[0];
			t->offset += (header[1] + 1) * 8;
		}
	}
	t->offset = -1;
	return next;
}

/**
 * nfl_packet_parse6() - parse an IPv6 packet
 * @skb: the packet, its network header set
 * @hook: as for nfl_packet_parse4()
 * @packet: as for nfl_packet_parse4()
 *
 * Context: as for nfl_packet_parse4().
 * Return: NFL_PACKET_OK, or why the packet cannot be metered.
 */
enum nfl_packet_error nfl_packet_parse6(const struct sk_buff *skb, u8 hook,
					struct nfl_packet6 *packet)
{
	const int offset = skb_network_offset(skb);
	const struct ipv6hdr *ip;
	struct transport t = { };
	struct ipv6hdr buffer;
	unsigned int said;
	u8 protocol;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (unlikely(!ip))
		return NFL_PACKET_TRUNCATED;
	if (unlikely(ip->version != 6))
		return NFL_PACKET_MALFORMED;

	packet->key.saddr = ip->saddr;
	packet->key.daddr = ip->daddr;
	packet->flowlabel = ip6_flowlabel(ip);
	said = sizeof(*ip) + ntohs(ip->payload_len);
	if (unlikely(!ip->payload_len && skb_is_gso(skb))) {
		/* BIG TCP: more than 65535 octets */
		said = 0;
		if (ip->nexthdr == IPPROTO_HOPOPTS &&
		    has_jumbo_header(skb, offset + sizeof(*ip)))
			t.phantom = 8;
	}

	t.fragment = sizeof(struct frag_hdr);
	t.offset = offset + sizeof(*ip);
	protocol = skip_extension_headers(skb, ip->nexthdr, &t);
	packet->key.class = nfl_key_class(protocol, ipv6_get_dsfield(ip), hook);
	if (likely(t.offset >= 0))
		parse_transport(skb, protocol, &t);
	else
		t.offset = offset + sizeof(*ip);
	packet->key.ports = t.ports;
	nexthop6(skb, &packet->nexthop);
	count(skb, &t, packet_length(skb, said, sizeof(*ip)), &packet->packet);
	return NFL_PACKET_OK;
}
