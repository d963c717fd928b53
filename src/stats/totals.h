/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The account of a namespace.
 */
#ifndef NFL_STATS_TOTALS_H
#define NFL_STATS_TOTALS_H

#include "meter/counters.h"
#include "transport/account.h"

struct nfl_exporter;

/**
 * struct nfl_totals - the account of a namespace
 *
 * in = out + live + queued + lost + unsampled + discarded, in packets and in
 * octets, whenever no packet is metered and the exporter is idle. A packet sampler counts
 * the packets that it does not select as unsampled, a flow sampler the flow records that
 * it does not select as discarded. Packets that could not be metered (ignored) are not
 * included.
 */
struct nfl_totals {
	u64 in_packets, in_octets, in_flows;
	struct nfl_account sent, lost, discarded;
	u64 live_packets, live_octets, live_flows;
	u64 queued_packets, queued_octets;
	struct nfl_account withheld, lost_withheld;	/* see struct nfl_log */
	u64 lost_events;
	u64 ignored_packets, ignored_octets;
	u64 unsampled_packets, unsampled_octets;
	u64 messages, message_octets, errors;
	u64 memory, buckets, log_memory;
	struct nfl_sums sums;
};

void nfl_totals_get(struct nfl_exporter *export, struct nfl_totals *totals);

#endif /* NFL_STATS_TOTALS_H */
