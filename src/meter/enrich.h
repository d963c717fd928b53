/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wide packets: those that extra fields or translations are wanted of.
 */
#ifndef NFL_METER_ENRICH_H
#define NFL_METER_ENRICH_H

#include <linux/bits.h>
#include <linux/jump_label.h>

#include "meter/meter.h"

struct sk_buff;

/* In nfl_meter.wanted, beside extra fields: end points after NAT are wanted. */
#define NFL_WANTED_TRANSLATION	BIT(15)

/* Namespaces that want any of it. */
DECLARE_STATIC_KEY_FALSE(nfl_enrich_key);

/* What is wanted, 0 for nothing: see nfl_meter.wanted. Costs nothing while none is. */
static __always_inline u16 nfl_enrich_wanted(const struct nfl_meter *meter)
{
	return static_branch_unlikely(&nfl_enrich_key) ? READ_ONCE(meter->wanted) : 0;
}

void nfl_enrich_want(struct nfl_meter *meter, u16 without, u16 with);
void nfl_enrich(const struct nfl_meter *meter, const struct sk_buff *skb,
		struct nfl_packet *packet, enum nfl_family family, u16 wanted);

#endif /* NFL_METER_ENRICH_H */
