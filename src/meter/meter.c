// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metering process: the path of a packet up to the ring of its CPU. For the rest of
 * the path see ring.h.
 *
 * Context: softirq or, through nft_compat in OUTPUT, process context. Everything runs on the
 * CPU that owns the table, see nfl_cpu_enter().
 */
#include <linux/prefetch.h>
#include <linux/skbuff.h>

#include "base/clock.h"
#include "flow/hash.h"
#include "flow/packet.h"
#include "meter/aggregation.h"
#include "meter/cpu.h"
#include "meter/enrich.h"
#include "meter/held.h"
#include "meter/meter.h"
#include "meter/ring.h"
#include "meter/sampling.h"

/*
 * To read the clock takes as long as the rest of the packet path, so it is read for the
 * first packet of a ring, and then whenever jiffies has changed.
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
 * A packet that cannot be metered is counted as seen. Its octets are counted from the
 * start of its network header, since its IP length cannot be relied on.
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

static __always_inline enum nfl_packet_error
packet_parse(const struct sk_buff *skb, u8 hook, u32 iif, struct nfl_packet *packet,
	     enum nfl_family family)
{
	enum nfl_packet_error error;

	if (nfl_family_is_ipv4(family)) {
		struct nfl_packet4 *packet4 = container_of(packet, struct nfl_packet4, packet);

		error = nfl_packet_parse4(skb, hook, packet4);
		packet4->key.iif = iif;
	} else {
		struct nfl_packet6 *packet6 = container_of(packet, struct nfl_packet6, packet);

		error = nfl_packet_parse6(skb, hook, packet6);
		packet6->key.iif = iif;
	}
	return error;
}

/* What the headers do not say. @wanted: the extra fields, from nfl_enrich_wanted(). */
static __always_inline void packet_complete(struct nfl_meter *meter, const struct sk_buff *skb,
					    struct nfl_packet *packet, enum nfl_family family,
					    u16 wanted)
{
	/* packets with the same rewritten key may have different translations */
	if (nfl_aggregation_wanted() && nfl_aggregation_rewrite(meter, packet, family))
		wanted &= ~NFL_WANTED_TRANSLATION;
	if (nfl_family_is_wide(family))
		nfl_enrich(meter, skb, packet, family, wanted);
	packet->hash = nfl_hash(&meter->hash_key, nfl_packet_key(packet), family);
}

static __always_inline void packet_meter(struct nfl_meter *meter, const struct sk_buff *skb,
					 u8 hook, u32 iif, u32 oif, enum nfl_family family,
					 u16 wanted)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	enum nfl_packet_error error;
	const struct nfl_table *table;
	struct nfl_packet *packet;
	struct nfl_cpu *cpu;
	bool bottom_halves;
	u32 count;

	if (unlikely(!cpus || READ_ONCE(meter->closed)))
		return;
	cpu = nfl_cpu_enter_packet(cpus, &bottom_halves);
	if (nfl_sampling_wanted() && !nfl_sampling_passes(cpu, skb))
		goto out;
	count = cpu->ring_count[family];
	if (unlikely(count == nfl_ring_size(family))) {
		nfl_ring_work_off(cpu, family);
		count = 0;
	}
	packet = nfl_ring_slot(cpu, count, family);
	error = packet_parse(skb, hook, iif, packet, family);
	if (unlikely(error)) {
		packet_lost(cpu, skb, error);
		goto out;
	}
	if (unlikely(packet->later_fragment))
		nfl_count(cpu, NFL_LATER_FRAGMENTS, 1);
	packet->oif = oif;
	packet->time = packet_time(cpu, count);
	packet_complete(meter, skb, packet, family, wanted);
	if (nfl_sampling_wanted() && !nfl_sampling_keeps(cpu, packet, skb_is_gso(skb)))
		goto out;
	table = &cpu->tables[family];
	if (likely(table->buckets))
		prefetch(nfl_table_bucket(table, packet->hash));

	WRITE_ONCE(cpu->ring_count[family], count + 1);
	if (unlikely(cpu->armed != NFL_TIMER_RING))
		nfl_cpu_arm_ring(cpu);
out:
	nfl_cpu_exit_packet(cpus, bottom_halves);
}

/* Out of line: packets without extra fields do not use it. */
static noinline void meter_ipv4_wide(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook,
				     u32 iif, u32 oif, u16 wanted)
{
	packet_meter(meter, skb, hook, iif, oif, NFL_IPV4_WIDE, wanted);
}

