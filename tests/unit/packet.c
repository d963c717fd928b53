// SPDX-License-Identifier: GPL-2.0-only
/*
 * The packet parser: protocols, fragments, extension headers; packets cut off
 * at every octet and split at every octet. What one skb that is many packets
 * counts as is in segments.c.
 */
#include "../../src/flow/packet.c"

#include "skb.h"

#define PACKET_MAX	4096

/* A packet under construction; it grows at its end. */
struct builder {
	int family;
	unsigned int length;
	unsigned int upper;		/* offset of the upper layer's header */
	u8 octets[PACKET_MAX] __aligned(8);
};

static void put(struct builder *b, const void *octets, unsigned int length)
{
	assert(b->length + length <= sizeof(b->octets));
	memcpy(b->octets + b->length, octets, length);
	b->length += length;
}

static void put_octets(struct builder *b, u8 value, unsigned int count)
{
	while (count--)
		put(b, &value, 1);
}

#define PUT(b, ...)	put(b, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

static void begin4(struct builder *b, u8 protocol, unsigned int options, u16 fragment)
{
	memset(b, 0, sizeof(*b));
	b->family = 4;
	PUT(b, 0x45 + options / 4, 0xb9, 0, 0, 0x12, 0x34, fragment >> 8, fragment & 0xff);
	PUT(b, 64, protocol, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2);
	put_octets(b, 1, options);
	b->upper = b->length;
}

