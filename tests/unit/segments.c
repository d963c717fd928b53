// SPDX-License-Identifier: GPL-2.0-only
/*
 * One skb that is many packets on the wire: what the parser counts against the
 * packets themselves. Each case is a large packet, octet by octet as the kernel
 * holds it, which cut() below cuts up as the segmentation of its kind does, into
 * packets whose own headers say how long they are. These are added up.
 */
#include "../../src/flow/packet.c"

#include "skb.h"

#define LARGE_MAX	600000

enum tunnel { PLAIN, GRE, IPIP, VXLAN, TUNNELS };
enum upper { TCP, UDP, UFO, SCTP, UPPERS };

static const char *const tunnel_names[] = { "plain", "in GRE", "in IP", "in VXLAN" };
static const char *const upper_names[] = { "TCP", "UDP_L4", "UFO", "SCTP" };

/* A large packet and where its parts are. */
struct large {
	int family;
	enum tunnel tunnel;
	enum upper upper;
	unsigned int length;
	unsigned int phantom;		/* jumbo header that goes when it is cut */
	unsigned int inner;		/* the inner IP header; 0 if not in a tunnel */
	unsigned int transport;		/* the innermost transport header */
	unsigned int payload;		/* behind it */
	unsigned int size;		/* gso_size */
	u8 octets[LARGE_MAX] __aligned(8);
};

/* What it is on the wire. */
struct wire {
	u64 packets;
	u64 octets;
};

static void put(struct large *l, const void *octets, unsigned int length)
{
	assert(l->length + length <= sizeof(l->octets));
	memcpy(l->octets + l->length, octets, length);
	l->length += length;
}

#define PUT(l, ...)	put(l, (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ }))

static void put_ip(struct large *l, int family, u8 protocol)
{
	static const u8 address[16] = { 10, 0, 0, 1, 10, 0, 0, 2 };

	if (family == 4) {
		PUT(l, 0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, protocol, 0, 0);
		put(l, address, 8);
	} else {
		PUT(l, 0x60, 0, 0, 0, 0, 0, protocol, 64);
		put(l, address, 16);
		put(l, address, 16);
	}
}

/* Write the length into the IP header at @ip; what does not fit in is 0. */
static void set_length(u8 *ip, unsigned int length)
{
	const unsigned int said = ip[0] >> 4 == 4 ? length : length - 40;
	u8 *at = ip + (ip[0] >> 4 == 4 ? 2 : 4);

	at[0] = said > 65535 ? 0 : said >> 8;
	at[1] = said > 65535 ? 0 : said & 0xff;
}

static void make(struct large *l, int family, enum tunnel tunnel, enum upper upper,
		 unsigned int options, unsigned int payload, bool jumbo)
{
	static const u8 protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_SCTP };
	const u8 protocol = protocols[upper];
	unsigned int i;

	l->family = family;
	l->tunnel = tunnel;
	l->upper = upper;
	l->length = 0;
	l->phantom = 0;
	l->inner = 0;
	switch (tunnel) {
	case GRE:
		put_ip(l, family, IPPROTO_GRE);
		PUT(l, 0, 0, 8, 0);
		break;
	case IPIP:
		put_ip(l, family, IPPROTO_IPIP);
		break;
	case VXLAN:
		put_ip(l, family, IPPROTO_UDP);
		PUT(l, 0x80, 0, 0x12, 0xb5, 0, 0, 0, 0);	/* UDP */
		PUT(l, 8, 0, 0, 0, 0, 0, 1, 0);			/* VXLAN */
		PUT(l, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 0);
		break;
	default:
		break;
	}
	if (tunnel != PLAIN) {
		l->inner = l->length;
		put_ip(l, 4, protocol);
	} else if (jumbo) {
		put_ip(l, family, IPPROTO_HOPOPTS);
		PUT(l, protocol, 0, 0xc2, 4, 0, 0, 0, 0);
		l->phantom = 8;
	} else {
		put_ip(l, family, protocol);
	}
	l->transport = l->length;
	switch (upper) {
	case TCP:
		PUT(l, 0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 2, (5 + options) << 4, 0x18, 1, 0,
		    0, 0, 0, 0);
		for (i = 0; i < options; i++)
			PUT(l, 1, 1, 1, 1);
		break;
	case SCTP:
		PUT(l, 0x30, 0x39, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0);
		break;
	default:
		PUT(l, 0x30, 0x39, 0, 80, 0, 0, 0, 0);
		break;
	}
	l->payload = l->length;
	for (i = 0; i < payload; i++)
		l->octets[l->length++] = i;
	if (l->inner)
		set_length(l->octets + l->inner, l->length - l->inner);
	set_length(l->octets, l->length);
}

