/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of each CPU. A line in the list adds a counter: it then exists on every CPU
 * and is included in the sums.
 */
#ifndef NFL_METER_COUNTERS_H
#define NFL_METER_COUNTERS_H

#include <linux/types.h>
#include <linux/u64_stats_sync.h>

/*
 * The counters of a CPU, written by that CPU with bottom halves off.
 *
 * A packet that reaches a rule or a hook is SEEN. From then on it is in one of five
 * places: it could not be metered (LOST); a sampler of packets did not select it
 * (UNSAMPLED); its flow is in the table; its flow has EXPIRED and was handed over to
 * the exporter, which has an account of its own; or its flow was evicted while the
 * exporter's queue was full (DROPPED). The exporter may return a part of a flow
 * (RETURNED), see export/merge.c. So for each CPU, while it has no traffic:
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
	/* other values for the statistics */	\
	X(LATER_FRAGMENTS)	\
	X(FOUND)		\
	X(NEW_FLOWS)		\
	X(EVICTED_FLOWS)	\
	X(POSTPONED_FLOWS)	\
	/* frames for other hosts (promisc), and those among them without an IP packet */	\
	X(FOREIGN_PACKETS)	\
	X(FOREIGN_DISCARDED)

enum nfl_cpu_counter {
#define X(name) NFL_##name,
	NFL_CPU_COUNTERS(X)
#undef X
	NFL_CPU_COUNTERS_MAX
};

/* On 32 bits u64_stats_add() takes an unsigned long, but a flow may have more octets. */
static inline void nfl_stats_add(u64_stats_t *counter, u64 value)
{
#if BITS_PER_LONG == 64
	u64_stats_add(counter, value);
#else
	counter->v += value;
#endif
}

struct nfl_counters {
	u64_stats_t counter[NFL_CPU_COUNTERS_MAX];
	struct u64_stats_sync sync;
};

/* The sums of the counters, of one CPU or of all. */
struct nfl_sums {
	u64 counter[NFL_CPU_COUNTERS_MAX];
};

#endif /* NFL_METER_COUNTERS_H */
