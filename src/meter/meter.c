// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metering process: the way of a packet into its flow.
 *
 * Looking a flow up costs two memory accesses that miss every cache once there
 * are many flows, and each takes longer than all the rest together. So a packet
 * is not looked up when it comes. It is parsed into the next slot of a small
 * ring, its bucket is prefetched, and the packet goes on. A packet that finds
 * the ring full has all that are in it worked off together: their buckets are in
 * the cache by now, and all their entries are prefetched before the first is
 * touched. A timer works off a ring that does not fill (tick.c), and whoever
 * reads or walks a table does so first.
 *
 * Context: packets come in softirq or, through nft_compat in OUTPUT, in process
 * context. Everything runs on the CPU that owns the table, see nfl_cpu_enter().
 */
#include <linux/prefetch.h>
#include <linux/skbuff.h>

#include "flow/packet.h"
#include "instance.h"
#include "meter/aggregation.h"
#include "meter/batch.h"
#include "meter/enrich.h"
#include "meter/expire.h"
#include "meter/meter.h"
#include "meter/sampling.h"
#include "meter/timer.h"

/*
 * maxflows is shared out to the CPUs in grants, so that a new flow costs no
 * atomic operation. A grant is small enough that what idle CPUs hold does not
 * matter, and large enough that grants are rare.
 */
#define GRANT_MAX	1024

/* Flows that are given up at a time when maxflows was made less. */
#define SHED_FLOWS	128

static u32 grant_size(const struct netflow *nf)
{
	const u32 fair = nfl_config_maxflows(&nf->config) / (16 * num_possible_cpus());

	return clamp_t(u32, fair, 1, GRANT_MAX);
}

static u32 flows_live(const struct nfl_cpu *cpu)
{
	u32 live = 0;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		live += cpu->tables[family].live;
	return live;
}

/*
 * May this CPU have one more flow? Who is refused asks again in the next jiffy: in a
 * flood that would be two atomic operations for each packet, on a line that all share.
 */
static bool grant_ask(struct nfl_cpu *cpu)
{
	struct netflow *nf = cpu->nf;
	const u32 grant = grant_size(nf);
	const u32 now = jiffies;

	if (cpu->refused_jiffies == now)
		return false;
	if (atomic_long_sub_return(grant, &nf->flows_free) >= 0) {
		cpu->flows_granted += grant;
		return true;
	}
	atomic_long_add(grant, &nf->flows_free);
	cpu->refused_jiffies = now;
	return false;
}

/**
 * nfl_meter_release_grant() - give back what a CPU may have and does not need
 * @cpu: the CPU, owned
 *
 * See nfl_meter_shed() for what it does need.
 */
void nfl_meter_release_grant(struct nfl_cpu *cpu)
{
	const u32 live = flows_live(cpu);
	const u32 keep = live ? live + grant_size(cpu->nf) : NFL_FLOWS_LEAST;

	if (cpu->flows_granted > keep) {
		atomic_long_add(cpu->flows_granted - keep, &cpu->nf->flows_free);
		cpu->flows_granted = keep;
	}
}

static void count_dropped(struct nfl_cpu *cpu, const struct nfl_flow *flow)
{
	nfl_count(cpu, NFL_DROPPED_FLOWS, 1);
	nfl_count(cpu, NFL_DROPPED_PACKETS, flow->packets);
	nfl_count(cpu, NFL_DROPPED_OCTETS, flow->octets);
}

/*
 * Take a flow out to make room for another. Where the exporter has no room for
 * it either, its packets are lost, and counted as such.
 */
static bool evict(struct nfl_cpu *cpu, struct nfl_table *table)
{
	struct nfl_flow *flow;
	u32 ref;

	if (!table->live)
		return false;
	ref = nfl_table_victim(table, cpu->stamp);
	if (!ref)
		return false;
	flow = nfl_table_at(table, ref);
	if (!nfl_batch_put(cpu, table->family, flow, NFL_END_RESOURCES))
		count_dropped(cpu, flow);
	nfl_count(cpu, NFL_EVICTED_FLOWS, 1);
	nfl_table_remove(table, flow, ref);
	return true;
}

