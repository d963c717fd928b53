/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wide packets: those that extra fields or translations are wanted of.
 */
#ifndef NFL_WIDE_H
#define NFL_WIDE_H

#include <linux/jump_label.h>

#include "flow/fields.h"
#include "instance.h"

struct sk_buff;

/* Namespaces that want any of it. */
DECLARE_STATIC_KEY_FALSE(nfl_wide_key);

/* What is wanted, 0 for nothing: see netflow.wide. Costs nothing while nobody asks. */
static __always_inline u16 nfl_wide_wanted(const struct netflow *nf)
{
	return static_branch_unlikely(&nfl_wide_key) ? READ_ONCE(nf->wide) : 0;
}

void nfl_wide_change(struct netflow *nf, u16 without, u16 with);
void nfl_wide_set_extras(struct netflow *nf, u16 extras);
void nfl_wide_start(struct netflow *nf);
void nfl_wide_find(const struct netflow *nf, const struct sk_buff *skb, struct nfl_packet *packet,
		   enum nfl_family family, u16 wanted);

#endif /* NFL_WIDE_H */
