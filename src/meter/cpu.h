/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU has in a namespace: its rings, its tables, its timer, its counters. Here is
 * also how a CPU is owned.
 */
#ifndef NFL_METER_CPU_H
#define NFL_METER_CPU_H

#include <linux/atomic.h>
#include <linux/bottom_half.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "compat/compat.h"
#include "flow/flow.h"
#include "flow/selector.h"
#include "meter/call.h"
#include "meter/counters.h"
#include "meter/holdtime.h"
#include "meter/table.h"

struct nfl_batch;
struct nfl_meter;

#define NFL_RING4	32
#define NFL_RING6	16

/* As many packets as a frame has that are held: one in a tunnel, and the tunnel's. */
#define NFL_HELD	2

/**
 * struct nfl_held - a packet that counts if it is not seen again, see held.c
 * @family: what is in the union
 * @gso: several packets on the wire
 * @packet: the packet, parsed, as in a slot of a ring
 */
struct nfl_held {
	enum nfl_family family;
	bool gso;
	union {
		struct nfl_packet packet;
		struct nfl_packet4 packet4;
		struct nfl_packet6 packet6;
		struct nfl_packet4_wide packet4_wide;
		struct nfl_packet6_wide packet6_wide;
	};
};

/* What a CPU's timer is set for. */
enum nfl_timer_state {
	NFL_TIMER_OFF,		/* not armed: nothing to expire */
	NFL_TIMER_EXPIRE,	/* armed for the next walk */
	NFL_TIMER_RING,		/* armed for the ring, soon */
};

/**
 * struct nfl_cpu - what a CPU has in a namespace
 * @lock: taken with bottom halves off; it is a lock on PREEMPT_RT kernels only
 * @meter: the namespace's metering process
 * @number: the CPU
 * @holdtime: for how long it was owned
 * @ring_count: packets in the rings
 * @stamp: nfl_clock() of about now
 * @stamp_jiffies: when that was read
 * @armed: what @timer is armed for
 * @generation: of the settings that the tables' due times are of
 * @flows_granted: flows of maxflows that this CPU may have
 * @shares: it is one of those that maxflows is shared by
 * @refused_jiffies: when it last was refused more
 * @selection: where packet sampling is in the sequence of packets
 * @tables: the flow tables
 * @batch: flows that have left the tables and were not handed over yet; others see whether
 *	there are any
 * @relief: octets of its tables that others need; any context writes it
 * @relief_urgent: they need it so much that flows may be lost for it; any context sets it
 * @timer: works off the rings, expires flows
 * @work: goes on with a long expiry in process context
 * @call: what others have asked it for
 * @stats: counters
 * @ring4: packets that are parsed but not yet in the table
 * @ring6: the same
 * @ring4_wide: those that extra fields are wanted of
 * @ring6_wide: the same
 * @held_count: packets in @held
 * @held: packets that will be in the rings, if they are not forgotten
 * @spare: a table without a family, started while others are: first memory for one that
 *	finds none
 *
 * All of it belongs to its CPU and is touched there only, between
 * nfl_cpu_enter() and nfl_cpu_exit(), but for @relief, @relief_urgent, @call (see call.c),
 * @stats (readable by all), @ring_count, @held_count and @tables' sizes (likewise, by
 * READ_ONCE), and @meter and @number (constant).
 */
struct nfl_cpu {
	local_lock_t lock;
	struct nfl_meter *meter;
	unsigned int number;
	struct nfl_holdtime holdtime;
	u32 ring_count[NFL_FAMILIES];
	u32 stamp;
	unsigned long stamp_jiffies;
	enum nfl_timer_state armed;
	u32 generation;
	u32 flows_granted;
	bool shares;
	u32 refused_jiffies;
	struct nfl_selection selection;
	struct nfl_table tables[NFL_FAMILIES];
	struct nfl_batch *batch[NFL_FAMILIES];
	atomic_long_t relief;
	bool relief_urgent;
	struct timer_list timer;
	struct work_struct work;
	struct nfl_call_slot call;
	struct nfl_counters stats;
	struct nfl_packet4 ring4[NFL_RING4];
	struct nfl_packet6 ring6[NFL_RING6];
	struct nfl_packet4_wide ring4_wide[NFL_RING4];
	struct nfl_packet6_wide ring6_wide[NFL_RING6];
	u32 held_count;
	struct nfl_held held[NFL_HELD];
	struct nfl_table spare;
};

/*
 * Own this CPU's part of a namespace. nft_compat runs targets in OUTPUT with
 * bottom halves on, so they are switched off here. On PREEMPT_RT bottom halves
 * do not exclude each other, hence the lock.
 */
static __always_inline struct nfl_cpu *nfl_cpu_enter(struct nfl_cpu __percpu *cpus)
{
	local_bh_disable();
	local_lock_nested_bh(&cpus->lock);
	nfl_holdtime_begin(&this_cpu_ptr(cpus)->holdtime);
	return this_cpu_ptr(cpus);
}

static __always_inline void nfl_cpu_exit(struct nfl_cpu __percpu *cpus)
{
	nfl_holdtime_end(&this_cpu_ptr(cpus)->holdtime);
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
	nfl_holdtime_begin(&this_cpu_ptr(cpus)->holdtime);
	return this_cpu_ptr(cpus);
}

static __always_inline void nfl_cpu_exit_packet(struct nfl_cpu __percpu *cpus, bool on)
{
	nfl_holdtime_end(&this_cpu_ptr(cpus)->holdtime);
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

/* Flows in the tables of a CPU; if it is not owned, of about now. */
static inline u32 nfl_cpu_live(const struct nfl_cpu *cpu)
{
	u32 live = 0;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		live += READ_ONCE(cpu->tables[family].live);
	return live;
}

/* Are there packets in a CPU's rings, or held? Likewise. */
static inline bool nfl_cpu_has_packets(const struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (READ_ONCE(cpu->ring_count[family]))
			return true;
	}
	return READ_ONCE(cpu->held_count);
}

/* Do flows wait at a CPU that have left its tables? Likewise. */
static inline bool nfl_cpu_has_batch(const struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (READ_ONCE(cpu->batch[family]))
			return true;
	}
	return false;
}

/*
 * Does a CPU have flows, or packets that will be? Likewise. What has left it by now is in
 * the queue: rings are looked at before tables, and tables before batches.
 */
static inline bool nfl_cpu_has_parts(const struct nfl_cpu *cpu)
{
	if (nfl_cpu_has_packets(cpu) || nfl_cpu_live(cpu))
		return true;
	smp_rmb();	/* pairs with nfl_handover_put() */
	return nfl_cpu_has_batch(cpu);
}

/* Has a CPU tables, with flows or without? Likewise. */
static inline bool nfl_cpu_has_tables(const struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (READ_ONCE(cpu->tables[family].buckets))
			return true;
	}
	return false;
}

void nfl_cpu_arm_ring(struct nfl_cpu *cpu);
void nfl_cpu_arm_expire(struct nfl_cpu *cpu);

#endif /* NFL_METER_CPU_H */
