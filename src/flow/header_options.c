// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options and extension headers: a pure function of the headers of a packet, like the
 * parser (packet.c), which skips them. It reads through nfl_header_copy() only. A walk
 * ends at a truncated header or an invalid length.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "compat/attributes.h"
#include "flow/header.h"
#include "flow/header_options.h"

/* The same limit as in the parser. */
#define EXTENSION_HEADERS_MAX	12

/* Options of IPv4 and TCP have the same maximum length and the same format. */
#define OPTIONS_LENGTH		40
#define OPTION_END		0
#define OPTION_NOP		1

/* The option types of IANA's registry ip-parameters, by their number. */
static const u8 option_types[32] = {
	0, 1, 130, 131, 68, 133, 134, 7, 136, 137, 10, 11, 12, 205, 142, 15, 144, 145, 82, 147,
	148, 149, 150, 151, 152, 25, [30] = 30,
};

#define OPTION_NUMBER(type)	((type) & 0x1f)
#define OPTION_EXPERIMENT	30	/* RFC 4727: with two classes, copied or not */
#define OPTION_CLASS_RESERVED	0x20

/* The bit of an option: its whole type must be known, not only its number. */
static u64 option_bit4(u8 type)
{
	const u8 number = OPTION_NUMBER(type);

	if (number == OPTION_EXPERIMENT ? type & OPTION_CLASS_RESERVED :
					  option_types[number] != type)
		return 0;
	return BIT_ULL(number);
}

static u64 option_bit_tcp(u8 kind)
{
	return kind < 64 ? BIT_ULL(kind) : 0;
}

/* The bits of all options in the @length octets from @offset on; the packet ends at @end. */
static u64 parse_options(const struct sk_buff *skb, int offset, unsigned int length, int end,
			 u64 (*option_bit)(u8 type))
{
	u8 buffer[OPTIONS_LENGTH] __uninitialized;
	const u8 *at;
	u64 bits = 0;

	if (!length || length > sizeof(buffer))
		return 0;
	at = nfl_header_copy(skb, offset, length, end, buffer);
	while (at && length) {
		const u8 type = *at;
		unsigned int octets = 1;

		bits |= option_bit(type);
		if (type == OPTION_END)
			break;
		if (type != OPTION_NOP)
			octets = length > 1 ? at[1] : 0;
		if (!octets || octets > length || (type != OPTION_NOP && octets < 2))
			break;
		at += octets;
		length -= octets;
	}
	return bits;
}

static u64 parse_tcp_options(const struct sk_buff *skb, int offset, int end)
{
	const struct tcphdr *tcp;
	struct tcphdr buffer __uninitialized;

	tcp = nfl_header_copy(skb, offset, sizeof(buffer), end, &buffer);
	if (!tcp || tcp->doff * 4 <= sizeof(*tcp))
		return 0;
	return parse_options(skb, offset + sizeof(*tcp), tcp->doff * 4 - sizeof(*tcp), end,
			     option_bit_tcp);
}

/**
 * nfl_header_options_parse4() - details of an IPv4 packet
 * @skb: the packet, its network header set
 * @extras: the wanted fields, one bit of &enum nfl_extra each
 * @details: filled; fields that are not wanted are not changed
 *
 * Context: any.
 */
void nfl_header_options_parse4(const struct sk_buff *skb, u16 extras, struct nfl_details *details)
{
	const int offset = skb_network_offset(skb);
	const struct iphdr *ip;
	struct iphdr buffer __uninitialized;
	unsigned int header;
	int end;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!ip || ip->ihl * 4 < sizeof(*ip))
		return;
	header = ip->ihl * 4;
	end = offset + nfl_header_length(skb, ntohs(ip->tot_len), header);
	if (nfl_extra_has(extras, NFL_EXTRA_OPTIONS))
		details->ip_options = parse_options(skb, offset + sizeof(*ip),
						    header - sizeof(*ip), end, option_bit4);
	if (nfl_extra_has(extras, NFL_EXTRA_TCPOPTIONS) && ip->protocol == IPPROTO_TCP &&
	    !(ip->frag_off & htons(IP_OFFSET)))
		details->tcp_options = parse_tcp_options(skb, offset + header, end);
}

