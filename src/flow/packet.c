// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet parser: a pure function of the headers of a packet. It reads through
 * nfl_header() only, so it does not read past the end of a non-linear packet or of
 * one with a wrong length. The packet ends where its IP header says: a frame may be
 * padded.
 *
 * Packets and octets are those on the wire. A packet of the kernel that is several packets
 * on the wire (GRO, GSO, BIG TCP) counts as these, each with its headers.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "compat/attributes.h"
#include "compat/unaligned.h"
#include "flow/header.h"
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
	int linear, end;	/* of the packet, see nfl_header() */
	unsigned int length;	/* of the header that each GSO segment repeats */
	unsigned int phantom;	/* octets before it that no segment has */
	unsigned int fragment;	/* of the header that a fragment has beside it */
	union nfl_ports ports;
	u16 tcp_flags;
	bool later_fragment;
};

static const void *header_at(const struct sk_buff *skb, const struct transport *t, int distance,
			     int length, void *buffer)
{
	return nfl_header(skb, t->offset + distance, length, t->linear, t->end, buffer);
}

static void parse_ports(const struct sk_buff *skb, struct transport *t)
{
	const void *ports;
	u8 buffer[sizeof(__be32)] __uninitialized;

	ports = header_at(skb, t, 0, sizeof(buffer), buffer);
	if (ports)
		memcpy(&t->ports.word, ports, sizeof(t->ports.word));
}

#define TCP_FLAGS_OFFSET	12
#define TCP_FLAGS_MASK		0x1ff

/* A first fragment may be as short as eight octets of TCP, a mirror port cuts frames. */
static noinline void parse_short_tcp(const struct sk_buff *skb, struct transport *t)
{
	const u8 *flags;
	u8 buffer[2] __uninitialized;

	parse_ports(skb, t);
	flags = header_at(skb, t, TCP_FLAGS_OFFSET, sizeof(buffer), buffer);
	if (flags)
		t->tcp_flags = (flags[0] << 8 | flags[1]) & TCP_FLAGS_MASK;
}

static void parse_tcp(const struct sk_buff *skb, struct transport *t)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer __uninitialized;

	tcp = header_at(skb, t, 0, sizeof(buffer), &buffer);
	if (unlikely(!tcp)) {
		parse_short_tcp(skb, t);
		return;
	}
	memcpy(&t->ports.word, tcp, sizeof(t->ports.word));
	t->tcp_flags = ntohs(((const __be16 *)tcp)[TCP_FLAGS_OFFSET / 2]) & TCP_FLAGS_MASK;
	t->length = tcp->doff * 4;
}

/* The type is known without the code, if the packet ends between them. */
static void parse_type_code(const struct sk_buff *skb, struct transport *t)
{
	const u8 *type, *code;
	u8 buffer[2] __uninitialized;

	type = header_at(skb, t, 0, sizeof(*type), &buffer[0]);
	code = header_at(skb, t, 1, sizeof(*code), &buffer[1]);
	if (type)
		t->ports.dport = htons(*type << 8 | (code ? *code : 0));
}

static void parse_type(const struct sk_buff *skb, struct transport *t)
{
	const u8 *type;
	u8 buffer[1] __uninitialized;

	type = header_at(skb, t, 0, sizeof(*type), buffer);
	if (type)
		t->ports.dport = htons(*type);
}

static void parse_spi(const struct sk_buff *skb, struct transport *t, int distance)
{
	const void *spi;
	u8 buffer[sizeof(__be32)] __uninitialized;

	spi = header_at(skb, t, distance, sizeof(buffer), buffer);
	if (spi)
		memcpy(&t->ports.spi, spi, sizeof(t->ports.spi));
}

/*
 * If the transport header is truncated, the ports are 0: the packet is metered by its
 * addresses, like a later fragment.
 */
static void parse_transport(const struct sk_buff *skb, u8 protocol, bool ipv4,
			    struct transport *t)
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
		parse_type_code(skb, t);
		break;
	case IPPROTO_IGMP:
		/* no record of IPv6 says an IGMP type, so it would split flows for nothing */
		if (ipv4)
			parse_type(skb, t);
		break;
	case IPPROTO_ESP:
		parse_spi(skb, t, 0);
		break;
	case IPPROTO_AH:
		/* next header, length, two reserved octets, then the SPI */
		parse_spi(skb, t, 4);
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

/*
 * A datagram that conntrack has put together, or a rule for which it has to be whole. Its
 * fragments are still apart. Each had an IP header on the wire, and in IPv6 a fragment header,
 * which is gone. IPv4 options, which not all fragments repeat, are taken as repeated.
 */
static noinline void count_fragments(const struct sk_buff *skb, const struct iphdr *ip,
				     struct nfl_packet *packet)
{
	const struct sk_buff *fragment;

	if (!(ip->version == 4 ? IPCB(skb)->frag_max_size : IP6CB(skb)->frag_max_size))
		return;
	if (ip->version == 6)
		packet->octets += sizeof(struct frag_hdr);
	skb_walk_frags(skb, fragment) {
		packet->packets++;
		packet->octets += ip->version == 4 ? ip->ihl * 4 :
				  sizeof(struct ipv6hdr) + sizeof(struct frag_hdr);
	}
}

