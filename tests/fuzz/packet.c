// SPDX-License-Identifier: GPL-2.0-only
// MAX_LEN 4096
/*
 * Fuzz the packet parser. The input is eight octets that describe the skb, then the
 * packet. The packet is parsed as a linear skb and in fragments (frags), and the results
 * must be equal. The protocol after the extension headers of IPv6, each of which may have
 * 2,048 octets, must be the one that a second, simple walk over them finds. ASAN and UBSAN
 * check the rest.
 *
 *   0    bit 0: IPv6; bit 1: GSO; bit 2: in a tunnel; bit 3: segments known
 *   1    linear part, for example in quarters of the packet's length
 *   2    size of a fragment
 *   3    offset of the inner transport header
 *   4-5  gso_size
 *   6-7  bits of gso_type
 */
#include "../../src/flow/packet.c"

#include "../unit/skb.h"

#define SETUP	8

static void set_up(struct sk_buff *skb, const u8 *setup)
{
	skb->encapsulation = setup[0] & 4;
	skb->inner_transport_offset = setup[3];
	if (!(setup[0] & 2))
		return;
	skb->shared.gso_size = setup[4] << 8 | setup[5];
	skb->shared.gso_type = setup[6] << 11 | setup[7] << 3;
	if (setup[0] & 8)
		skb->shared.gso_segs = setup[4] + setup[5];
	else
		skb->shared.gso_type |= SKB_GSO_DODGY;
}

/*
 * Find the protocol after the extension headers. Return the offset of its header, or 0 if
 * it is in an earlier fragment, past the end or after too many headers.
 */
static unsigned int find_upper6(const u8 *packet, unsigned int length, u8 *protocol)
{
	unsigned int at = 40, i;

	*protocol = packet[6];
	for (i = 0; i < EXTENSION_HEADERS_MAX; i++) {
		const bool is_fragment = *protocol == IPPROTO_FRAGMENT;

		if (*protocol != IPPROTO_HOPOPTS && *protocol != IPPROTO_ROUTING &&
		    *protocol != IPPROTO_DSTOPTS && *protocol != IPPROTO_MH && !is_fragment)
			return at;
		if (at + 8 > length)
			return 0;
		if (*protocol == IPPROTO_MH && packet[at] == IPPROTO_NONE)
			return at;
		*protocol = packet[at];
		if (is_fragment && (packet[at + 2] || packet[at + 3] >= 8))
			return 0;
		at += is_fragment ? 8 : 8 + 8 * packet[at + 1];
	}
	return 0;
}

/* Where the packet ends, of which @length octets are there: headers behind that are not its own. */
static unsigned int end_of6(const struct parsed *parsed, const u8 *packet, unsigned int length,
			    bool is_gso)
{
	const unsigned int payload = packet[4] << 8 | packet[5];

	if (payload)
		return min(40 + payload, length);
	return is_gso ? length : parsed->common->octets;
}

static void look_upper6(const struct parsed *parsed, const u8 *packet, unsigned int length)
{
	u8 protocol;
	const unsigned int at = find_upper6(packet, length, &protocol);
	u32 ports = 0;

	if (at && at + sizeof(ports) <= length)
		memcpy(&ports, packet + at, sizeof(ports));
	if (parsed->v6.key.protocol != protocol) {
		fprintf(stderr, "protocol %u, not %u\n", parsed->v6.key.protocol, protocol);
		abort();
	}
	if (protocol == IPPROTO_UDP && parsed->v6.key.ports.spi != ports) {
		fprintf(stderr, "ports %08x, not %08x\n", ntohl(parsed->v6.key.ports.spi),
			ntohl(ports));
		abort();
	}
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	const int family = size && input[0] & 1 ? 6 : 4;
	struct parsed linear, pieces;
	struct sk_buff skb;
	unsigned int length;

	if (size < SETUP || size > 65535)
		return 0;
	length = size - SETUP;

	skb_linear(&skb, input + SETUP, length);
	set_up(&skb, input);
	parse(&linear, family, &skb);
	skb_free(&skb);

	skb_make(&skb, input + SETUP, length, length * input[1] / 255, 1 + input[2]);
	set_up(&skb, input);
	parse(&pieces, family, &skb);
	skb_free(&skb);

	if (!parsed_equal(&linear, &pieces)) {
		fprintf(stderr, "in pieces it is another packet\n");
		abort();
	}
	if (linear.error == NFL_PACKET_OK && !(input[0] & 2) &&
	    (linear.common->packets != 1 || linear.common->octets > length)) {
		fprintf(stderr, "%u packets of %u octets, of %u\n", linear.common->packets,
			linear.common->octets, length);
		abort();
	}
	if (linear.error == NFL_PACKET_OK && family == 6)
		look_upper6(&linear, input + SETUP,
			    end_of6(&linear, input + SETUP, length, skb_is_gso(&skb)));
	return 0;
}
