/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sampling in a namespace: of flow records as they are exported, or of packets
 * before they are metered.
 */
#ifndef NFL_SAMPLER_H
#define NFL_SAMPLER_H

#include <linux/jump_label.h>

#include "export/exporter.h"
#include "flow/selector.h"

struct netflow;
struct nfl_cpu;
struct nfl_packet;
struct sk_buff;

/**
 * struct nfl_sampler_counts - what a selector saw, and what of it was selected
 * @flows: flow records; in modes that pick packets, those that came of them
 * @selected_flows: selected of @flows
 * @packets: packets, or those of the flow records
 * @selected_packets: selected of @packets
 */
struct nfl_sampler_counts {
	u64 flows;
	u64 selected_flows;
	u64 packets;
	u64 selected_packets;
};

/**
 * struct nfl_sampler - sampling in a namespace
 * @selector: how; written under netflow.settings_lock and export.lock, read by packets
 * @records: where it is among flow records; under export.lock
 * @selected: flow records that it selected; under export.lock, as the rest
 * @discarded: flow records that it did not
 * @told: collectors have been told of a selector, this or one before
 * @packets_before: packets that had been seen when it was set
 * @unsampled_before: and those of them that were not sampled
 */
struct nfl_sampler {
	u32 selector;
	struct nfl_selection records;
	struct nfl_account selected;
	struct nfl_account discarded;
	bool told;
	u64 packets_before;
	u64 unsampled_before;
};

/* Namespaces that sample. */
DECLARE_STATIC_KEY_FALSE(nfl_sampler_key);

/* Is it to be asked for at all? Costs nothing while no namespace samples. */
static __always_inline bool nfl_sampler_wanted(void)
{
	return static_branch_unlikely(&nfl_sampler_key);
}

bool nfl_sampler_passes(struct nfl_cpu *cpu, const struct sk_buff *skb);
bool nfl_sampler_keeps(struct nfl_cpu *cpu, const struct sk_buff *skb, struct nfl_packet *packet);
bool nfl_sampler_record(struct netflow *nf, const struct nfl_flow *flow);
void nfl_sampler_counts(struct netflow *nf, struct nfl_sampler_counts *counts);
void nfl_sampler_reset_counts(struct netflow *nf);
void nfl_sampler_set(struct netflow *nf, u32 selector);

#endif /* NFL_SAMPLER_H */
