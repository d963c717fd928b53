// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the packet parser. An input is eight octets of how the kernel holds
 * the packet, then the packet. It is parsed as it lies in memory and in pieces,
 * which must agree; ASAN and UBSAN see to the rest.
 *
 *   0    bit 0: IPv6; bit 1: GSO; bit 2: in a tunnel; bit 3: segments known
 *   1    linear head, in quarters of the packet's length and so on
 *   2    size of a fragment
 *   3    inner transport header's offset
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
	return 0;
}
