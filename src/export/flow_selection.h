/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sampling of flow records, as they are exported.
 */
#ifndef NFL_EXPORT_FLOW_SELECTION_H
#define NFL_EXPORT_FLOW_SELECTION_H

#include <linux/spinlock.h>

#include "flow/flow.h"
#include "flow/selector.h"
#include "transport/account.h"

struct nfl_meter;

/**
 * struct nfl_selection_counts - what a selector saw, and what of it was selected
 * @flows: flow records; in modes that pick packets, those that came of them
 * @selected_flows: selected of @flows
 * @packets: packets, or those of the flow records
 * @selected_packets: selected of @packets
 */
struct nfl_selection_counts {
	u64 flows;
	u64 selected_flows;
	u64 packets;
	u64 selected_packets;
};

/* Flow records that a selector selected, and those that it did not. */
struct nfl_selected {
	struct nfl_account selected;
	struct nfl_account discarded;
};

/**
 * struct nfl_flow_selection - which flow records are exported, by nfl_meter.selector
 * @meter: the namespace's metering process
 * @account: the account's lock
 * @records: where it is among flow records; under the lock of rounds
 * @since: flow records since the selector was set; under @account, as the rest
 * @discarded: flow records that no selector selected, since the statistics were reset
 * @told: collectors have been told of a selector, this or one before
 * @packets_before: packets that had been seen when it was set
 * @unsampled_before: and those of them that were not sampled
 */
struct nfl_flow_selection {
	const struct nfl_meter *meter;
	spinlock_t *account;
	struct nfl_selection records;
	struct nfl_selected since;
	struct nfl_account discarded;
	bool told;
	u64 packets_before;
	u64 unsampled_before;
};

bool nfl_flow_selection_takes(struct nfl_flow_selection *selection, const struct nfl_flow *flow,
			      struct nfl_selected *selected);
void nfl_flow_selection_count(struct nfl_flow_selection *selection,
			      const struct nfl_selected *selected);
void nfl_flow_selection_counts(const struct nfl_flow_selection *selection,
			       struct nfl_selection_counts *counts);
void nfl_flow_selection_reset(struct nfl_flow_selection *selection);

#endif /* NFL_EXPORT_FLOW_SELECTION_H */
