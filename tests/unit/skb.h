/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for tests: octets, and the ways in which a kernel may hold them.
 */
#ifndef TESTS_UNIT_SKB_H
#define TESTS_UNIT_SKB_H

#include <linux/skbuff.h>

#include "tap.h"

/* A packet of these octets: the first @head linear, then fragments of @piece. */
static inline void skb_make(struct sk_buff *skb, const void *octets, unsigned int length,
			    unsigned int head, unsigned int piece)
{
	const u8 *from = octets;

	memset(skb, 0, sizeof(*skb));
	head = min(head, length);
	skb->len = length;
	skb->data_len = length - head;
	skb->data = malloc(head);
	memcpy(skb->data, from, head);
	while (head < length) {
		const bool last = skb->shared.nr_frags == SHIM_FRAGMENTS - 1;
		struct shim_fragment *fragment = &skb->shared.frags[skb->shared.nr_frags++];

		fragment->size = last ? length - head : min(piece, length - head);
		fragment->data = malloc(fragment->size);
		memcpy(fragment->data, from + head, fragment->size);
		head += fragment->size;
	}
}

static inline void skb_linear(struct sk_buff *skb, const void *octets, unsigned int length)
{
	skb_make(skb, octets, length, length, 1);
}

static inline void skb_free(struct sk_buff *skb)
{
	unsigned int i;

	free(skb->data);
	for (i = 0; i < skb->shared.nr_frags; i++)
		free(skb->shared.frags[i].data);
}

/*
 * What the parser says of a packet, of either family. It starts as a pattern,
 * so that what the parser does not write compares as equal.
 */
struct parsed {
	enum nfl_packet_error error;
	struct nfl_packet *common;
	struct nfl_packet4 v4;
	struct nfl_packet6 v6;
};

static inline void parse(struct parsed *parsed, int family, const struct sk_buff *skb)
{
	memset(parsed, 0x5a, sizeof(*parsed));
	if (family == 4) {
		parsed->error = nfl_packet_parse4(skb, 0, &parsed->v4);
		parsed->common = &parsed->v4.packet;
	} else {
		parsed->error = nfl_packet_parse6(skb, 0, &parsed->v6);
		parsed->common = &parsed->v6.packet;
	}
}

static inline bool parsed_equal(const struct parsed *a, const struct parsed *b)
{
	if (a->error != b->error)
		return false;
	return a->error != NFL_PACKET_OK ||
	       (!memcmp(&a->v4, &b->v4, sizeof(a->v4)) && !memcmp(&a->v6, &b->v6, sizeof(a->v6)));
}

#endif /* TESTS_UNIT_SKB_H */
