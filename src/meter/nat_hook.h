/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What NAT makes of the packets that are metered (natfields=1).
 */
#ifndef NFL_TRANSLATION_H
#define NFL_TRANSLATION_H

#include "instance.h"

struct sk_buff;

void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family);
int nfl_translation_enable(struct netflow *nf);
void nfl_translation_disable(struct netflow *nf);

#endif /* NFL_TRANSLATION_H */