/* The table with most flows: a flow of it is the least loss. */
static struct nfl_table *largest_table(struct nfl_cpu *cpu)
{
	int family, largest = NFL_IPV4;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->tables[family].live > cpu->tables[largest].live)
			largest = family;
	}
	return &cpu->tables[largest];
}

/* Make an entry, whatever must go for it; NULL if there is nothing that could. */
static struct nfl_flow *flow_create(struct nfl_cpu *cpu, enum nfl_family family, u32 hash,
				    const void *key)
{
	struct nfl_table *table = &cpu->tables[family];
	struct nfl_flow *flow;

	if (flows_live(cpu) >= cpu->flows_granted && !grant_ask(cpu) &&
	    !evict(cpu, largest_table(cpu)))
		return NULL;
	flow = nfl_table_insert(table, hash, key);
	if (unlikely(!flow) && evict(cpu, table))
		flow = nfl_table_insert(table, hash, key);
	return flow;
}

/**
 * nfl_meter_shed() - give up flows, now that maxflows is less than there are
 * @cpu: the CPU, owned
 *
 * Return: true if there is more to give up; a bounded number was.
 */
bool nfl_meter_shed(struct nfl_cpu *cpu)
{
	struct netflow *nf = cpu->nf;
	int i;

	for (i = 0; i < SHED_FLOWS && atomic_long_read(&nf->flows_free) < 0; i++) {
		if (cpu->flows_granted <= NFL_FLOWS_LEAST)
			return false;
		if (flows_live(cpu) >= cpu->flows_granted &&
		    (!nfl_export_room(&nf->export) || !evict(cpu, largest_table(cpu))))
			return false;
		cpu->flows_granted--;
		atomic_long_inc(&nf->flows_free);
	}
	return i == SHED_FLOWS;
}

static __always_inline void flow_add(struct nfl_flow *flow, const struct nfl_packet *packet,
				     enum nfl_family family)
{
	flow->packets += packet->packets;
	flow->octets += packet->octets;
	/* a part that another CPU had may be younger than our clock's last look */
	if ((s32)(packet->time - flow->last) > 0)
		flow->last = packet->time;
	flow->tcp_flags |= packet->tcp_flags;
	if (nfl_family_is_wide(family)) {
		const struct nfl_wide *wide = nfl_key_wide(nfl_packet_key(packet), family);

		nfl_details_add(&nfl_flow_wide(flow, family)->details, &wide->details);
		if (packet->nat == NFL_NAT_KNOWN)
			nfl_flow_set_nat(flow, wide + 1, family);
	}
}

static void flow_init(struct nfl_flow *flow, const struct nfl_packet *packet,
		      enum nfl_family family)
{
	flow->packets = 0;
	flow->octets = 0;
	flow->first = packet->time;
	flow->last = packet->time;
	flow->oif = packet->oif;
	flow->tcp_flags = 0;
	flow->end_reason = NFL_END_NONE;
	flow->nat = NFL_NAT_NONE;
	if (nfl_family_is_wide(family))
		nfl_flow_wide(flow, family)->details = (struct nfl_details) { };
	if (nfl_family_is_ipv4(family)) {
		((struct nfl_flow4 *)flow)->nexthop = ((struct nfl_packet4 *)packet)->nexthop;
	} else {
		((struct nfl_flow6 *)flow)->nexthop = ((struct nfl_packet6 *)packet)->nexthop;
		((struct nfl_flow6 *)flow)->flowlabel = ((struct nfl_packet6 *)packet)->flowlabel;
	}
}

/* The candidate was not it: another entry with this tag, or a new flow. */
static noinline struct nfl_flow *flow_find_or_create(struct nfl_cpu *cpu,
						     enum nfl_family family,
						     const struct nfl_packet *packet, u32 *new)
{
	const void *key = nfl_packet_key(packet);
	struct nfl_flow *flow;

	flow = nfl_table_find(&cpu->tables[family], packet->hash, key);
	if (flow)
		return flow;
	flow = flow_create(cpu, family, packet->hash, key);
	if (!flow)
		return NULL;
	flow_init(flow, packet, family);
	++*new;
	return flow;
}

