/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metering process of a namespace: it adds packets to flows.
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
 * @cpus: the per-CPU parts; NULL until the first user. Packets read it under RCU.
 * @closed: the namespace is being removed, and packets are not metered any more
 * @wanted: the extra fields of flows: one bit of &enum nfl_extra each, and
 *	NFL_WANTED_TRANSLATION; written under the namespace's lock, read by packets
 * @selector: the sampling of packets and flow records, see selector.h; written under the
 *	locks of settings and of the exporter, read by packets
 * @aggregation: the rules that rewrite addresses and ports, NULL if there are none; written
 *	under the same locks, read by packets under RCU
 * @hash_key: the seed of the tables
 * @net: the namespace
 * @config: the settings of the namespace
 * @queue: the queue of flows that were removed from the tables
 * @generation: incremented when the time-outs change; due times of chunks are reset then
 * @shrinker: through it the kernel asks for memory
 * @before_kill: called before the kernel kills a process because it has no memory
 * @hotplug: entry in the kernel's list of instances of our CPU hotplug state
 * @calls: what its CPUs are asked for
 * @flows_free: flows of maxflows that are not granted to a CPU; negative if more than
 *	maxflows is granted. All CPUs write it from time to time, so it has its own cache line.
 * @sharers: number of CPUs that take part in maxflows; on the same cache line as @flows_free,
 *	as it is read when that is written
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
bool nfl_meter_hold(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook, u32 iif,
		    bool more);
void nfl_meter_forget(struct nfl_meter *meter);
void nfl_meter_sums(const struct nfl_meter *meter, int number, struct nfl_sums *sums);
u64 nfl_meter_live(const struct nfl_meter *meter);

#endif /* NFL_METER_METER_H */
