/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters. One line in a list adds one: it then exists on every CPU, is summed
 * up, and can be shown by name.
 */
#ifndef NFL_STATS_H
#define NFL_STATS_H

#include <linux/types.h>
#include <linux/u64_stats_sync.h>

/*
 * A CPU's counters, written by that CPU with bottom halves off.
 *
 * A packet that reaches a rule is SEEN. From then on it is in one of five
 * places: it was LOST, not being metered; it was not selected by a sampler of
 * packets (UNSAMPLED); its flow is in the table; its flow
 * has EXPIRED, which hands it to the exporter and the exporter's own account;
 * or its flow was evicted while the exporter's queue was full (DROPPED). The
 * exporter may hand a part of a flow back (RETURNED), see merge.c. So for each
 * CPU, whenever its traffic rests:
 *
 *   SEEN + RETURNED = LOST + UNSAMPLED + (in the table) + EXPIRED + DROPPED
 */
#define NFL_CPU_COUNTERS(X)	\
	X(SEEN_PACKETS)		\
	X(SEEN_OCTETS)		\
	X(LOST_PACKETS)		\
	X(LOST_OCTETS)		\
	X(UNSAMPLED_PACKETS)	\
	X(UNSAMPLED_OCTETS)	\
	X(EXPIRED_FLOWS)	\
	X(EXPIRED_PACKETS)	\
	X(EXPIRED_OCTETS)	\
	X(RETURNED_FLOWS)	\
	X(RETURNED_PACKETS)	\
	X(RETURNED_OCTETS)	\
	X(DROPPED_FLOWS)	\
	X(DROPPED_PACKETS)	\
	X(DROPPED_OCTETS)	\
	/* causes of LOST, in packets */	\
	X(TRUNCATED)		\
	X(MALFORMED)		\
	X(NO_MEMORY)		\
	/* what else one may want to know */	\
	X(LATER_FRAGMENTS)	\
	X(FOUND)		\
	X(NEW_FLOWS)		\
	X(EVICTED_FLOWS)	\
	X(POSTPONED_FLOWS)	\
	/* frames for others (promisc), and those of them without an IP packet */	\
	X(FOREIGN_PACKETS)	\
	X(FOREIGN_DISCARDED)

enum nfl_cpu_counter {
#define X(name) NFL_##name,
	NFL_CPU_COUNTERS(X)
#undef X
	NFL_CPU_COUNTERS_MAX
};

/* On 32 bits the kernel's own takes no more than these: a flow may have more octets. */
static inline void nfl_stats_add(u64_stats_t *counter, u64 value)
{
#if BITS_PER_LONG == 64
	u64_stats_add(counter, value);
#else
	counter->v += value;
#endif
}

struct nfl_cpu_stats {
	u64_stats_t counter[NFL_CPU_COUNTERS_MAX];
	struct u64_stats_sync sync;
};

/**
 * struct nfl_account - flows, and what they count
 */
struct nfl_account {
	u64 flows;
	u64 packets;
	u64 octets;
};

/* A sum of them, of one CPU or of all. */
struct nfl_cpu_sums {
	u64 counter[NFL_CPU_COUNTERS_MAX];
};

struct netflow;

/**
 * struct nfl_totals - the account of a namespace
 *
 * in = out + live + queued + lost + unsampled + discarded, in packets and in
 * octets, whenever traffic and exporter rest. A sampler of packets leaves out what
 * is unsampled, one of flow records what is discarded. What could not be metered
 * (ignored) is not in it.
 */
struct nfl_totals {
	u64 in_packets, in_octets, in_flows;
	u64 out_packets, out_octets, out_flows;
	u64 live_packets, live_octets, live_flows;
	u64 queued_packets, queued_octets;
	u64 lost_packets, lost_octets, lost_flows;
	struct nfl_account withheld, lost_withheld;	/* see struct nfl_export */
	u64 ignored_packets, ignored_octets;
	u64 unsampled_packets, unsampled_octets;
	u64 discarded_packets, discarded_octets, discarded_flows;
	u64 messages, message_octets, errors;
	u64 memory, buckets;
	struct nfl_cpu_sums sums;
};

void nfl_totals_get(struct netflow *nf, struct nfl_totals *totals);

#endif /* NFL_STATS_H */
