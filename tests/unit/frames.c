// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole frames, as a mirror port sends them and a packet handler sees them: what is found in
 * each, wherever the driver has ended the linear part. Each frame is one that a meter was seen
 * to read wrongly.
 */
#include "../../src/flow/encapsulation.c"
#include "../../src/flow/ethernet.c"
#include "../../src/flow/packet.c"

#include "skb.h"

#define FRAME_MAX	256
#define IP_ALIGN	2

/* Addresses and what is behind them; IPv4 from 192.0.2.1 to 198.51.100.3. */
#define MACS		"00005e00530100005e005302"
#define ADDRESSES4	"c0000201c6336401"
#define IPV4_UDP	"4500001c0001000040118e9ac0000201c633640103e807d000080000"
#define ADDRESSES6	"20010db800000000000000000000000120010db8000000000000000000000002"
#define IPV6_UDP	"6000000000081140" ADDRESSES6 "03e807d000080000"

struct expected {
	u16 protocol;			/* EtherType of the packet; 0: discarded */
	u8 upper;
	u32 ports;			/* or what is in their place */
	u16 flags;
	u32 octets;
	u16 vlan[2];			/* with priorities */
	u16 type;			/* behind the tags */
	u32 label;
};

static const struct {
	const char *title;
	const char *frame;
	struct expected expected;
} frames[] = {
	{ "two VLAN tags", MACS "81000064810000050800" IPV4_UDP,
	  { ETH_P_IP, 17, 0x03e807d0, 0, 28, { 100, 5 }, ETH_P_IP, 0 } },
	{ "an MPLS label", MACS "884700064140" IPV4_UDP,
	  { ETH_P_IP, 17, 0x03e807d0, 0, 28, { }, ETH_P_MPLS_UC, 100 } },
	{ "IPv6 behind a label", MACS "884700064140" IPV6_UDP,
	  { ETH_P_IPV6, 17, 0x03e807d0, 0, 48, { }, ETH_P_MPLS_UC, 100 } },
	{ "a VLAN tag with a priority", MACS "810020640800" IPV4_UDP,
	  { ETH_P_IP, 17, 0x03e807d0, 0, 28, { 0x2064 }, ETH_P_IP, 0 } },
	{ "a first fragment with four octets of TCP",
	  MACS "0800450000180001200040066ea9" ADDRESSES4 "03e80050",
	  { ETH_P_IP, 6, 0x03e80050, 0, 24, { }, ETH_P_IP, 0 } },
	{ "a first fragment with eight octets of TCP",
	  MACS "08004500001c0001200040066ea5" ADDRESSES4 "03e8005000000001",
	  { ETH_P_IP, 6, 0x03e80050, 0, 28, { }, ETH_P_IP, 0 } },
	{ "... with sixteen",
	  MACS "0800450000240001200040066e9d" ADDRESSES4 "03e80050000000010000000050120000",
	  { ETH_P_IP, 6, 0x03e80050, 0x12, 36, { }, ETH_P_IP, 0 } },
	{ "... with thirteen",
	  MACS "0800450000210001200040066ea0" ADDRESSES4 "03e80050000000010000000050",
	  { ETH_P_IP, 6, 0x03e80050, 0, 33, { }, ETH_P_IP, 0 } },
	{ "ports behind the packet's end",
	  MACS "0800450000140001000040118ea2" ADDRESSES4 "03e807d000080000",
	  { ETH_P_IP, 17, 0, 0, 20, { }, ETH_P_IP, 0 } },
	{ "TCP behind the packet's end",
	  MACS "0800450000160001000040068eab" ADDRESSES4
	  "03e8005000000001000000005012000000000000",
	  { ETH_P_IP, 6, 0, 0, 22, { }, ETH_P_IP, 0 } },
	{ "an ICMP type, its code behind the packet's end",
	  MACS "0800450000150001000040018eb1" ADDRESSES4 "0304",
	  { ETH_P_IP, 1, 0x0300, 0, 21, { }, ETH_P_IP, 0 } },
	{ "an extension header behind the packet's end",
	  MACS "86dd6000000000003c40" ADDRESSES6 "110001040000000003e807d000080000",
	  { ETH_P_IPV6, 60, 0, 0, 40, { }, ETH_P_IPV6, 0 } },
	{ "ports behind the end, IPv6",
	  MACS "86dd6000000000021140" ADDRESSES6 "03e807d000080000",
	  { ETH_P_IPV6, 17, 0, 0, 42, { }, ETH_P_IPV6, 0 } },
	{ "Ethernet in MPLS, its address begins as IPv6 does",
	  MACS "88470006414066005e00530102005e0053020800" IPV4_UDP,
	  { .type = ETH_P_MPLS_UC, .label = 100 } },
	{ "Ethernet in MPLS, its address begins as IPv4 does",
	  MACS "88470006414046005e00530102005e0053020800" IPV4_UDP,
	  { .type = ETH_P_MPLS_UC, .label = 100 } },
	{ "a jumbo payload option that says more than there is",
	  MACS "86dd6000000000000040" ADDRESSES6 "1100c2040001000803e807d000080000",
	  { ETH_P_IPV6, 17, 0x03e807d0, 0, 56, { }, ETH_P_IPV6, 0 } },
	{ "a jumbo payload option behind another option",
	  MACS "86dd6000000000000040" ADDRESSES6 "1101050200000000c20400010008010003e807d000080000",
	  { ETH_P_IPV6, 17, 0x03e807d0, 0, 64, { }, ETH_P_IPV6, 0 } },
	{ "a payload of 0 octets",
	  MACS "86dd6000000000003b40" ADDRESSES6 "0102030405060708",
	  { ETH_P_IPV6, 59, 0, 0, 40, { }, ETH_P_IPV6, 0 } },
	{ "one octet of IGMP", MACS "080045000015000100004002d8e3c0000201e000000116",
	  { ETH_P_IP, 2, 0x16, 0, 21, { }, ETH_P_IP, 0 } },
	{ "IGMP in IPv6", MACS "86dd6000000000080240" ADDRESSES6 "1600000000000000",
	  { ETH_P_IPV6, 2, 0, 0, 48, { }, ETH_P_IPV6, 0 } },
	{ "IPv4 in a PPPoE session", MACS "886411000001001e0021" IPV4_UDP,
	  { ETH_P_IP, 17, 0x03e807d0, 0, 28, { }, ETH_P_PPP_SES, 0 } },
	{ "IPv6 in a PPPoE session in a VLAN",
	  MACS "8100000788641100000100320057" IPV6_UDP,
	  { ETH_P_IPV6, 17, 0x03e807d0, 0, 48, { 7 }, ETH_P_PPP_SES, 0 } },
	{ "a PPPoE session's own protocol", MACS "8864110000010006c02101010004",
	  { .type = ETH_P_PPP_SES } },
	{ "PPPoE discovery", MACS "8863110900000000", { .type = 0x8863 } },
	{ "ARP", MACS "08060001080006040001", { .type = ETH_P_ARP } },
};

