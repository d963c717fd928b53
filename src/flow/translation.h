/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The translation of a packet by NAT, from its connection.
 */
#ifndef NFL_FLOW_TRANSLATION_H
#define NFL_FLOW_TRANSLATION_H

#include "flow/flow.h"

struct nf_conn;
struct sk_buff;

void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family);
void nfl_translation_complete(struct nfl_packet *packet, const struct nf_conn *ct,
			      enum nfl_family family);

#endif /* NFL_FLOW_TRANSLATION_H */
