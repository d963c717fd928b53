/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything of one network namespace, and everything of one CPU in it.
 */
#ifndef NFL_INSTANCE_H
#define NFL_INSTANCE_H

#include <linux/bottom_half.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "base/clock.h"
#include "base/config.h"
#include "compat/compat.h"
#include "export/exporter.h"
#include "export/interface_names.h"
#include "export/interface_numbers.h"
#include "export/placement.h"
#include "flow/hash.h"
#include "meter/aggregation.h"
#include "meter/counters.h"
#include "meter/holdtime.h"
#include "meter/sampling.h"
#include "meter/table.h"
#include "nat/listener.h"
#include "observe/ingress.h"
#include "observe/promisc.h"
#include "stats/rate.h"
#include "transport/transport.h"

#define NFL_RING4	32
#define NFL_RING6	16

/*
 * Flows that a CPU is never without, since it would meter nothing else while
 * others have all of maxflows.
 */
#define NFL_FLOWS_LEAST	1

/* What a CPU's timer is set for. */
enum nfl_tick {
	NFL_TICK_OFF,		/* not armed: nothing to expire */
	NFL_TICK_EXPIRE,	/* armed for the next walk */
	NFL_TICK_RING,		/* armed for the ring, soon */
};

/**
 * struct nfl_cpu - what a CPU has in a namespace
 * @lock: taken with bottom halves off; it is a lock on PREEMPT_RT kernels only
 * @nf: the namespace
 * @number: the CPU
 * @held: for how long it was owned
 * @ring_count: packets in the rings
 * @stamp: nfl_clock() of about now
 * @stamp_jiffies: when that was read
 * @tick: what @timer is armed for
 * @config_seen: generation of the settings that the tables' due times are of
 * @flows_granted: flows that this CPU may have, its share of maxflows
 * @refused_jiffies: when it last was refused more
 * @selection: where packet sampling is in the sequence of packets
 * @tables: the flow tables
 * @batch: expired flows on their way to the exporter, not yet handed over
 * @timer: works off the rings, expires flows
 * @work: goes on with a long expiry in process context
 * @stats: counters
 * @rate: what rate.c remembers and found out
 * @placed: packets when place.c last looked
 * @ring4: packets that are parsed but not yet in the table
 * @ring6: the same
 * @ring4_wide: those that extra fields are wanted of
 * @ring6_wide: the same
 *
 * All of it belongs to its CPU and is touched there only, between
 * nfl_cpu_enter() and nfl_cpu_exit(), but for @stats (readable by all), @ring_count
 * and @tables' sizes (likewise, by READ_ONCE), @rate (rate.c's), @placed (place.c's)
 * and @nf and @number (constant).
 */
struct nfl_cpu {
	local_lock_t lock;
	struct netflow *nf;
	unsigned int number;
	struct nfl_held held;
	u32 ring_count[NFL_FAMILIES];
	u32 stamp;
	unsigned long stamp_jiffies;
	enum nfl_tick tick;
	u32 config_seen;
	u32 flows_granted;
	u32 refused_jiffies;
	struct nfl_selection selection;
	struct nfl_table tables[NFL_FAMILIES];
	struct nfl_batch *batch[NFL_FAMILIES];
	struct timer_list timer;
	struct work_struct work;
	struct nfl_cpu_stats stats;
	struct nfl_cpu_rate rate;
	u64 placed;
	struct nfl_packet4 ring4[NFL_RING4];
	struct nfl_packet6 ring6[NFL_RING6];
	struct nfl_packet4_wide ring4_wide[NFL_RING4];
	struct nfl_packet6_wide ring6_wide[NFL_RING6];
};

/**
 * struct netflow - the module in one network namespace
 * @cpus: per CPU; NULL until the first user. Packets read it in RCU sections.
 * @closed: the namespace dies, and no packet is metered any more
 * @hash_key: the tables' seed
 * @net: the namespace
 * @users: rules that use it, hooks mode, promisc; under @lock
 * @hooks: bits of the hooks at which all packets are metered; under @lock, read
 *	by packets
 * @flows_free: flows of maxflows that no CPU was granted yet
 * @config: the settings
 * @export: the exporter
 * @transport: the destinations
 * @natevents: the listener to conntrack
 * @wide: what is wanted of flows beyond their families' fields, see extra.h; under
 *	@lock, read by packets
 * @promisc: the listener to frames for others
 * @ingress: the devices at which packets are metered
 * @aggregation: how addresses and ports are rewritten, NULL if not; written under
 *	@settings_lock and export.lock, read by packets by RCU
 * @interfaces: their numbers
 * @names: their names
 * @sampler: which packets or flow records are selected
 * @rate: traffic rates for the statistics
 * @place: where the exporter's work runs
 * @settings_lock: serialises changes and reads of settings; comes before @lock and
 *	RTNL
 * @lock: serialises changes: users, settings. A rule is checked under it and nftables'
 *	lock, which is taken under RTNL when a device comes: who has it takes no RTNL
 * @hotplug: our place in the list of those who want to know of dying CPUs
 * @sysctl: registered table
 */
