// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rings: parsed packets are added to their flows.
 */
#include <linux/prefetch.h>

#include "meter/cache.h"
#include "meter/cpu.h"
#include "meter/held.h"
#include "meter/ring.h"

static __always_inline void flow_add(struct nfl_flow *flow, const struct nfl_packet *packet,
				     enum nfl_family family)
{
	flow->packets += packet->packets;
	flow->octets += packet->octets;
	/* a part of the flow from another CPU may have a later time than our last stamp */
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

/* The candidate was not the flow: a tag collision, or a new flow. */
static noinline struct nfl_flow *flow_find_or_create(struct nfl_cpu *cpu,
						     enum nfl_family family,
						     const struct nfl_packet *packet, u32 *new)
{
	const void *key = nfl_packet_key(packet);
	struct nfl_flow *flow;

	flow = nfl_table_find(&cpu->tables[family], packet->hash, key);
	if (flow)
		return flow;
	flow = nfl_cache_create(cpu, family, packet->hash, key);
	if (!flow)
		return NULL;
	flow_init(flow, packet, family);
	++*new;
	return flow;
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
	if (unlikely(!table->buckets) && !nfl_cache_start(cpu, table)) {
		for (i = 0; i < count; i++) {
			packets += nfl_ring_slot(cpu, i, family)->packets;
			octets += nfl_ring_slot(cpu, i, family)->octets;
		}
		lost_packets = packets;
		lost_octets = octets;
		lost = count;
		goto out;
	}

	for (i = 0; i < count; i++) {
		const u32 hash = nfl_ring_slot(cpu, i, family)->hash;
		const u32 ref = nfl_bucket_candidate(nfl_table_bucket(table, hash), nfl_tag(hash));

		/* the entry with reference 0 exists, but is never used */
		flows[i] = ref ? nfl_table_entry(table, ref, family) : NULL;
		prefetchw(flows[i]);
		if (family != NFL_IPV4)
			prefetchw((void *)flows[i] + 64);
	}

	for (i = 0; i < count; i++) {
		const struct nfl_packet *packet = nfl_ring_slot(cpu, i, family);
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

/*
 * One function for each ring, out of line: it needs registers and stack that most packets do
 * not need.
 */
void nfl_ring4_work_off(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV4);
}

void nfl_ring6_work_off(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV6);
}

void nfl_ring4_wide_work_off(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV4_WIDE);
}

void nfl_ring6_wide_work_off(struct nfl_cpu *cpu)
{
	work_off(cpu, NFL_IPV6_WIDE);
}

/**
 * nfl_rings_work_off() - add the packets in the rings, and those that are held, to their flows
 * @cpu: the CPU, owned
 */
void nfl_rings_work_off(struct nfl_cpu *cpu)
{
	int family;

	if (cpu->held_count)
		nfl_held_count(cpu);
	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->ring_count[family])
			nfl_ring_work_off(cpu, family);
	}
}