static void begin6(struct builder *b, u8 next)
{
	memset(b, 0, sizeof(*b));
	b->family = 6;
	PUT(b, 0x6b, 0x9a, 0xbc, 0xde, 0, 0, next, 64);
	PUT(b, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
	PUT(b, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
	b->upper = b->length;
}

/* An extension header of @units times 8 octets. */
static void extension(struct builder *b, u8 next, unsigned int units)
{
	PUT(b, next, units - 1, 1, 4, 0, 0, 0, 0);
	put_octets(b, 0, units * 8 - 8);
	b->upper = b->length;
}

static void fragment6(struct builder *b, u8 next, unsigned int offset, bool more)
{
	PUT(b, next, 0, offset >> 8, (offset & 0xf8) | more, 1, 2, 3, 4);
	b->upper = b->length;
}

static void finish(struct builder *b)
{
	const unsigned int length = b->family == 4 ? b->length : b->length - 40;
	u8 *at = b->octets + (b->family == 4 ? 2 : 4);

	at[0] = length >> 8;
	at[1] = length & 0xff;
}

/* Upper layers, and the expected values. */
struct upper {
	const char *name;
	u8 protocol;
	u8 length;
	u8 header[32];
	u8 ports_end;		/* octets that it takes to know the ports */
	u8 flags_end;		/* and TCP's flags */
	u32 ports;		/* source << 16 | destination, or what is there instead */
	u16 tcp_flags;
};

static const struct upper uppers[] = {
	{ "TCP", IPPROTO_TCP, 20, { 0x30, 0x39, 0x01, 0xbb, [12] = 0x51, 0x5a }, 4, 14,
	  0x303901bb, 0x15a },
	{ "TCP with options", IPPROTO_TCP, 32, { 0, 80, 255, 255, [12] = 0x80, 0xff, [20] = 1 },
	  4, 14, 0x0050ffff, 0xff },
	{ "UDP", IPPROTO_UDP, 8, { 0x14, 0xe9, 0, 53, 0, 8 }, 4, 0, 0x14e90035, 0 },
	{ "UDP-Lite", IPPROTO_UDPLITE, 8, { 1, 2, 3, 4, 0, 8 }, 4, 0, 0x01020304, 0 },
	{ "SCTP", IPPROTO_SCTP, 12, { 9, 8, 7, 6, 1, 1, 1, 1 }, 4, 0, 0x09080706, 0 },
	{ "DCCP", IPPROTO_DCCP, 12, { 0x13, 0x8c, 0x13, 0x8d, 3 }, 4, 0, 0x138c138d, 0 },
	{ "ICMP", IPPROTO_ICMP, 8, { 3, 4, 1, 1 }, 2, 0, 0x0304, 0 },
	{ "ICMPv6", IPPROTO_ICMPV6, 8, { 128, 0, 1, 1 }, 2, 0, 0x8000, 0 },
	{ "IGMP", IPPROTO_IGMP, 8, { 0x16, 9, 1, 1 }, 1, 0, 0x16, 0 },
	{ "ESP", IPPROTO_ESP, 16, { 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 1 }, 4, 0, 0xdeadbeef, 0 },
	{ "AH", IPPROTO_AH, 24, { 6, 4, 0, 0, 0xca, 0xfe, 0xba, 0xbe }, 8, 0, 0xcafebabe, 0 },
	{ "GRE", IPPROTO_GRE, 8, { 0x20, 0, 8, 0, 1, 2, 3, 4 }, 0, 0, 0, 0 },
	{ "protocol 253", 253, 8, { 1, 2, 3, 4, 5, 6, 7, 8 }, 0, 0, 0, 0 },
};

static bool is_icmp(u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* The word of the ports, of which @there octets of the upper layer's header say something. */
static u32 ports_of(const struct upper *upper, int family, int there)
{
	if (upper->protocol == IPPROTO_IGMP && family == 6)
		return 0;	/* no record says it */
	if (is_icmp(upper->protocol) && there == 1)
		return upper->ports & 0xff00;
	return upper->ports_end && there >= upper->ports_end ? upper->ports : 0;
}

/* What the parser should say of the first @there octets of @b. */
static void expect(const struct builder *b, unsigned int there, const struct upper *upper,
		   bool later, const char *where)
{
	const int in_upper = later ? 0 : (int)there - (int)b->upper;
	const u32 ports = ports_of(upper, b->family, in_upper);
	const bool has_flags = upper->flags_end && in_upper >= upper->flags_end;
	const union nfl_ports *got;
	struct parsed p;
	struct sk_buff skb;
	u8 protocol, tos;

	skb_linear(&skb, b->octets, there);
	parse(&p, b->family, &skb);
	skb_free(&skb);

	if (there < (b->family == 4 ? 20 : 40)) {
		check(p.error == NFL_PACKET_TRUNCATED, "%s, %s, %u octets: error %d", where,
		      upper->name, there, p.error);
		return;
	}
	if (!check(p.error == NFL_PACKET_OK, "%s, %s, %u octets: error %d", where, upper->name,
		   there, p.error))
		return;
	got = b->family == 4 ? &p.v4.key.ports : &p.v6.key.ports;
	protocol = b->family == 4 ? p.v4.key.protocol : p.v6.key.protocol;
	tos = b->family == 4 ? p.v4.key.tos : p.v6.key.tos;
	/* a walk that ends in a header that is cut short knows the next one's number only */
	check(there < b->upper || protocol == upper->protocol, "%s, %s, %u octets: protocol %u",
	      where, upper->name, there, protocol);
	check(ntohl(got->spi) == ports, "%s, %s, %u octets: ports %08x, not %08x", where,
	      upper->name, there, ntohl(got->spi), ports);
	check(p.common->tcp_flags == (has_flags ? upper->tcp_flags : 0), "%s, %s, %u octets: %x",
	      where, upper->name, there, p.common->tcp_flags);
	check(p.common->packets == 1 && p.common->octets == there, "%s, %s, %u octets: %u octets",
	      where, upper->name, there, p.common->octets);
	check(tos == 0xb9, "%s, %s: class of service %x", where, upper->name, tos);
	if (there >= b->upper)
		check(p.common->later_fragment == later, "%s, %s: fragment %d", where, upper->name,
		      p.common->later_fragment);
	if (b->family == 4) {
		check(p.v4.key.saddr == inet_addr("192.0.2.1") &&
		      p.v4.key.daddr == inet_addr("198.51.100.2") && !p.v4.key.zero &&
		      !p.v4.nexthop, "%s, %s: addresses", where, upper->name);
	} else {
		check(p.v6.key.saddr.s6_addr[15] == 1 && p.v6.key.daddr.s6_addr[15] == 2 &&
		      p.v6.key.saddr.s6_addr32[0] == htonl(0x20010db8) && !p.v6.key.zero,
		      "%s, %s: addresses", where, upper->name);
		check(p.v6.flowlabel == htonl(0xabcde), "%s, %s: flow label %x", where, upper->name,
		      ntohl(p.v6.flowlabel));
	}
}

/* However the kernel holds a packet, the parser says the same of it. */
static void splits(const struct builder *b, const char *where)
{
	struct parsed linear, split;
	struct sk_buff skb;
	unsigned int head;

	skb_linear(&skb, b->octets, b->length);
	parse(&linear, b->family, &skb);
	skb_free(&skb);
	for (head = 0; head <= b->length; head++) {
		skb_make(&skb, b->octets, b->length, head, b->length);
		parse(&split, b->family, &skb);
		skb_free(&skb);
		check(parsed_equal(&linear, &split), "%s: head of %u octets", where, head);

		skb_make(&skb, b->octets, b->length, head, 1);
		parse(&split, b->family, &skb);
		skb_free(&skb);
		check(parsed_equal(&linear, &split), "%s: head of %u, then octet by octet", where,
		      head);
	}
}

/* Headers in front of the upper layer's. Returns false when there are no more. */
static bool front(struct builder *b, unsigned int variant, u8 protocol, const char **name,
		  bool *later)
{
	unsigned int i;

	*later = false;
	switch (variant) {
	case 0:
		*name = "IPv4";
		begin4(b, protocol, 0, 0);
		return true;
	case 1:
		*name = "IPv4 with options";
		begin4(b, protocol, 40, 0x4000);
		return true;
	case 2:
		*name = "IPv4, first fragment";
		begin4(b, protocol, 0, 0x2000);
		return true;
	case 3:
		*name = "IPv4, middle fragment";
		begin4(b, protocol, 4, 0x2001);
		*later = true;
		return true;
	case 4:
		*name = "IPv4, last fragment";
		begin4(b, protocol, 0, 0x1fff);
		*later = true;
		return true;
	case 5:
		*name = "IPv6";
		begin6(b, protocol);
		return true;
	case 6:
		*name = "IPv6, hop-by-hop, routing, destination";
		begin6(b, IPPROTO_HOPOPTS);
		extension(b, IPPROTO_ROUTING, 1);
		extension(b, IPPROTO_DSTOPTS, 3);
		extension(b, protocol, 2);
		return true;
	case 7:
		*name = "IPv6, first fragment";
		begin6(b, IPPROTO_DSTOPTS);
		extension(b, IPPROTO_FRAGMENT, 1);
		fragment6(b, protocol, 0, true);
		return true;
	case 8:
		*name = "IPv6, atomic fragment";
		begin6(b, IPPROTO_FRAGMENT);
		fragment6(b, protocol, 0, false);
		return true;
	case 9:
		*name = "IPv6, last fragment";
		begin6(b, IPPROTO_FRAGMENT);
		fragment6(b, protocol, 8, false);
		*later = true;
		return true;
	case 10:
		*name = "IPv6, middle fragment";
		begin6(b, IPPROTO_HOPOPTS);
		extension(b, IPPROTO_FRAGMENT, 2);
		fragment6(b, protocol, 0xff00, true);
		*later = true;
		return true;
	case 11:
		*name = "IPv6, eleven extension headers";
		begin6(b, IPPROTO_DSTOPTS);
		for (i = 1; i < 11; i++)
			extension(b, IPPROTO_DSTOPTS, 1);
		extension(b, protocol, 1);
		return true;
	case 12:
		*name = "IPv6, an extension header of 2,048 octets";
		begin6(b, IPPROTO_DSTOPTS);
		extension(b, protocol, 256);
		return true;
	}
	return false;
}

static void test_protocols(void)
{
	unsigned int variant, i, there;
	struct builder b;
	const char *name;
	bool later;

	for (variant = 0; front(&b, variant, 0, &name, &later); variant++) {
		for (i = 0; i < ARRAY_SIZE(uppers); i++) {
			front(&b, variant, uppers[i].protocol, &name, &later);
			put(&b, uppers[i].header, uppers[i].length);
			put_octets(&b, 0xee, 13);
			finish(&b);
			for (there = 0; there <= b.length; there++)
				expect(&b, there, &uppers[i], later, name);
		}
		test("%s: %zu upper layers, cut off at every octet", name, ARRAY_SIZE(uppers));
	}
	for (variant = 0; front(&b, variant, 0, &name, &later); variant++) {
		for (i = 0; i < ARRAY_SIZE(uppers); i++) {
			front(&b, variant, uppers[i].protocol, &name, &later);
			put(&b, uppers[i].header, uppers[i].length);
			finish(&b);
			splits(&b, name);
		}
	}
	test("a packet split at every octet, and octet by octet, is the same packet");
}

static void test_malformed(void)
{
	unsigned int version, words;
	struct sk_buff skb;
	struct builder b;
	struct parsed p;

	for (version = 0; version < 16; version++) {
		for (words = 0; words < 16; words++) {
			const bool good4 = version == 4 && words >= 5;

			begin4(&b, IPPROTO_UDP, 40, 0);
			finish(&b);
			b.octets[0] = version << 4 | words;
			skb_linear(&skb, b.octets, b.length);
			parse(&p, 4, &skb);
			check(p.error == (good4 ? NFL_PACKET_OK : NFL_PACKET_MALFORMED),
			      "IPv4: version %u, %u words: error %d", version, words, p.error);
			parse(&p, 6, &skb);
			check(p.error == (version == 6 ? NFL_PACKET_OK : NFL_PACKET_MALFORMED),
			      "IPv6: version %u: error %d", version, p.error);
			skb_free(&skb);
		}
	}
	test("invalid versions and header lengths are reported");
}

/* The header's word for the length counts, where it can be true. */
static void test_lengths(void)
{
	unsigned int there, said, family;
	struct sk_buff skb;
	struct builder b;
	struct parsed p;

	for (family = 4; family <= 6; family += 2) {
		const unsigned int header = family == 4 ? 24 : 40;

		for (there = header; there <= 100; there++) {
			for (said = 0; said < 120; said++) {
				/* IPv6 says what is behind its header */
				const unsigned int all = family == 4 ? said : said + 40;
				const bool good = all >= header && all <= there;

				if (family == 4)
					begin4(&b, IPPROTO_GRE, 4, 0);
				else
					begin6(&b, IPPROTO_GRE);
				put_octets(&b, 0, there - b.length);
				b.octets[family == 4 ? 3 : 5] = said;
				skb_linear(&skb, b.octets, there);
				parse(&p, family, &skb);
				skb_free(&skb);
				check(p.common->octets == (good ? all : there),
				      "IPv%u says %u of %u: %u octets", family, said, there,
				      p.common->octets);
			}
		}
	}
	test("padding is not counted, and a length beyond the packet is not used");
}

/* The walk over extension headers is bounded, and ends at what has no next. */
static void test_walk(void)
{
	static const u8 mobility[] = { IPPROTO_NONE, 0, 5, 0, 0, 0, 0, 0 };
	struct sk_buff skb;
	unsigned int i, n;
	struct builder b;
	struct parsed p;

	for (n = 1; n < 40; n++) {
		begin6(&b, IPPROTO_DSTOPTS);
		for (i = 1; i < n; i++)
			extension(&b, IPPROTO_DSTOPTS, 1);
		extension(&b, IPPROTO_UDP, 1);
		PUT(&b, 1, 2, 3, 4, 0, 8, 0, 0);
		finish(&b);
		skb_linear(&skb, b.octets, b.length);
		parse(&p, 6, &skb);
		skb_free(&skb);
		if (n <= 11)
			check(p.v6.key.protocol == IPPROTO_UDP &&
			      p.v6.key.ports.sport == htons(0x0102), "%u headers are walked", n);
		else if (n > 12)
			check(p.v6.key.protocol == IPPROTO_DSTOPTS && !p.v6.key.ports.spi,
			      "%u headers are too many: protocol %u", n, p.v6.key.protocol);
		check(p.common->octets == b.length, "%u headers: %u octets", n, p.common->octets);
	}
	begin6(&b, IPPROTO_NONE);
	PUT(&b, 1, 2, 3, 4);
	finish(&b);
	skb_linear(&skb, b.octets, b.length);
	parse(&p, 6, &skb);
	skb_free(&skb);
	check(p.v6.key.protocol == IPPROTO_NONE && !p.v6.key.ports.spi, "no next header");

	begin6(&b, IPPROTO_MH);
	put(&b, mobility, sizeof(mobility));
	finish(&b);
	skb_linear(&skb, b.octets, b.length);
	parse(&p, 6, &skb);
	skb_free(&skb);
	check(p.v6.key.protocol == IPPROTO_MH && !p.v6.key.ports.spi, "mobility: protocol %u",
	      p.v6.key.protocol);
	test("the walk over extension headers ends");
}

static void test_nexthop(void)
{
	static const struct dst_ops ops4 = { AF_INET }, ops6 = { AF_INET6 };
	struct rt6_info route6 = { .rt6i_flags = RTF_GATEWAY, .dst.ops = &ops6 };
	struct rtable route4 = {
		.rt_gw_family = AF_INET, .rt_gw4 = inet_addr("203.0.113.9"), .dst.ops = &ops4,
	};
	static const struct in6_addr none;
	struct sk_buff skb;
	struct builder b;
	struct parsed p;

	memset(&route6.rt6i_gateway, 0xfe, sizeof(route6.rt6i_gateway));
	begin4(&b, IPPROTO_UDP, 0, 0);
	finish(&b);
	skb_linear(&skb, b.octets, b.length);
	parse(&p, 4, &skb);
	check(!p.v4.nexthop, "without a route there is none");
	skb.dst = &route4.dst;
	parse(&p, 4, &skb);
	check(p.v4.nexthop == route4.rt_gw4, "IPv4 gateway");
	route4.rt_gw_family = AF_INET6;
	parse(&p, 4, &skb);
	check(!p.v4.nexthop, "IPv4 by an IPv6 gateway");
	route4.rt_gw_family = AF_INET;
	route4.dst.ops = &ops6;
	parse(&p, 4, &skb);
	check(!p.v4.nexthop, "a route of IPv6 is none of an IPv4 packet");
	route4.dst.ops = &ops4;
	route4.dst.metadata = true;
	parse(&p, 4, &skb);
	check(!p.v4.nexthop, "metadata is no route");
	skb_free(&skb);

	begin6(&b, IPPROTO_UDP);
	finish(&b);
	skb_linear(&skb, b.octets, b.length);
	parse(&p, 6, &skb);
	check(!memcmp(&p.v6.nexthop, &none, 16), "without a route there is none, IPv6");
	skb.dst = &route6.dst;
	parse(&p, 6, &skb);
	check(!memcmp(&p.v6.nexthop, &route6.rt6i_gateway, 16), "IPv6 gateway");
	route6.rt6i_flags = 0;
	parse(&p, 6, &skb);
	check(!memcmp(&p.v6.nexthop, &none, 16), "IPv6 on link");
	route6.rt6i_flags = RTF_GATEWAY;
	route6.dst.ops = &ops4;
	parse(&p, 6, &skb);
	check(!memcmp(&p.v6.nexthop, &none, 16), "a route of IPv4 is none of an IPv6 packet");
	route6.dst.ops = &ops6;
	route6.dst.metadata = true;
	parse(&p, 6, &skb);
	check(!memcmp(&p.v6.nexthop, &none, 16), "metadata is no route, IPv6");
	skb_free(&skb);
	test("the next hop is the gateway of the route, if it has the family of the packet");
}

/* A datagram that conntrack has put together counts as its fragments did on the wire. */
static void test_reassembled(void)
{
	struct sk_buff skb, fragments[3] = { };
	unsigned int family, pieces, i;
	struct builder b;
	struct parsed p;

	for (family = 4; family <= 6; family += 2) {
		/* IPv6 had a fragment header in each */
		const unsigned int header = family == 4 ? 20 : 40 + 8;

		for (pieces = 0; pieces <= ARRAY_SIZE(fragments); pieces++) {
			if (family == 4)
				begin4(&b, IPPROTO_UDP, 0, 0);
			else
				begin6(&b, IPPROTO_UDP);
			put_octets(&b, 0, 1000);
			finish(&b);
			skb_make(&skb, b.octets, b.length, 100, 2000);
			for (i = 0; i < pieces; i++)
				fragments[i].next = i + 1 < pieces ? &fragments[i + 1] : NULL;
			skb.shared.frag_list = pieces ? fragments : NULL;
			parse(&p, family, &skb);
			check(p.common->packets == 1 && p.common->octets == b.length,
			      "IPv%u, %u pieces of memory: %u packets, %u octets", family, pieces,
			      p.common->packets, p.common->octets);
			if (family == 4)
				IPCB(&skb)->frag_max_size = 500;
			else
				IP6CB(&skb)->frag_max_size = 500;
			parse(&p, family, &skb);
			check(p.common->packets == 1 + pieces &&
			      p.common->octets == b.length + pieces * header +
						  (family == 6 && pieces ? 8 : 0),
			      "IPv%u, %u fragments: %u packets, %u octets", family, pieces + 1,
			      p.common->packets, p.common->octets);
			skb_free(&skb);
		}
	}
	test("a datagram that was put together counts as its fragments");
}

/* Whatever it is, nothing beyond its end is read, and splits change nothing. */
static void test_random(void)
{
	static const u8 extensions[] = { 0, 43, 44, 60, 135 };
	unsigned int round, i, variant;
	struct parsed linear, split;
	struct sk_buff skb;
	struct builder b;
	const char *name;
	bool later;

	for (round = 0; round < 300000; round++) {
		const struct upper *upper = &uppers[random_below(ARRAY_SIZE(uppers))];
		const int family = random_below(2) ? 4 : 6;

		/* not the last, which would take most of the time */
		variant = random_below(12);
		front(&b, variant, upper->protocol, &name, &later);
		put(&b, upper->header, upper->length);
		finish(&b);
		for (i = random_below(8); i; i--)
			b.octets[random_below(b.length)] = random_below(256);
		if (!random_below(4))
			b.octets[6] = extensions[random_below(ARRAY_SIZE(extensions))];
		b.length = random_below(b.length + 1);

		skb_linear(&skb, b.octets, b.length);
		parse(&linear, family, &skb);
		skb_free(&skb);
		skb_make(&skb, b.octets, b.length, random_below(b.length + 1),
			 1 + random_below(20));
		parse(&split, family, &skb);
		skb_free(&skb);
		check(parsed_equal(&linear, &split), "round %u", round);
		check(linear.error != NFL_PACKET_OK || linear.common->octets <= b.length,
		      "round %u: %u octets of %u", round, linear.common->octets, b.length);
	}
	test("packets with randomly changed octets");
}

int main(void)
{
	tap_begin();
	test_protocols();
	test_malformed();
	test_lengths();
	test_walk();
	test_nexthop();
	test_reassembled();
	test_random();
	return tap_end();
}
