// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame's parser: tags in the frame, beside it and known before, in all
 * mixtures; MPLS; frames cut off at every octet; packets without a frame.
 */
#include "../../src/flow/ethernet.c"

#include "tap.h"

#define FRAME_MAX	128

static const u8 dmac[ETH_ALEN] = { 2, 0, 0, 0, 1, 1 }, smac[ETH_ALEN] = { 2, 0, 0, 0, 1, 2 };

/* A frame under construction: it ends where the packet begins. */
struct frame_builder {
	unsigned int length;
	u8 octets[FRAME_MAX];
};

static void put_words(struct frame_builder *b, const u16 *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		b->octets[b->length++] = words[i] >> 8;
		b->octets[b->length++] = words[i] & 0xff;
	}
}

#define put(b, ...)	put_words(b, (const u16[]){ __VA_ARGS__ },	\
				  sizeof((const u16[]){ __VA_ARGS__ }) / sizeof(u16))

static void begin(struct frame_builder *b)
{
	memcpy(b->octets, dmac, ETH_ALEN);
	memcpy(b->octets + ETH_ALEN, smac, ETH_ALEN);
	b->length = 2 * ETH_ALEN;
}

/*
 * A packet of 20 octets behind a frame: in memory of its own, of which @there octets
 * before the packet are the frame's.
 */
static u8 *skb_make(struct sk_buff *skb, const struct frame_builder *b, unsigned int there)
{
	u8 *memory = malloc(there + 20);

	memset(skb, 0, sizeof(*skb));
	memcpy(memory, b->octets + b->length - there, there);
	memset(memory + there, 0x44, 20);
	skb->mac_header = memory;
	skb->data = memory + there;
	skb->len = 20;
	skb->protocol = htons(ETH_P_IP);
	return memory;
}

#define ALL	(NFL_EXTRAS_OF_LINK | BIT(NFL_EXTRA_OPTIONS))

static struct nfl_link parse(const struct sk_buff *skb, bool ethernet, unsigned int tags,
			     const u16 *known, u16 extras)
{
	struct nfl_link link = { .extras = extras };

	if (tags)
		memcpy(link.vlan, known, min(tags, 2U) * sizeof(u16));
	nfl_ethernet_parse(skb, ethernet, tags, &link);
	return link;
}

/* What is made of a frame of Ethernet, of which @there octets are before the packet. */
static struct nfl_link parse_all(const struct frame_builder *b, unsigned int there, u16 extras)
{
	struct nfl_link link;
	struct sk_buff skb;
	u8 *memory;

	memory = skb_make(&skb, b, there);
	link = parse(&skb, true, 0, NULL, extras);
	free(memory);
	return link;
}

/* @known, @beside and @inside tags, in this order from outside. */
static void test_tags(unsigned int known, bool beside, unsigned int inside)
{
	static const u16 tags[] = { 0x2064, 0x7065, 0xefff, 0x0001, 0x8002 };
	u16 want[NFL_VLAN_TAGS] = { };
	struct frame_builder b;
	struct nfl_link link;
	struct sk_buff skb;
	unsigned int i, n = known + beside;
	u8 *memory;

	begin(&b);
	for (i = 0; i < inside; i++)
		put(&b, i ? ETH_P_8021Q : ETH_P_8021AD, tags[n + i]);
	put(&b, ETH_P_IP);
	memory = skb_make(&skb, &b, b.length);
	skb.vlan_present = beside;
	skb.vlan_tci = tags[known];
	for (i = 0; i < NFL_VLAN_TAGS && i < n + inside; i++)
		want[i] = i < known ? tags[i] : tags[i] & 0xefff;	/* without the drop bit */

	link = parse(&skb, true, known, tags, ALL);
	check(!memcmp(link.vlan, want, sizeof(want)), "%x, %x, not %x, %x", link.vlan[0],
	      link.vlan[1], want[0], want[1]);
	check(!memcmp(link.dmac, dmac, ETH_ALEN) && !memcmp(link.smac, smac, ETH_ALEN), "MACs");
	check(link.ethertype == htons(ETH_P_IP), "type %x", ntohs(link.ethertype));
	check(link.extras == ALL && !link.zero && !link.zero2, "no stray octet");

	/* what is not asked for is 0, so that it makes no flow */
	link = parse(&skb, true, 0, NULL, BIT(NFL_EXTRA_ETHERTYPE));
	check(link.ethertype == htons(ETH_P_IP) && !link.vlan[0] && !link.vlan[1] &&
	      !link.dmac[0] && !link.smac[0], "only the type");
	link = parse(&skb, true, 0, NULL, BIT(NFL_EXTRA_MAC));
	check(!link.ethertype && !link.vlan[0] && !memcmp(link.smac, smac, ETH_ALEN),
	      "only the addresses");
	free(memory);
	test("%u tags known, %u in the skb, %u in the frame", known, beside, inside);
}

