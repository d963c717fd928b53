// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options and extension headers: which bits they set, packets cut off and split at
 * every octet, lengths that lie, and octets at random.
 */
#include "../../src/flow/header_options.c"
#include "../../src/flow/packet.h"

#include "skb.h"

#define PACKET_MAX	4096
#define ALL		NFL_EXTRAS_OF_HEADERS

struct builder {
	unsigned int length;
	u8 octets[PACKET_MAX] __aligned(8);
};

static void put(struct builder *b, const void *octets, unsigned int length)
{
	assert(b->length + length <= sizeof(b->octets));
	if (length)
		memcpy(b->octets + b->length, octets, length);
	b->length += length;
}

#define PUT(b, ...)	put(b, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

static void ipv4(struct builder *b, u8 protocol, const u8 *options, unsigned int length,
		 u16 fragment)
{
	b->length = 0;
	PUT(b, 0x45 + length / 4, 0, 0, 0, 0, 0, fragment >> 8, fragment & 0xff, 64, protocol);
	PUT(b, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2);
	put(b, options, length);
}

static void tcp(struct builder *b, const u8 *options, unsigned int length)
{
	PUT(b, 0, 80, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, (5 + length / 4) << 4, 0x10, 0, 0, 0, 0, 0, 0);
	put(b, options, length);
}

static void put_zero(struct builder *b, unsigned int length)
{
	assert(b->length + length <= sizeof(b->octets));
	memset(b->octets + b->length, 0, length);
	b->length += length;
}

static void ipv6(struct builder *b, u8 next)
{
	b->length = 0;
	PUT(b, 0x60, 0, 0, 0, 0, 0, next, 64);
	put_zero(b, 32);
}

static struct nfl_details parse_skb(const struct sk_buff *skb, bool v6, u16 extras)
{
	struct nfl_details details = { };

	if (v6)
		nfl_header_options_parse6(skb, extras, &details);
	else
		nfl_header_options_parse4(skb, extras, &details);
	return details;
}

/* As one piece, and split at @head. */
static struct nfl_details parse_at(const struct builder *b, unsigned int there, unsigned int head,
				   u16 extras)
{
	struct nfl_details details;
	struct sk_buff skb;

	skb_make(&skb, b->octets, there, head, 3);
	details = parse_skb(&skb, b->octets[0] >> 4 == 6, extras);
	skb_free(&skb);
	return details;
}

/* All of it, in one piece and in two; a piece of it says less or the same. */
static void expect(struct builder *b, u32 ip, u64 options, const char *what)
{
	struct nfl_details whole, d;
	unsigned int at;

	if (b->octets[0] >> 4 == 6) {
		b->octets[4] = (b->length - 40) >> 8;
		b->octets[5] = (b->length - 40) & 0xff;
	}
	whole = parse_at(b, b->length, b->length, ALL);

	check(whole.ip_options == ip, "%s: %08x, not %08x", what, whole.ip_options, ip);
	check(whole.tcp_options == options, "%s: TCP %llx, not %llx", what,
	      (unsigned long long)whole.tcp_options, (unsigned long long)options);
	for (at = 0; at < b->length; at++) {
		d = parse_at(b, b->length, at, ALL);
		check(!memcmp(&d, &whole, sizeof(d)), "%s: split at %u", what, at);
		d = parse_at(b, at, at, ALL);
		/* what is cut short may be said to be unknown */
		check(!(d.ip_options & ~(whole.ip_options | EXTHDR(UNK))) &&
		      !(d.tcp_options & ~whole.tcp_options), "%s: cut at %u", what, at);
	}
	d = parse_at(b, b->length, b->length, BIT(NFL_EXTRA_TCPOPTIONS));
	check(!d.ip_options && d.tcp_options == options, "%s: only TCP's", what);
	d = parse_at(b, b->length, b->length, ALL & ~BIT(NFL_EXTRA_TCPOPTIONS));
	check(d.ip_options == ip && !d.tcp_options, "%s: not TCP's", what);
}

#define OPTIONS(...)	(const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ })

