/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metering process of a namespace: packets are added to flows.
 */
#ifndef NFL_METER_METER_H
#define NFL_METER_METER_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/types.h>

#include "flow/hash.h"
#include "meter/call.h"

struct net;
struct nfl_aggregation;
struct nfl_batch_queue;
struct nfl_config;
struct nfl_cpu;
struct nfl_sums;
struct sk_buff;

/**
 * struct nfl_meter - the metering process of a namespace
 * @cpus: per CPU; NULL until the first user. Packets read it in RCU sections.
 * @closed: the namespace dies, and no packet is metered any more
 * @wanted: what is wanted of flows beyond their families' fields: a bit of &enum nfl_extra
 *	each, and NFL_WANTED_TRANSLATION; written under the namespace's lock, read by packets
 * @selector: how packets and flow records are sampled, see selector.h; written under the
 *	locks of settings and of the exporter, read by packets
 * @aggregation: how addresses and ports are rewritten, NULL if not; written likewise, read
 *	by packets by RCU
 * @hash_key: the tables' seed
 * @net: the namespace
 * @config: its settings
 * @queue: where flows go that have left the tables
 * @generation: counts changes of time-outs, for the tables' due times
 * @shrinker: by which the kernel asks for memory
 * @before_kill: called before the kernel kills a process for want of memory
 * @hotplug: its place in the list of what is called when a CPU dies
 * @calls: what its CPUs are asked for
 * @flows_free: flows of maxflows that no CPU was granted yet, less than 0 if they were
 *	granted more; all CPUs write it now and then, so it has a cache line of its own
 * @sharers: CPUs that take part in maxflows, on the same line: read where the other is written
 */
struct nfl_meter {
	struct nfl_cpu __percpu *cpus;
	bool closed;
	u16 wanted;
	u32 selector;
	struct nfl_aggregation __rcu *aggregation;
	struct nfl_hash_key hash_key;
	struct net *net;
	const struct nfl_config *config;
	struct nfl_batch_queue *queue;
	u32 generation;
	struct shrinker *shrinker;
	struct notifier_block before_kill;
	struct hlist_node hotplug;
	struct nfl_calls calls;
	atomic_long_t flows_free ____cacheline_aligned;
	atomic_t sharers;
};

void nfl_meter_ipv4(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif);
void nfl_meter_ipv6(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif);
void nfl_meter_sums(const struct nfl_meter *meter, int number, struct nfl_sums *sums);
u64 nfl_meter_live(const struct nfl_meter *meter);

#endif /* NFL_METER_METER_H */
