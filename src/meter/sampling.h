/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sampling of packets, before they are metered.
 */
#ifndef NFL_METER_SAMPLING_H
#define NFL_METER_SAMPLING_H

#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/types.h>

struct nfl_cpu;
struct nfl_meter;
struct nfl_packet;
struct sk_buff;

/* Enabled while any namespace has a sampler. */
DECLARE_STATIC_KEY_FALSE(nfl_sampling_key);

/* May the namespace have a sampler? Costs nothing while no namespace has one. */
static __always_inline bool nfl_sampling_wanted(void)
{
	return static_branch_unlikely(&nfl_sampling_key);
}

bool nfl_sampling_passes(struct nfl_cpu *cpu, const struct sk_buff *skb);
bool nfl_sampling_passes_parsed(struct nfl_cpu *cpu, const struct nfl_packet *packet, bool gso);
bool nfl_sampling_keeps(struct nfl_cpu *cpu, struct nfl_packet *packet, bool gso);
void nfl_sampling_use(struct nfl_meter *meter, u32 selector);

#endif /* NFL_METER_SAMPLING_H */
