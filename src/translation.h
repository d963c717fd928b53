/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What NAT makes of the packets that are metered (natfields=1).
 */
#ifndef NFL_TRANSLATION_H
#define NFL_TRANSLATION_H

#include <linux/jump_label.h>

#include "instance.h"

struct sk_buff;

/* Namespaces that ask for it. */
DECLARE_STATIC_KEY_FALSE(nfl_translation_key);

/* Are flow records to tell of translations? Costs nothing while nobody asks. */
static __always_inline bool nfl_translation_wanted(const struct netflow *nf)
{
	return static_branch_unlikely(&nfl_translation_key) && READ_ONCE(nf->translating);
}

void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family);
int nfl_translation_enable(struct netflow *nf);
void nfl_translation_disable(struct netflow *nf);

#endif /* NFL_TRANSLATION_H */