static noinline void meter_ipv6_wide(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook,
				     u32 iif, u32 oif, u16 wanted)
{
	packet_meter(meter, skb, hook, iif, oif, NFL_IPV6_WIDE, wanted);
}

/**
 * nfl_meter_ipv4() - meter an IPv4 packet
 * @meter: the metering process of the namespace
 * @skb: the packet
 * @hook: the netfilter hook, NF_INET_*
 * @iif: ifindex of the input interface, 0 if there is none
 * @oif: ifindex of the output interface, 0 if there is none or it is not known yet
 *
 * Context: softirq or process; in an RCU read-side critical section, as all netfilter hooks.
 */
void nfl_meter_ipv4(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif)
{
	const u16 wanted = nfl_enrich_wanted(meter);

	if (wanted)
		meter_ipv4_wide(meter, skb, hook, iif, oif, wanted);
	else
		packet_meter(meter, skb, hook, iif, oif, NFL_IPV4, 0);
}

/**
 * nfl_meter_ipv6() - meter an IPv6 packet
 * @meter: the metering process of the namespace
 * @skb: the packet
 * @hook: the netfilter hook, NF_INET_*
 * @iif: ifindex of the input interface, 0 if there is none
 * @oif: ifindex of the output interface, 0 if there is none or it is not known yet
 *
 * Context: as for nfl_meter_ipv4().
 */
void nfl_meter_ipv6(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif)
{
	const u16 wanted = nfl_enrich_wanted(meter);

	if (wanted)
		meter_ipv6_wide(meter, skb, hook, iif, oif, wanted);
	else
		packet_meter(meter, skb, hook, iif, oif, NFL_IPV6, 0);
}

/**
 * nfl_meter_hold() - count a packet unless it is forgotten
 * @meter: the metering process of the namespace
 * @skb: the packet, its network header set, or what describes it
 * @hook: the netfilter hook, NF_INET_*
 * @iif: ifindex of the input interface
 * @more: it is another packet of the same frame as the last one; otherwise that one is counted,
 *	if nfl_meter_forget() was not called meanwhile
 *
 * Context: softirq; in an RCU read-side critical section.
 * Return: false if the packet cannot be metered.
 */
bool nfl_meter_hold(struct nfl_meter *meter, const struct sk_buff *skb, u8 hook, u32 iif,
		    bool more)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	const bool ipv4 = skb->protocol == htons(ETH_P_IP);
	const u16 wanted = nfl_enrich_wanted(meter);
	struct nfl_held *held;
	struct nfl_cpu *cpu;
	bool bottom_halves;

	if (!cpus || READ_ONCE(meter->closed))
		return false;
	cpu = nfl_cpu_enter_packet(cpus, &bottom_halves);
	if (!more)
		nfl_held_count(cpu);
	held = &cpu->held[cpu->held_count];
	if (wanted)
		held->family = ipv4 ? NFL_IPV4_WIDE : NFL_IPV6_WIDE;
	else
		held->family = ipv4 ? NFL_IPV4 : NFL_IPV6;
	held->gso = skb_is_gso(skb);
	if (packet_parse(skb, hook, iif, &held->packet, held->family)) {
		nfl_cpu_exit_packet(cpus, bottom_halves);
		return false;
	}
	held->packet.oif = 0;
	held->packet.time = packet_time(cpu, 1);
	packet_complete(meter, skb, &held->packet, held->family, wanted);
	WRITE_ONCE(cpu->held_count, cpu->held_count + 1);
	if (cpu->armed != NFL_TIMER_RING)
		nfl_cpu_arm_ring(cpu);
	nfl_cpu_exit_packet(cpus, bottom_halves);
	return true;
}

/**
 * nfl_meter_forget() - do not count the packets that this CPU holds
 * @meter: the metering process of the namespace
 *
 * Context: as for nfl_meter_hold().
 */
void nfl_meter_forget(struct nfl_meter *meter)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	struct nfl_cpu *cpu;
	bool bottom_halves;

	if (!cpus)
		return;
	cpu = nfl_cpu_enter_packet(cpus, &bottom_halves);
	WRITE_ONCE(cpu->held_count, 0);
	nfl_cpu_exit_packet(cpus, bottom_halves);
}