#define EXTHDR(name)	(0x80000000U >> NFL_EXTHDR_##name)

/*
 * Walk the extension headers, further than the parser, which stops at AH. Returns the
 * offset of the upper layer, with @next set to its protocol, or -1.
 */
static int walk(const struct sk_buff *skb, int offset, int end, u8 *next, u32 *headers)
{
	int i;

	for (i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		unsigned int octets;
		const u8 *header;
		u8 buffer[8] __uninitialized;

		switch (*next) {
		case IPPROTO_HOPOPTS:
			*headers |= EXTHDR(HOP);
			break;
		case IPPROTO_ROUTING:
			*headers |= EXTHDR(RH);
			break;
		case IPPROTO_DSTOPTS:
			*headers |= EXTHDR(DST);
			break;
		case IPPROTO_MH:
			*headers |= EXTHDR(MOB);
			break;
		case IPPROTO_AH:
			*headers |= EXTHDR(AH);
			break;
		case IPPROTO_FRAGMENT:
			break;
		case IPPROTO_ESP:
			*headers |= EXTHDR(ESP) | EXTHDR(UNK);
			return -1;
		case IPPROTO_COMP:
			*headers |= EXTHDR(PAY) | EXTHDR(UNK);
			return -1;
		default:
			return offset;
		}

		header = nfl_header_copy(skb, offset, sizeof(buffer), end, buffer);
		if (!header)
			break;
		octets = (header[1] + 1) * 8;
		if (*next == IPPROTO_AH)
			octets = (header[1] + 2) * 4;
		if (*next == IPPROTO_FRAGMENT) {
			octets = 8;
			if (header[2] | (header[3] & 0xf8)) {
				*headers |= EXTHDR(FRA1);
				return -1;
			}
			*headers |= EXTHDR(FRA0);
		}
		*next = header[0];
		offset += octets;
	}
	*headers |= EXTHDR(UNK);
	return -1;
}

/**
 * nfl_header_options_parse6() - details of an IPv6 packet
 * @skb: the packet, its network header set
 * @extras: as for nfl_header_options_parse4()
 * @details: as for nfl_header_options_parse4()
 *
 * Context: any.
 */
void nfl_header_options_parse6(const struct sk_buff *skb, u16 extras, struct nfl_details *details)
{
	int offset = skb_network_offset(skb);
	const struct ipv6hdr *ip;
	unsigned int said = 0;
	struct ipv6hdr buffer __uninitialized;
	u32 headers = 0;
	int end;
	u8 next;

	ip = skb_header_pointer(skb, offset, sizeof(buffer), &buffer);
	if (!ip)
		return;
	next = ip->nexthdr;
	/* a payload of 0 is none, or one of more than 65535 octets */
	if (ip->payload_len || (next != IPPROTO_HOPOPTS && !skb_is_gso(skb)))
		said = sizeof(*ip) + ntohs(ip->payload_len);
	end = offset + nfl_header_length(skb, said, sizeof(*ip));
	offset = walk(skb, offset + sizeof(*ip), end, &next, &headers);
	/* the header that kernels before 7.0 add for BIG TCP is not sent */
	if (!ip->payload_len && skb_is_gso(skb))
		headers &= ~EXTHDR(HOP);
	if (nfl_extra_has(extras, NFL_EXTRA_EXTHDRS))
		details->ip_options = headers;
	if (nfl_extra_has(extras, NFL_EXTRA_TCPOPTIONS) && offset >= 0 && next == IPPROTO_TCP)
		details->tcp_options = parse_tcp_options(skb, offset, end);
}
