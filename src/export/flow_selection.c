// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sampling of flow records: fewer records for a collector that cannot take all (RFC 7014).
 *
 * Flow records are selected as they are exported, when the parts of a flow have
 * been merged, so that it is one sequence for a namespace and its counts are exact.
 *
 * Counts of records are those of the packets that were metered. To multiply them is
 * the collector's, which is told of the selector by options data.
 */
#include <linux/string.h>

#include "export/flow_selection.h"
#include "meter/counters.h"
#include "meter/meter.h"

/**
 * nfl_flow_selection_takes() - is a flow record to be exported?
 * @selection: the selection, under the lock of rounds
 * @flow: the flow, none of whose parts is elsewhere
 * @selected: it is counted there, for nfl_flow_selection_count()
 *
 * Return: false if not.
 */
bool nfl_flow_selection_takes(struct nfl_flow_selection *selection, const struct nfl_flow *flow,
			      struct nfl_selected *selected)
{
	const u32 selector = selection->meter->selector;

	if (!selector)
		return true;
	if (nfl_selector_mode(selector) <= NFL_SELECT_FLOWS_RANDOM &&
	    !nfl_selection_take(&selection->records, selector, 1)) {
		nfl_account_add(&selected->discarded, flow);
		return false;
	}
	nfl_account_add(&selected->selected, flow);
	return true;
}

/**
 * nfl_flow_selection_count() - count flow records
 * @selection: the selection
 * @selected: what nfl_flow_selection_takes() has counted
 */
void nfl_flow_selection_count(struct nfl_flow_selection *selection,
			      const struct nfl_selected *selected)
{
	spin_lock(selection->account);
	nfl_account_sum(&selection->since.selected, &selected->selected);
	nfl_account_sum(&selection->since.discarded, &selected->discarded);
	nfl_account_sum(&selection->discarded, &selected->discarded);
	spin_unlock(selection->account);
}

/**
 * nfl_flow_selection_counts() - what the selector saw since it was set
 * @selection: the selection
 * @counts: where to
 */
void nfl_flow_selection_counts(const struct nfl_flow_selection *selection,
			       struct nfl_selection_counts *counts)
{
	struct nfl_selected since;
	struct nfl_sums sums;

	spin_lock(selection->account);
	since = selection->since;
	spin_unlock(selection->account);
	counts->flows = since.selected.flows + since.discarded.flows;
	counts->selected_flows = since.selected.flows;
	if (nfl_selector_mode(READ_ONCE(selection->meter->selector)) <= NFL_SELECT_FLOWS_RANDOM) {
		counts->packets = since.selected.packets + since.discarded.packets;
		counts->selected_packets = since.selected.packets;
		return;
	}
	nfl_meter_sums(selection->meter, -1, &sums);
	counts->packets = sums.counter[NFL_SEEN_PACKETS] - sums.counter[NFL_LOST_PACKETS] -
			  selection->packets_before;
	counts->selected_packets = counts->packets + selection->unsampled_before -
				   sums.counter[NFL_UNSAMPLED_PACKETS];
}

/**
 * nfl_flow_selection_reset() - begin to count anew
 * @selection: the selection, under the lock of rounds
 */
void nfl_flow_selection_reset(struct nfl_flow_selection *selection)
{
	struct nfl_sums sums;

	nfl_meter_sums(selection->meter, -1, &sums);
	spin_lock(selection->account);
	memset(&selection->since, 0, sizeof(selection->since));
	spin_unlock(selection->account);
	selection->packets_before = sums.counter[NFL_SEEN_PACKETS] - sums.counter[NFL_LOST_PACKETS];
	selection->unsampled_before = sums.counter[NFL_UNSAMPLED_PACKETS];
}