/* A frame in memory: the data begins behind the Ethernet header, @head octets are linear. */
struct held {
	struct sk_buff skb;
	u8 *memory, *rest;
	int offset;		/* of the packet */
	u16 protocol;		/* likewise; 0: none of IP */
};

static unsigned int octets_of(const char *hex, u8 *octets)
{
	unsigned int length = strlen(hex) / 2, i, value;

	assert(length <= FRAME_MAX);
	for (i = 0; i < length; i++) {
		assert(sscanf(hex + 2 * i, "%2x", &value) == 1);
		octets[i] = value;
	}
	return length;
}

static void hold(struct held *held, const u8 *frame, unsigned int length, unsigned int head)
{
	const unsigned int linear = ETH_HLEN + head;

	/* as drivers do (NET_IP_ALIGN), so that the packet is aligned */
	held->memory = malloc(IP_ALIGN + linear);
	held->rest = malloc(length - linear);
	memcpy(held->memory + IP_ALIGN, frame, linear);
	memcpy(held->rest, frame + linear, length - linear);
	held->skb = (struct sk_buff) {
		.len = length - ETH_HLEN,
		.data_len = length - linear,
		.data = held->memory + IP_ALIGN + ETH_HLEN,
		.mac_header = held->memory + IP_ALIGN,
		.protocol = htons(frame[12] << 8 | frame[13]),
		.shared.nr_frags = 1,
		.shared.frags[0] = { .data = held->rest, .size = length - linear },
	};
	held->offset = 0;
	held->protocol = ntohs(nfl_encapsulation_skip(&held->skb, &held->offset));
	held->skb.network_offset = held->offset;
	if (held->protocol != ETH_P_IP && held->protocol != ETH_P_IPV6)
		held->protocol = 0;
}