struct netflow {
	struct nfl_cpu __percpu *cpus;
	bool closed;
	struct nfl_hash_key hash_key;
	struct net *net;
	unsigned int users;
	u32 hooks;
	atomic_long_t flows_free;
	struct nfl_config config;
	struct nfl_export export;
	struct nfl_transport transport;
	struct nfl_natevents natevents;
	u16 wide;
	struct nfl_promisc promisc;
	struct nfl_ingress ingress;
	struct nfl_aggregation __rcu *aggregation;
	struct nfl_interfaces interfaces;
	struct nfl_names names;
	struct nfl_sampler sampler;
	struct nfl_rate rate;
	struct nfl_place place;
	struct mutex settings_lock;
	struct mutex lock;
	struct hlist_node hotplug;
	struct ctl_table_header *sysctl;
};

extern unsigned int nfl_pernet_id;

static inline struct netflow *nfl_instance(const struct net *net)
{
	return net_generic(net, nfl_pernet_id);
}

/*
 * Own this CPU's part of a namespace. nft_compat runs targets in OUTPUT with
 * bottom halves on, so they are switched off here. On PREEMPT_RT bottom halves
 * do not exclude each other, hence the lock.
 */
static __always_inline struct nfl_cpu *nfl_cpu_enter(struct nfl_cpu __percpu *cpus)
{
	local_bh_disable();
	local_lock_nested_bh(&cpus->lock);
	nfl_held_begin(&this_cpu_ptr(cpus)->held);
	return this_cpu_ptr(cpus);
}

static __always_inline void nfl_cpu_exit(struct nfl_cpu __percpu *cpus)
{
	nfl_held_end(&this_cpu_ptr(cpus)->held);
	local_unlock_nested_bh(&cpus->lock);
	local_bh_enable();
}

/*
 * The same for a packet: rules and most hooks run with bottom halves off, and to
 * switch them off once more and on again would be a tenth of its cost. @on is for
 * nfl_cpu_exit_packet().
 */
static __always_inline struct nfl_cpu *nfl_cpu_enter_packet(struct nfl_cpu __percpu *cpus, bool *on)
{
	*on = !softirq_count();
	if (unlikely(*on))
		local_bh_disable();
	local_lock_nested_bh(&cpus->lock);
	nfl_held_begin(&this_cpu_ptr(cpus)->held);
	return this_cpu_ptr(cpus);
}

static __always_inline void nfl_cpu_exit_packet(struct nfl_cpu __percpu *cpus, bool on)
{
	nfl_held_end(&this_cpu_ptr(cpus)->held);
	local_unlock_nested_bh(&cpus->lock);
	if (unlikely(on))
		local_bh_enable();
}

static inline void nfl_count(struct nfl_cpu *cpu, enum nfl_cpu_counter counter, u64 n)
{
	u64_stats_update_begin(&cpu->stats.sync);
	nfl_stats_add(&cpu->stats.counter[counter], n);
	u64_stats_update_end(&cpu->stats.sync);
}

/**
 * typedef nfl_cpu_function - a function that is run on a CPU which it owns
 * @cpu: the CPU
 * @argument: what nfl_cpus_call() was given
 * @step: 0 at first, and the function's own
 *
 * Return: true to be called once more; bottom halves run in between.
 */
typedef bool (*nfl_cpu_function)(struct nfl_cpu *cpu, void *argument, unsigned int *step);
typedef bool (*nfl_cpu_test)(const struct nfl_cpu *cpu);

int nfl_cpus_alloc(struct netflow *nf);
void nfl_cpus_free(struct nfl_cpu __percpu *cpus);
int nfl_instance_start(struct netflow *nf);
int nfl_instance_use(struct netflow *nf);
int nfl_instance_use_locked(struct netflow *nf);
void nfl_instance_unuse(struct netflow *nf);
void nfl_instance_set_hashsize(struct netflow *nf, u32 flows);
u64 nfl_cpu_live(const struct nfl_cpu *cpu);
bool nfl_cpu_has_flows(const struct nfl_cpu *cpu);
void nfl_cpu_call(struct netflow *nf, int number, nfl_cpu_function function, void *argument);
void nfl_cpus_call(struct netflow *nf, nfl_cpu_test test, nfl_cpu_function function,
		   void *argument);
void nfl_cpu_sums(struct netflow *nf, int cpu, struct nfl_cpu_sums *sums);
u64 nfl_cpus_live(struct netflow *nf);
int nfl_instance_init(void);
void nfl_instance_exit(void);

#endif /* NFL_INSTANCE_H */