/* A packet as it is sent: its outer header says its length, and is believed. */
static void wire_add(struct wire *wire, u8 *packet, unsigned int length)
{
	set_length(packet, length);
	wire->packets++;
	wire->octets += packet[0] >> 4 == 4 ? packet[2] << 8 | packet[3] :
					      (packet[4] << 8 | packet[5]) + 40;
}

/*
 * Cut it up: each packet has the headers and the next piece of payload. UFO
 * cuts the UDP datagram with its header into fragments, to which IPv6 adds a
 * header. The jumbo header is for the large packet only. @pieces are the sizes
 * of SCTP's chunks; else NULL.
 */
static void cut(const struct large *l, const unsigned int *pieces, struct wire *wire)
{
	const unsigned int repeated = l->upper == UFO ? l->transport : l->payload;
	const unsigned int fragment =
		l->upper == UFO && l->octets[l->inner] >> 4 == 6 &&
		l->length - l->transport > l->size ? 8 : 0;
	unsigned int at = repeated;
	u8 packet[65535];

	memset(wire, 0, sizeof(*wire));
	do {
		const unsigned int want = pieces ? *pieces++ : l->size;
		const unsigned int piece = min(want, l->length - at);
		unsigned int length;

		if (l->phantom) {
			memcpy(packet, l->octets, 40);
			memcpy(packet + 40, l->octets + 48, repeated - 48);
			length = repeated - 8;
		} else {
			memcpy(packet, l->octets, repeated);
			length = repeated;
		}
		length += fragment;	/* its own octets do not matter here */
		assert(length + piece <= sizeof(packet));
		memcpy(packet + length, l->octets + at, piece);
		at += piece;
		wire_add(wire, packet, length + piece);
	} while (at < l->length);
}

static unsigned int gso_type(const struct large *l)
{
	static const unsigned int tunnels[] = {
		0, SKB_GSO_GRE, SKB_GSO_IPXIP4, SKB_GSO_UDP_TUNNEL
	};
	static const unsigned int uppers[] = { 0, SKB_GSO_UDP_L4, SKB_GSO_UDP, SKB_GSO_SCTP };
	const bool tcp6 = l->octets[l->inner] >> 4 == 6;

	return tunnels[l->tunnel] |
	       (l->upper == TCP ? (tcp6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4) : uppers[l->upper]);
}

/* The parser on the large packet, with gso_segs and a type as said. */
static void compare(const struct large *l, const struct wire *wire, unsigned int segments,
		    unsigned int type, unsigned int head, const char *what)
{
	struct sk_buff skb;
	struct parsed p;

	skb_make(&skb, l->octets, l->length, head, 32768);
	skb.encapsulation = l->tunnel != PLAIN;
	if (skb.encapsulation)
		skb.inner_transport_offset = l->transport;
	skb.shared.gso_size = l->upper == SCTP ? GSO_BY_FRAGS : l->size;
	skb.shared.gso_segs = segments;
	skb.shared.gso_type = type;
	parse(&p, l->family, &skb);
	skb_free(&skb);
	check(p.error == NFL_PACKET_OK && p.common->packets == wire->packets &&
	      p.common->octets == wire->octets,
	      "IPv%u %s %s%s, %u octets by %u, %s: %u packets, %u octets, not %llu, %llu",
	      l->family, upper_names[l->upper], tunnel_names[l->tunnel],
	      l->phantom ? " jumbo" : "", l->length, l->size, what, p.common->packets,
	      p.common->octets, (unsigned long long)wire->packets,
	      (unsigned long long)wire->octets);
}

static void compare_all(const struct large *l, const struct wire *wire)
{
	const unsigned int type = gso_type(l);

	if (wire->packets > 65535)
		return;
	compare(l, wire, wire->packets, type, l->length, "segments known");
	compare(l, wire, wire->packets, type, random_below(l->payload + 1), "not linear");
	if (l->upper == SCTP) {		/* how many is in its list of fragments only */
		compare(l, wire, wire->packets, type | SKB_GSO_DODGY, l->length, "from a guest");
		return;
	}
	compare(l, wire, 0, type, l->length, "segments not known");
	compare(l, wire, 0, type | SKB_GSO_DODGY, l->length, "from a guest");
	compare(l, wire, wire->packets * 3 + 7, type | SKB_GSO_DODGY, l->length,
		"a guest lies of the segments");
}

static struct large large;

