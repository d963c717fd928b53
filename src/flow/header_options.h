/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Details of the headers of a packet: options of IPv4 and TCP, extension headers of IPv6.
 */
#ifndef NFL_FLOW_HEADER_OPTIONS_H
#define NFL_FLOW_HEADER_OPTIONS_H

#include "flow/fields.h"
#include "flow/flow.h"

struct sk_buff;

/*
 * Bits of ipv6ExtensionHeaders, counted from the most significant one, as in IANA's
 * registry, which has the figure of erratum 1738 of RFC 5102.
 */
enum nfl_exthdr {
	NFL_EXTHDR_DST = 0,	/* destination options */
	NFL_EXTHDR_HOP = 1,	/* hop-by-hop options */
	NFL_EXTHDR_UNK = 3,	/* the upper layer cannot be known: encrypted, compressed */
	NFL_EXTHDR_FRA0 = 4,	/* first fragment */
	NFL_EXTHDR_RH = 5,	/* routing */
	NFL_EXTHDR_FRA1 = 6,	/* later fragment */
	NFL_EXTHDR_MOB = 12,	/* mobility */
	NFL_EXTHDR_ESP = 13,
	NFL_EXTHDR_AH = 14,
	NFL_EXTHDR_PAY = 15,	/* payload compression */
};

void nfl_header_options_parse4(const struct sk_buff *skb, u16 extras, struct nfl_details *details);
void nfl_header_options_parse6(const struct sk_buff *skb, u16 extras, struct nfl_details *details);

#endif /* NFL_FLOW_HEADER_OPTIONS_H */