/* @ip: the IP header of either family */
static __always_inline void count(const struct sk_buff *skb, const void *ip, u8 hook,
				  const struct transport *t, unsigned int length,
				  struct nfl_packet *packet)
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
	/* before the IP layer, the control block is another's */
	if (unlikely(skb->data_len && skb_has_frag_list(skb)) && hook != NF_INET_INGRESS)
		count_fragments(skb, ip, packet);
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
	unsigned int header, length;
	const struct iphdr *ip;
	struct iphdr buffer __uninitialized;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (unlikely(!ip))
		return NFL_PACKET_TRUNCATED;
	header = ip->ihl * 4;
	if (unlikely(ip->version != 4 || header < sizeof(*ip)))
		return NFL_PACKET_MALFORMED;

	packet->key.saddr = ip->saddr;
	packet->key.daddr = ip->daddr;
	packet->key.class = nfl_key_class(ip->protocol, ip->tos, hook);

	length = nfl_header_length(skb, ntohs(ip->tot_len), header);
	t.offset = offset + header;
	t.end = offset + length;
	t.linear = nfl_header_linear(skb, t.end);
	if (likely(!(ip->frag_off & htons(IP_OFFSET))))
		parse_transport(skb, ip->protocol, true, &t);
	else
		t.later_fragment = true;
	packet->key.ports = t.ports;
	packet->nexthop = nexthop4(skb);
	count(skb, ip, hook, &t, length, &packet->packet);
	return NFL_PACKET_OK;
}

/*
 * The hop-by-hop header that kernels before 7.0 add to a TCP packet of more than 65535
 * octets. Segmentation removes this one only.
 */
static bool has_jumbo_header(const struct sk_buff *skb, int offset)
{
	static const u8 jumbo[] = { IPPROTO_TCP, 0, IPV6_TLV_JUMBO, 4 };
	u8 buffer[sizeof(jumbo)] __uninitialized;
	const u8 *header;

	header = skb_header_pointer(skb, offset, sizeof(buffer), buffer);
	return header && !memcmp(header, jumbo, sizeof(jumbo));
}

/* More options than a hop-by-hop header of good faith has before its jumbo option. */
#define JUMBO_OPTIONS_MAX	8

/*
 * The length that a jumbo payload option says (RFC 2675) in the hop-by-hop header at
 * @offset, without the IPv6 header; 0 if there is none.
 */
static u32 jumbo_option(const struct sk_buff *skb, int offset)
{
	const u8 *header, *option;
	u8 buffer[6] __uninitialized;
	int end, i;

	header = skb_header_pointer(skb, offset, 2, buffer);
	if (!header)
		return 0;
	end = offset + (header[1] + 1) * 8;
	offset += 2;
	for (i = 0; i < JUMBO_OPTIONS_MAX; i++) {
		option = nfl_header_copy(skb, offset, 2, end, buffer);
		if (!option)
			return 0;
		if (option[0] == IPV6_TLV_PAD1) {
			offset++;
			continue;
		}
		if (option[0] == IPV6_TLV_JUMBO && option[1] == sizeof(u32)) {
			option = nfl_header_copy(skb, offset, 6, end, buffer);
			return option ? get_unaligned_be32(option + 2) : 0;
		}
		offset += 2 + option[1];
	}
	return 0;
}

/*
 * The length of a packet whose IPv6 header says a payload of 0: of more than 65535 octets,
 * or there is none. BIG TCP is such a packet, with no option since Linux 7.0.
 */
static noinline unsigned int jumbo_length(const struct sk_buff *skb, const struct ipv6hdr *ip,
					  int offset, struct transport *t)
{
	const bool has_options = ip->nexthdr == IPPROTO_HOPOPTS;
	u32 payload;

	offset += sizeof(*ip);
	if (skb_is_gso(skb)) {
		if (has_options && has_jumbo_header(skb, offset))
			t->phantom = 8;
		return 0;
	}
	payload = has_options ? jumbo_option(skb, offset) : 0;
	return payload <= U16_MAX ? sizeof(*ip) : min(payload, U32_MAX - 40) + sizeof(*ip);
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
		u8 buffer[8] __uninitialized;

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

		header = header_at(skb, t, 0, sizeof(buffer), buffer);
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
	struct ipv6hdr buffer __uninitialized;
	unsigned int length;
	u8 protocol;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (unlikely(!ip))
		return NFL_PACKET_TRUNCATED;
	if (unlikely(ip->version != 6))
		return NFL_PACKET_MALFORMED;

	packet->key.saddr = ip->saddr;
	packet->key.daddr = ip->daddr;
	packet->flowlabel = ip6_flowlabel(ip);
	length = sizeof(*ip) + ntohs(ip->payload_len);
	if (unlikely(!ip->payload_len))
		length = jumbo_length(skb, ip, offset, &t);
	length = nfl_header_length(skb, length, sizeof(*ip));

	t.fragment = sizeof(struct frag_hdr);
	t.offset = offset + sizeof(*ip);
	t.end = offset + length;
	t.linear = nfl_header_linear(skb, t.end);
	protocol = skip_extension_headers(skb, ip->nexthdr, &t);
	packet->key.class = nfl_key_class(protocol, ipv6_get_dsfield(ip), hook);
	if (likely(t.offset >= 0))
		parse_transport(skb, protocol, false, &t);
	else
		t.offset = offset + sizeof(*ip);
	packet->key.ports = t.ports;
	nexthop6(skb, &packet->nexthop);
	count(skb, ip, hook, &t, length, &packet->packet);
	return NFL_PACKET_OK;
}