static __always_inline struct nfl_packet *ring_slot(struct nfl_cpu *cpu, unsigned int i,
						    enum nfl_family family)
{
	switch (family) {
	case NFL_IPV4:
		return &cpu->ring4[i].packet;
	case NFL_IPV6:
		return &cpu->ring6[i].packet;
	case NFL_IPV4_WIDE:
		return &cpu->ring4_wide[i].packet;
	default:
		return &cpu->ring6_wide[i].packet;
	}
}

static __always_inline unsigned int ring_size(enum nfl_family family)
{
	return nfl_family_is_ipv4(family) ? NFL_RING4 : NFL_RING6;
}

static __always_inline void work_off(struct nfl_cpu *cpu, enum nfl_family family)
{
	struct nfl_table *table = &cpu->tables[family];
	const unsigned int count = cpu->ring_count[family];
	struct nfl_flow *flows[NFL_RING4];
	u64 packets = 0, octets = 0, lost_packets = 0, lost_octets = 0;
	u32 lost = 0, new = 0;
	unsigned int i;

	WRITE_ONCE(cpu->ring_count[family], 0);
	if (unlikely(!table->buckets) && nfl_table_start(table)) {
		for (i = 0; i < count; i++) {
			packets += ring_slot(cpu, i, family)->packets;
			octets += ring_slot(cpu, i, family)->octets;
		}
		lost_packets = packets;
		lost_octets = octets;
		lost = count;
		goto out;
	}

	for (i = 0; i < count; i++) {
		const u32 hash = ring_slot(cpu, i, family)->hash;
		const u32 ref = nfl_bucket_candidate(nfl_table_bucket(table, hash), nfl_tag(hash));

		/* reference 0 is an entry's place too, if an unused one */
		flows[i] = ref ? nfl_table_entry(table, ref, family) : NULL;
		prefetchw(flows[i]);
		if (family != NFL_IPV4)
			prefetchw((void *)flows[i] + 64);
	}

	for (i = 0; i < count; i++) {
		const struct nfl_packet *packet = ring_slot(cpu, i, family);
		struct nfl_flow *flow = flows[i];

		packets += packet->packets;
		octets += packet->octets;
		if (unlikely(!flow) ||
		    unlikely(!nfl_key_equal(nfl_flow_key(flow), nfl_packet_key(packet), family))) {
			flow = flow_find_or_create(cpu, family, packet, &new);
			if (unlikely(!flow)) {
				lost_packets += packet->packets;
				lost_octets += packet->octets;
				lost++;
				continue;
			}
		}
		flow_add(flow, packet, family);
	}
out:
	u64_stats_update_begin(&cpu->stats.sync);
	nfl_stats_add(&cpu->stats.counter[NFL_SEEN_PACKETS], packets);
	nfl_stats_add(&cpu->stats.counter[NFL_SEEN_OCTETS], octets);
	nfl_stats_add(&cpu->stats.counter[NFL_NEW_FLOWS], new);
	nfl_stats_add(&cpu->stats.counter[NFL_FOUND], count - lost - new);
	if (unlikely(lost)) {
		nfl_stats_add(&cpu->stats.counter[NFL_NO_MEMORY], lost_packets);
		nfl_stats_add(&cpu->stats.counter[NFL_LOST_PACKETS], lost_packets);
		nfl_stats_add(&cpu->stats.counter[NFL_LOST_OCTETS], lost_octets);
	}
	u64_stats_update_end(&cpu->stats.sync);
}

/* Out of line: most packets do without its registers and its stack. */
static noinline void ring4_work_off(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV4);
}

static noinline void ring6_work_off(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV6);
}

static noinline void ring4_work_off_wide(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV4_WIDE);
}

static noinline void ring6_work_off_wide(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV6_WIDE);
}

static __always_inline void ring_work_off(struct nfl_cpu *cpu, enum nfl_family family)
{
	switch (family) {
	case NFL_IPV4:
		ring4_work_off(cpu);
		break;
	case NFL_IPV6:
		ring6_work_off(cpu);
		break;
	case NFL_IPV4_WIDE:
		ring4_work_off_wide(cpu);
		break;
	default:
		ring6_work_off_wide(cpu);
		break;
	}
}

/**
 * nfl_meter_work_off() - bring the packets of the rings into the table
 * @cpu: the CPU, owned
 */
