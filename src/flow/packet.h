/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet parser: from the headers of a packet to the values that its flow needs.
 */
#ifndef NFL_FLOW_PACKET_H
#define NFL_FLOW_PACKET_H

#include "flow/flow.h"

struct sk_buff;

/* Why a packet cannot be metered. */
enum nfl_packet_error {
	NFL_PACKET_OK,
	NFL_PACKET_TRUNCATED,	/* its IP header is incomplete */
	NFL_PACKET_MALFORMED,	/* its IP header is inconsistent */
};

enum nfl_packet_error nfl_packet_parse4(const struct sk_buff *skb, u8 hook,
					struct nfl_packet4 *packet);
enum nfl_packet_error nfl_packet_parse6(const struct sk_buff *skb, u8 hook,
					struct nfl_packet6 *packet);

#endif /* NFL_FLOW_PACKET_H */