static void test_mpls(unsigned int labels, bool bottom)
{
	struct frame_builder b;
	struct nfl_link link;
	unsigned int i;

	begin(&b);
	put(&b, ETH_P_8021Q, 5, ETH_P_MPLS_UC);
	for (i = 0; i < labels; i++)
		put(&b, 0x1230 + i, 0x4a00 | (bottom && i == labels - 1) << 8 | 64);
	link = parse_all(&b, b.length, ALL);
	check(link.ethertype == htons(ETH_P_MPLS_UC) && link.vlan[0] == 5, "type and tag");
	for (i = 0; i < NFL_MPLS_LABELS; i++) {
		const u8 *at = link.mpls + i * NFL_MPLS_LENGTH;

		if (i >= labels) {
			check(!at[0] && !at[1] && !at[2], "no label %u", i);
			continue;
		}
		check(at[0] == 0x12 && at[1] == 0x30 + i, "label %u", i);
		check(at[2] == (0x4a | (bottom && i == labels - 1)), "label %u: class, bottom", i);
	}
	link = parse_all(&b, b.length, ALL & ~BIT(NFL_EXTRA_MPLS));
	check(!link.mpls[0], "not asked for");
	/* what is behind the bottom (a pseudowire's word, say) is no label */
	put(&b, 0x5555, 0x5555);
	link = parse_all(&b, b.length, ALL);
	check(labels && bottom && labels < NFL_MPLS_LABELS ?
	      !link.mpls[labels * NFL_MPLS_LENGTH] : true, "behind the bottom");
	test("%u labels, %s", labels, bottom ? "the last is the bottom" : "no bottom");
}

/* The frame begins anywhere, so that it is too short: ASAN sees what reads beyond. */
static void test_short(void)
{
	struct frame_builder b;
	struct nfl_link link;
	unsigned int there;

	begin(&b);
	put(&b, ETH_P_8021AD, 100, ETH_P_8021Q, 200, ETH_P_MPLS_UC, 0x1234, 0x5140);
	for (there = 0; there <= b.length; there++) {
		link = parse_all(&b, there, ALL);
		if (there < ETH_HLEN)
			check(!link.dmac[0] && !link.vlan[0] && !link.mpls[0] &&
			      link.ethertype == htons(ETH_P_IP), "%u octets: no frame", there);
		if (there == b.length)
			check(link.vlan[0] == 100 && link.vlan[1] == 200 && link.mpls[0] == 0x12,
			      "all of it");
	}
	/* or ends anywhere: the types in it promise more than there is */
	for (there = ETH_HLEN; there < b.length; there++) {
		struct frame_builder cut = { .length = there };

		memcpy(cut.octets, b.octets, there);
		link = parse_all(&cut, there, ALL);
		check(!memcmp(link.smac, smac, ETH_ALEN), "%u octets: addresses", there);
		check(link.vlan[0] == (there >= 18 ? 100 : 0), "%u octets: outer tag", there);
		check(link.vlan[1] == (there >= 22 ? 200 : 0), "%u octets: inner tag", there);
		check(!link.mpls[0], "%u octets: no label", there);
	}
	test("truncated frames");
}