void nfl_meter_work_off(struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->ring_count[family])
			ring_work_off(cpu, family);
	}
}

/*
 * Reading the clock costs as much as all the rest of a packet, so it is read
 * for the first packet of a ring and then as often as jiffies advances.
 */
static __always_inline u32 packet_time(struct nfl_cpu *cpu, u32 ring_count)
{
	const unsigned long now = jiffies;

	if (unlikely(!ring_count || cpu->stamp_jiffies != now)) {
		cpu->stamp = nfl_clock();
		cpu->stamp_jiffies = now;
	}
	return cpu->stamp;
}

/*
 * A packet that cannot be metered still was one that a rule saw. Its octets
 * are those behind its network header, as nothing better is known.
 */
static noinline void packet_lost(struct nfl_cpu *cpu, const struct sk_buff *skb,
				 enum nfl_packet_error error)
{
	const u32 octets = skb->len - skb_network_offset(skb);

	nfl_count(cpu, NFL_SEEN_PACKETS, 1);
	nfl_count(cpu, NFL_SEEN_OCTETS, octets);
	nfl_count(cpu, NFL_LOST_PACKETS, 1);
	nfl_count(cpu, NFL_LOST_OCTETS, octets);
	nfl_count(cpu, error == NFL_PACKET_TRUNCATED ? NFL_TRUNCATED : NFL_MALFORMED, 1);
}

/* @wanted: beyond a narrow family's fields, as nfl_wide_wanted() says. */
static __always_inline void meter(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif,
				  u32 oif, enum nfl_family family, u16 wanted)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nf->cpus);
	enum nfl_packet_error error;
	const struct nfl_table *table;
	struct nfl_packet *packet;
	struct nfl_cpu *cpu;
	bool bottom_halves;
	u32 count;

	if (unlikely(!cpus || READ_ONCE(nf->closed)))
		return;
	cpu = nfl_cpu_enter_packet(cpus, &bottom_halves);
	if (nfl_sampler_wanted() && !nfl_sampler_passes(cpu, skb))
		goto out;
	count = cpu->ring_count[family];
	if (unlikely(count == ring_size(family))) {
		ring_work_off(cpu, family);
		count = 0;
	}
	packet = ring_slot(cpu, count, family);

	if (nfl_family_is_ipv4(family)) {
		struct nfl_packet4 *packet4 = container_of(packet, struct nfl_packet4, packet);

		error = nfl_packet_parse4(skb, hook, packet4);
		packet4->key.iif = iif;
	} else {
		struct nfl_packet6 *packet6 = container_of(packet, struct nfl_packet6, packet);

		error = nfl_packet_parse6(skb, hook, packet6);
		packet6->key.iif = iif;
	}
	if (unlikely(error)) {
		packet_lost(cpu, skb, error);
		goto out;
	}
	if (unlikely(packet->later_fragment))
		nfl_count(cpu, NFL_LATER_FRAGMENTS, 1);
	packet->oif = oif;
	packet->time = packet_time(cpu, count);
	/* what NAT makes of a packet is not what it makes of all that share its key */
	if (nfl_aggregation_wanted() && nfl_aggregation_rewrite(nf, packet, family))
		wanted &= ~NFL_WIDE_TRANSLATION;
	if (nfl_family_is_wide(family))
		nfl_wide_find(nf, skb, packet, family, wanted);
	packet->hash = nfl_hash(&nf->hash_key, nfl_packet_key(packet), family);
	if (nfl_sampler_wanted() && !nfl_sampler_keeps(cpu, skb, packet))
		goto out;
	table = &cpu->tables[family];
	if (likely(table->buckets))
		prefetch(nfl_table_bucket(table, packet->hash));

	WRITE_ONCE(cpu->ring_count[family], count + 1);
	if (unlikely(cpu->tick != NFL_TICK_RING))
		nfl_tick_ring(cpu);
out:
	nfl_cpu_exit_packet(cpus, bottom_halves);
}

/* Out of line: nobody who does not ask for extra fields runs through it. */
static noinline void meter_ipv4_wide(struct netflow *nf, const struct sk_buff *skb, u8 hook,
				     u32 iif, u32 oif, u16 wanted)
{
	meter(nf, skb, hook, iif, oif, NFL_IPV4_WIDE, wanted);
}