static void release(struct held *held)
{
	free(held->memory);
	free(held->rest);
}

static void packet_right(const struct held *held, const struct expected *want, unsigned int head)
{
	const int family = held->protocol == ETH_P_IP ? 4 : 6;
	struct parsed p;
	u32 ports;
	u8 upper;

	parse(&p, family, &held->skb);
	if (!check(p.error == NFL_PACKET_OK, "head of %u: error %d", head, p.error))
		return;
	ports = ntohl(family == 4 ? p.v4.key.ports.spi : p.v6.key.ports.spi);
	upper = family == 4 ? p.v4.key.protocol : p.v6.key.protocol;
	check(upper == want->upper, "head of %u: protocol %u", head, upper);
	check(ports == want->ports, "head of %u: ports %08x", head, ports);
	check(p.common->tcp_flags == want->flags, "head of %u: flags %x", head,
	      p.common->tcp_flags);
	check(p.common->packets == 1 && p.common->octets == want->octets,
	      "head of %u: %u packets, %u octets", head, p.common->packets, p.common->octets);
}

static void link_right(const struct held *held, const struct expected *want, unsigned int head)
{
	struct nfl_link link = { .extras = NFL_EXTRAS_OF_LINK };
	u32 label;

	nfl_ethernet_parse(&held->skb, true, 0, &link);
	label = link.mpls[0] << 12 | link.mpls[1] << 4 | link.mpls[2] >> 4;
	check(link.vlan[0] == want->vlan[0] && link.vlan[1] == want->vlan[1],
	      "head of %u: VLANs %x, %x", head, link.vlan[0], link.vlan[1]);
	check(ntohs(link.ethertype) == want->type, "head of %u: type %x", head,
	      ntohs(link.ethertype));
	check(label == want->label, "head of %u: label %u", head, label);
}

static void test_frames(void)
{
	u8 frame[FRAME_MAX];
	struct held held;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		const struct expected *want = &frames[i].expected;
		const unsigned int length = octets_of(frames[i].frame, frame);
		unsigned int head;

		for (head = 0; head <= length - ETH_HLEN; head++) {
			hold(&held, frame, length, head);
			check(held.protocol == want->protocol, "head of %u: type %x", head,
			      held.protocol);
			if (held.protocol && held.protocol == want->protocol)
				packet_right(&held, want, head);
			link_right(&held, want, head);
			release(&held);
		}
		test("%s", frames[i].title);
	}
}

/* A frame is cut: the packet's length is what its header says, if that can be believed. */
static void test_cut(void)
{
	static const char *const whole[] = { MACS "0800" IPV4_UDP, MACS "86dd" IPV6_UDP };
	u8 frame[FRAME_MAX];
	unsigned int i, cut;

	for (i = 0; i < ARRAY_SIZE(whole); i++) {
		const unsigned int length = octets_of(whole[i], frame);
		const unsigned int least = ETH_HLEN + (i ? 40 : 20);

		for (cut = 0; cut <= length - ETH_HLEN; cut++) {
			const unsigned int wanted = length - cut >= least ? cut : 0;
			struct held held;
			unsigned int missing;

			hold(&held, frame, length - cut, 0);
			missing = nfl_encapsulation_missing(&held.skb, htons(held.protocol),
							    held.offset);
			check(missing == wanted, "cut by %u: %u missing", cut, missing);
			held.skb.shared.gso_size = 1000;
			check(!nfl_encapsulation_missing(&held.skb, htons(held.protocol),
							 held.offset), "cut by %u, GRO", cut);
			release(&held);
		}
	}
	octets_of(whole[0], frame);
	frame[ETH_HLEN + 8]--;
	{
		struct held held;

		hold(&held, frame, ETH_HLEN + 24, 0);
		check(!nfl_encapsulation_missing(&held.skb, htons(ETH_P_IP), 0), "checksum");
		release(&held);
	}
	test("frames that a mirror port has cut");
}

int main(void)
{
	tap_begin();
	test_frames();
	test_cut();
	return tap_end();
}