static void test_none(void)
{
	struct frame_builder b;
	struct nfl_link link;
	struct sk_buff skb;
	u8 *memory;

	begin(&b);
	put(&b, ETH_P_8021Q, 7, ETH_P_IPV6);
	memory = skb_make(&skb, &b, b.length);
	skb.protocol = htons(ETH_P_IPV6);

	link = parse(&skb, false, 0, NULL, ALL);
	check(!link.dmac[0] && !link.vlan[0] && link.ethertype == htons(ETH_P_IPV6),
	      "not Ethernet");
	skb.vlan_present = true;
	skb.vlan_tci = 9;
	link = parse(&skb, false, 0, NULL, ALL);
	check(link.vlan[0] == 9 && !link.vlan[1], "a tag beside it all the same");
	skb.vlan_present = false;
	skb.mac_header = NULL;
	link = parse(&skb, true, 0, NULL, ALL);
	check(!link.dmac[0] && !link.vlan[0] && link.ethertype == htons(ETH_P_IPV6), "not set");
	skb.mac_header = skb.data;
	link = parse(&skb, true, 0, NULL, ALL);
	check(!link.dmac[0] && !link.vlan[0], "empty");
	skb.mac_header = skb.data + 1;
	link = parse(&skb, true, 0, NULL, ALL);
	check(!link.dmac[0] && !link.vlan[0], "behind the network header");
	free(memory);

	/* a length (IEEE 802.3) is no type */
	begin(&b);
	put(&b, 100);
	link = parse_all(&b, b.length, ALL);
	check(link.ethertype == htons(ETH_P_IP), "a length: type %x", ntohs(link.ethertype));
	test("packets without a frame");
}

/*
 * As a driver and a packet handler have it: the data begins behind the Ethernet header, of
 * it @head octets are linear, and the packet is behind tags and labels.
 */
static struct nfl_link parse_split(const struct frame_builder *b, unsigned int head)
{
	const unsigned int linear = ETH_HLEN + head, rest = b->length - linear;
	u8 *memory = malloc(linear), *piece = malloc(rest);
	struct sk_buff skb = {
		.len = head + rest,
		.data_len = rest,
		.data = memory + ETH_HLEN,
		.mac_header = memory,
		.network_offset = b->length - ETH_HLEN,
		.shared.nr_frags = 1,
		.shared.frags[0] = { .data = piece, .size = rest },
	};
	struct nfl_link link;

	memcpy(memory, b->octets, linear);
	memcpy(piece, b->octets + linear, rest);
	link = parse(&skb, true, 0, NULL, ALL);
	free(memory);
	free(piece);
	return link;
}

static void test_split(void)
{
	struct nfl_link whole, link;
	struct frame_builder b;
	unsigned int head;

	begin(&b);
	put(&b, ETH_P_8021AD, 100, ETH_P_8021Q, 200, ETH_P_MPLS_UC, 0x1234, 0x5040, 0x5678, 0x9140);
	whole = parse_all(&b, b.length, ALL);
	check(whole.vlan[1] == 200 && whole.mpls[NFL_MPLS_LENGTH] == 0x56, "tags and labels");
	for (head = 0; head <= b.length - ETH_HLEN; head++) {
		link = parse_split(&b, head);
		check(!memcmp(&link, &whole, sizeof(link)), "%u octets are linear", head);
	}
	test("frames whose head is not linear");
}

int main(void)
{
	unsigned int known, beside, inside, labels;

	tap_begin();
	for (known = 0; known <= 3; known++) {
		for (beside = 0; beside <= 1; beside++) {
			for (inside = 0; known + beside + inside <= 5 && inside <= 3; inside++)
				test_tags(known, beside, inside);
		}
	}
	for (labels = 0; labels <= 12; labels++) {
		test_mpls(labels, true);
		test_mpls(labels, false);
	}
	test_short();
	test_none();
	test_split();
	return tap_end();
}