static noinline void meter_ipv6_wide(struct netflow *nf, const struct sk_buff *skb, u8 hook,
				     u32 iif, u32 oif, u16 wanted)
{
	meter(nf, skb, hook, iif, oif, NFL_IPV6_WIDE, wanted);
}

/**
 * nfl_meter_ipv4() - meter an IPv4 packet
 * @nf: the namespace that the rule is in
 * @skb: the packet
 * @hook: the netfilter hook, NF_INET_*
 * @iif: index of the interface it came in by, 0 if none
 * @oif: index of the interface it leaves by, 0 if none or not known yet
 *
 * Context: softirq or process, in an RCU read section as all netfilter hooks.
 */
void nfl_meter_ipv4(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif)
{
	const u16 wanted = nfl_wide_wanted(nf);

	if (wanted)
		meter_ipv4_wide(nf, skb, hook, iif, oif, wanted);
	else
		meter(nf, skb, hook, iif, oif, NFL_IPV4, 0);
}

/**
 * nfl_meter_ipv6() - meter an IPv6 packet
 * @nf: as for nfl_meter_ipv4(), and so are the rest
 * @skb: the packet
 * @hook: the netfilter hook
 * @iif: interface index
 * @oif: interface index
 *
 * Context: as nfl_meter_ipv4().
 */
void nfl_meter_ipv6(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif)
{
	const u16 wanted = nfl_wide_wanted(nf);

	if (wanted)
		meter_ipv6_wide(nf, skb, hook, iif, oif, wanted);
	else
		meter(nf, skb, hook, iif, oif, NFL_IPV6, 0);
}

/**
 * nfl_meter_move() - move a flow to another CPU
 * @to: the CPU that it goes to, owned
 * @from: the CPU whose table it is in; taking it out is the caller's
 * @family: the flow's family
 * @flow: the flow
 *
 * Where there is no room for it, it ends, and if there is no room for that
 * either it is lost, and counted.
 */
void nfl_meter_move(struct nfl_cpu *to, struct nfl_cpu *from, enum nfl_family family,
		    const struct nfl_flow *flow)
{
	/* what it is allowed goes with it, or it would have another one evicted */
	if (from->flows_granted > NFL_FLOWS_LEAST) {
		from->flows_granted--;
		to->flows_granted++;
	}
	if (nfl_meter_adopt(to, family, flow)) {
		nfl_count(from, NFL_EXPIRED_FLOWS, 1);
		nfl_count(from, NFL_EXPIRED_PACKETS, flow->packets);
		nfl_count(from, NFL_EXPIRED_OCTETS, flow->octets);
	} else if (!nfl_batch_put(from, family, flow, NFL_END_RESOURCES)) {
		count_dropped(from, flow);
	}
}

/**
 * nfl_meter_adopt() - add a part of a flow that another CPU had
 * @cpu: the CPU, owned
 * @family: the part's family
 * @part: the part
 *
 * Return: false if there is no memory for it.
 */
bool nfl_meter_adopt(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *part)
{
	struct nfl_table *table = &cpu->tables[family];
	struct nfl_flow *flow;

	if (!table->buckets && nfl_table_start(table))
		return false;
	flow = nfl_table_find(table, part->hash, nfl_flow_key(part));
	if (flow) {
		nfl_flow_merge(flow, part, family);
	} else {
		u32 next;

		flow = flow_create(cpu, family, part->hash, nfl_flow_key(part));
		if (!flow)
			return false;
		next = flow->next;
		memcpy(flow, part, nfl_flow_size(family));
		flow->next = next;
		flow->end_reason = NFL_END_NONE;
		nfl_tick_expire(cpu);
	}
	nfl_expire_sooner(cpu, table, flow);
	u64_stats_update_begin(&cpu->stats.sync);
	nfl_stats_add(&cpu->stats.counter[NFL_RETURNED_FLOWS], 1);
	nfl_stats_add(&cpu->stats.counter[NFL_RETURNED_PACKETS], part->packets);
	nfl_stats_add(&cpu->stats.counter[NFL_RETURNED_OCTETS], part->octets);
	u64_stats_update_end(&cpu->stats.sync);
	return true;
}