/* Types that IANA has (ip-parameters), and the bits they are to set. */
static void test_types(void)
{
	static const u8 known[] = {
		0, 1, 7, 10, 11, 12, 15, 25, 30, 68, 82, 94, 130, 131, 133, 134, 136, 137, 142,
		144, 145, 147, 148, 149, 150, 151, 152, 158, 205, 222,
	};
	struct builder b;
	unsigned int type, i;

	for (type = 0; type < 256; type++) {
		const u8 options[4] = { type, type == 1 ? 1 : 4 };
		u32 want = 0;

		for (i = 0; i < sizeof(known); i++) {
			if (known[i] == type)
				want = 1U << (type & 31);
		}
		ipv4(&b, IPPROTO_UDP, options, sizeof(options), 0);
		/* no-operation has no length: what is behind it is an end */
		expect(&b, type == 1 ? 3 : want, 0, "type");
	}
	test("every type of IPv4 option");
}

static void test_ipv4(void)
{
	struct builder b;

	ipv4(&b, IPPROTO_UDP, NULL, 0, 0);
	expect(&b, 0, 0, "none");
	ipv4(&b, IPPROTO_UDP, OPTIONS(7, 7, 4, 0, 0, 0, 0, 1, 148, 4, 0, 0), 0);
	expect(&b, 1 << 7 | 1 << 1 | 1 << 20, 0, "three");
	ipv4(&b, IPPROTO_UDP, OPTIONS(0, 2, 68, 2), 0);
	expect(&b, 1, 0, "nothing counts behind the end");
	ipv4(&b, IPPROTO_UDP, OPTIONS(7, 1, 68, 4), 0);
	expect(&b, 1 << 7, 0, "a length of one");
	ipv4(&b, IPPROTO_UDP, OPTIONS(7, 0, 68, 4), 0);
	expect(&b, 1 << 7, 0, "a length of none");
	ipv4(&b, IPPROTO_UDP, OPTIONS(68, 9, 1, 1), 0);
	expect(&b, 1 << 4, 0, "a length past the end");
	ipv4(&b, IPPROTO_UDP, OPTIONS(1, 1, 1, 68), 0);
	expect(&b, 1 << 1 | 1 << 4, 0, "no room for a length");
	test("lists of IPv4 options");
}

static void test_tcp(void)
{
	static const u8 usual[] = {
		2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7,
	};
	const u64 bits = 1 << 2 | 1 << 4 | 1 << 8 | 1 << 1 | 1 << 3;
	struct builder b;
	unsigned int kind;

	ipv4(&b, IPPROTO_TCP, OPTIONS(1, 1, 1, 0), 0);
	tcp(&b, usual, sizeof(usual));
	expect(&b, 3, bits, "the usual");
	ipv4(&b, IPPROTO_TCP, NULL, 0, 0);
	tcp(&b, NULL, 0);
	PUT(&b, 8, 10, 1, 1);
	expect(&b, 0, 0, "what follows the header is none");
	ipv4(&b, IPPROTO_UDP, NULL, 0, 0);
	tcp(&b, usual, sizeof(usual));
	expect(&b, 0, 0, "not TCP");
	ipv4(&b, IPPROTO_TCP, NULL, 0, 100);
	tcp(&b, usual, sizeof(usual));
	expect(&b, 0, 0, "a later fragment");
	ipv4(&b, IPPROTO_TCP, NULL, 0, 0x2000);
	tcp(&b, usual, sizeof(usual));
	expect(&b, 0, bits, "the first fragment");
	for (kind = 2; kind < 256; kind++) {
		ipv4(&b, IPPROTO_TCP, NULL, 0, 0);
		tcp(&b, OPTIONS(kind, 2, 0, 0));
		expect(&b, 0, 1 | (kind < 64 ? 1ULL << kind : 0), "kind");
	}
	test("TCP options");
}

#define BIT6(n)		(0x80000000U >> (n))

