/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lies between a frame's header and its packet.
 */
#ifndef NFL_FLOW_ENCAPSULATION_H
#define NFL_FLOW_ENCAPSULATION_H

#include <linux/types.h>

struct sk_buff;

__be16 nfl_encapsulation_skip(const struct sk_buff *skb, int *offset);
unsigned int nfl_encapsulation_missing(const struct sk_buff *skb, __be16 protocol, int offset);

#endif /* NFL_FLOW_ENCAPSULATION_H */
