/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of the frame of a packet: addresses, VLAN tags, Ethernet type, MPLS labels.
 */
#ifndef NFL_FLOW_ETHERNET_H
#define NFL_FLOW_ETHERNET_H

#include "flow/fields.h"
#include "flow/flow.h"

struct sk_buff;

void nfl_ethernet_parse(const struct sk_buff *skb, bool ethernet, unsigned int tags,
			struct nfl_link *link);

#endif /* NFL_FLOW_ETHERNET_H */
