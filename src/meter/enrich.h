/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wide packets: packets with extra fields or translations.
 */
#ifndef NFL_METER_ENRICH_H
#define NFL_METER_ENRICH_H

#include <linux/bits.h>
#include <linux/jump_label.h>

#include "meter/meter.h"

struct sk_buff;

/* A bit of nfl_meter.wanted beside those of extra fields: end points after NAT. */
#define NFL_WANTED_TRANSLATION	BIT(15)

/* Enabled while any namespace wants extra fields or translations. */
DECLARE_STATIC_KEY_FALSE(nfl_enrich_key);

/* The wanted fields, see nfl_meter.wanted. Costs nothing while no namespace wants any. */
static __always_inline u16 nfl_enrich_wanted(const struct nfl_meter *meter)
{
	return static_branch_unlikely(&nfl_enrich_key) ? READ_ONCE(meter->wanted) : 0;
}

void nfl_enrich_want(struct nfl_meter *meter, u16 without, u16 with);
void nfl_enrich(const struct nfl_meter *meter, const struct sk_buff *skb,
		struct nfl_packet *packet, enum nfl_family family, u16 wanted);

#endif /* NFL_METER_ENRICH_H */