static void test_ipv6(void)
{
	static const u8 usual[] = { 1, 1, 4, 2 };
	struct nfl_details details;
	struct sk_buff skb;
	struct builder b;
	unsigned int i;

	ipv6(&b, IPPROTO_TCP);
	tcp(&b, usual, sizeof(usual));
	expect(&b, 0, 1 << 1 | 1 << 4, "none");
	ipv6(&b, IPPROTO_HOPOPTS);
	PUT(&b, IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0);
	PUT(&b, IPPROTO_ROUTING, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	PUT(&b, IPPROTO_AH, 0, 0, 0, 0, 0, 0, 0);
	PUT(&b, IPPROTO_MH, 4, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3);
	PUT(&b, IPPROTO_TCP, 0, 0, 0, 0, 0, 0, 0);
	tcp(&b, usual, sizeof(usual));
	expect(&b, BIT6(1) | BIT6(0) | BIT6(5) | BIT6(14) | BIT6(12), 1 << 1 | 1 << 4, "five");
	ipv6(&b, IPPROTO_FRAGMENT);
	PUT(&b, IPPROTO_TCP, 0, 0, 1, 0, 0, 0, 9);
	tcp(&b, usual, sizeof(usual));
	expect(&b, BIT6(4), 1 << 1 | 1 << 4, "the first fragment");
	ipv6(&b, IPPROTO_FRAGMENT);
	PUT(&b, IPPROTO_TCP, 0, 0, 9, 0, 0, 0, 9);
	tcp(&b, usual, sizeof(usual));
	expect(&b, BIT6(6), 0, "a later fragment");
	ipv6(&b, IPPROTO_ESP);
	PUT(&b, 0, 0, 0, 1, 0, 0, 0, 1);
	expect(&b, BIT6(13) | BIT6(3), 0, "ESP");
	ipv6(&b, IPPROTO_COMP);
	PUT(&b, IPPROTO_TCP, 0, 0, 1);
	expect(&b, BIT6(15) | BIT6(3), 0, "compression");
	ipv6(&b, IPPROTO_DSTOPTS);
	for (i = 0; i < 20; i++)
		PUT(&b, IPPROTO_DSTOPTS, 0, 1, 4, 0, 0, 0, 0);
	expect(&b, BIT6(0) | BIT6(3), 0, "too many");
	/* 2,048 and 1,028 octets */
	ipv6(&b, IPPROTO_DSTOPTS);
	PUT(&b, IPPROTO_AH, 255);
	put_zero(&b, 2046);
	PUT(&b, IPPROTO_TCP, 255);
	put_zero(&b, 1026);
	tcp(&b, usual, sizeof(usual));
	expect(&b, BIT6(0) | BIT6(14), 1 << 1 | 1 << 4, "the longest");

	/* BIG TCP: payload length 0, many segments */
	ipv6(&b, IPPROTO_HOPOPTS);
	PUT(&b, IPPROTO_TCP, 0, 194, 4, 0, 1, 0x86, 0xa0);
	tcp(&b, usual, sizeof(usual));
	skb_linear(&skb, b.octets, b.length);
	skb.shared.gso_size = 1000;
	details = parse_skb(&skb, true, ALL);
	check(!details.ip_options && details.tcp_options == (1 << 1 | 1 << 4), "BIG TCP: %x",
	      details.ip_options);
	skb_free(&skb);
	test("IPv6 extension headers");
}

/* Any octets: ASAN and UBSAN watch. */
static void test_random(void)
{
	static const u8 headers[] = { 0, 43, 44, 50, 51, 60, 135, 6 };
	unsigned int round, i;
	struct builder b;

	for (round = 0; round < 200000; round++) {
		b.length = random_below(120);
		for (i = 0; i < b.length; i++)
			b.octets[i] = random_u64();
		if (round % 2) {
			b.octets[0] = 0x40 | random_below(16);
			b.octets[9] = IPPROTO_TCP;
		} else {
			b.octets[0] = 0x60;
			b.octets[6] = headers[random_below(sizeof(headers))];
		}
		parse_at(&b, b.length, random_below(b.length + 1), ALL);
		check(true, "it ends");
	}
	test("random octets");
}

int main(void)
{
	tap_begin();
	test_types();
	test_ipv4();
	test_tcp();
	test_ipv6();
	test_random();
	return tap_end();
}