static void test_sizes(int family, enum tunnel tunnel, enum upper upper)
{
	static const unsigned int sizes[] = { 1, 8, 536, 1200, 1448, 1460, 8948 };
	unsigned int i, payload, round;
	struct wire wire;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		const unsigned int near[] = {
			1, sizes[i], sizes[i] + 1, 2 * sizes[i] - 1, 2 * sizes[i], 2 * sizes[i] + 1,
		};

		for (round = 0; round < 30; round++) {
			payload = round < ARRAY_SIZE(near) ? near[round] :
							      1 + random_below(65535 - 200);
			make(&large, family, tunnel, upper, random_below(11), payload, false);
			large.size = sizes[i];
			cut(&large, NULL, &wire);
			compare_all(&large, &wire);
		}
	}
	test("IPv%u %s %s", family, upper_names[upper], tunnel_names[tunnel]);
}

/* SCTP's chunks are of any size, and so are the packets. */
static void test_sctp(int family)
{
	unsigned int round, i, pieces[60];
	struct wire wire;

	for (round = 0; round < 200; round++) {
		const unsigned int count = 1 + random_below(ARRAY_SIZE(pieces) - 1);
		unsigned int payload = 0;

		for (i = 0; i < count; i++)
			payload += pieces[i] = 1 + random_below(1000);
		make(&large, family, PLAIN, SCTP, 0, payload, false);
		large.size = GSO_BY_FRAGS;
		cut(&large, pieces, &wire);
		compare_all(&large, &wire);
	}
	test("IPv%u SCTP, by its fragments", family);
}

/* Lengths that the header has no room for. */
static void test_big(int family, bool jumbo)
{
	unsigned int round;
	struct wire wire;

	for (round = 0; round < 40; round++) {
		make(&large, family, PLAIN, TCP, 3, 65536 + random_below(500000), jumbo);
		large.size = 1000 + random_below(8000);
		cut(&large, NULL, &wire);
		compare_all(&large, &wire);
	}
	test("IPv%u BIG TCP%s", family, jumbo ? ", with a jumbo header" : "");
}

/*
 * A hop-by-hop header that is not the jumbo one stays in every packet, of a BIG
 * TCP packet too.
 */
static void test_big_options(void)
{
	static const u8 alert[] = { IPPROTO_TCP, 0, 5, 2, 0, 0, 1, 0 };
	struct wire wire;

	make(&large, 6, PLAIN, TCP, 3, 100000, true);
	memcpy(large.octets + 40, alert, sizeof(alert));
	large.phantom = 0;
	large.size = 1400;
	cut(&large, NULL, &wire);
	compare_all(&large, &wire);
	test("IPv6 BIG TCP with a hop-by-hop header of its own");
}

/* Nothing that a guest says makes the parser fail, or count less than is there. */
static void test_lies(void)
{
	struct sk_buff skb;
	unsigned int round;
	struct parsed p;

	for (round = 0; round < 100000; round++) {
		const int family = random_below(2) ? 4 : 6;
		unsigned int i;

		make(&large, family, random_below(TUNNELS), random_below(UPPERS),
		     random_below(11), 1 + random_below(300), random_below(2) && family == 6);
		large.length = 1 + random_below(large.length);
		for (i = random_below(6); i; i--)
			large.octets[random_below(large.length)] = random_below(256);
		skb_make(&skb, large.octets, large.length, random_below(large.length + 1), 7);
		skb.encapsulation = random_below(2);
		skb.inner_transport_offset = random_below(large.length + 40);
		skb.shared.gso_size = 1 + random_below(GSO_BY_FRAGS - 1);
		skb.shared.gso_segs = random_below(2) ? 0 : random_below(0x10000);
		skb.shared.gso_type = (random_u64() & 0xfffff) | SKB_GSO_DODGY;
		parse(&p, family, &skb);
		skb_free(&skb);
		if (p.error == NFL_PACKET_OK)
			check(p.common->packets >= 1 && p.common->packets <= large.length &&
			      p.common->octets + 8 >= p.common->packets,
			      "%u packets, %u octets", p.common->packets, p.common->octets);
	}
	test("invalid segments from a guest");
}

int main(void)
{
	enum tunnel tunnel;
	enum upper upper;
	int family;

	tap_begin();
	for (family = 4; family <= 6; family += 2) {
		for (tunnel = PLAIN; tunnel < TUNNELS; tunnel++) {
			for (upper = TCP; upper <= UFO; upper++)
				test_sizes(family, tunnel, upper);
		}
		test_sctp(family);
		test_big(family, false);
	}
	test_big(6, true);
	test_big_options();
	test_lies();
	return tap_end();
}
