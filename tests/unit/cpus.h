/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of a flow from the meter to the exporter, on several CPUs in user space:
 * what the tests of it have in common. All of the module's files for it are used
 * as they are; what they call of others is stood in for here.
 *
 * Context: what is a CPU's is touched with shim_cpu set to it.
 */
#ifndef TESTS_UNIT_CPUS_H
#define TESTS_UNIT_CPUS_H

#include <linux/netfilter.h>

#include "../../src/meter/table.c"
#include "../../src/meter/batch.c"
#include "../../src/meter/expire.c"
#include "../../src/meter/meter.c"
#include "../../src/export/merge.c"

#include "tap.h"

/* A packet as its parser would find it: of a flow with this number. */
struct metered {
	enum nfl_family family;
	u32 number;
	u32 packets;
	u32 octets;
	u32 oif;
	u16 tcp_flags;
	u64 tcp_options;
};

static struct netflow flows;
static struct nfl_cpu percpu[SHIM_CPUS] __aligned(64);
static __thread const struct metered *parsing;	/* what the parser is to find */

bool nfl_wide_key;

/* Every packet is metered as it is: selecting and rewriting have tests of their own. */
bool nfl_sampler_key, nfl_aggregation_key;

bool nfl_sampler_passes(struct nfl_cpu *cpu, const struct sk_buff *skb)
{
	return true;
}

bool nfl_sampler_keeps(struct nfl_cpu *cpu, const struct sk_buff *skb, struct nfl_packet *packet)
{
	return true;
}

bool nfl_aggregation_rewrite(struct netflow *nf, struct nfl_packet *packet,
			     enum nfl_family family)
{
	return false;
}

/* Every fourth is TCP. */
static u8 protocol_of(u32 number)
{
	return number % 4 ? IPPROTO_UDP : IPPROTO_TCP;
}

static void parse(struct nfl_packet *packet)
{
	packet->packets = parsing->packets;
	packet->octets = parsing->octets;
	packet->tcp_flags = parsing->tcp_flags;
	packet->later_fragment = false;
	packet->nat = NFL_NAT_NONE;
}

enum nfl_packet_error nfl_packet_parse4(const struct sk_buff *skb, u8 hook,
					struct nfl_packet4 *packet)
{
	parse(&packet->packet);
	packet->key = (struct nfl_key4) {
		.saddr = htonl(0x0a000000), .daddr = htonl(parsing->number),
		.protocol = protocol_of(parsing->number), .hook = hook,
	};
	packet->nexthop = 0;
	return NFL_PACKET_OK;
}

enum nfl_packet_error nfl_packet_parse6(const struct sk_buff *skb, u8 hook,
					struct nfl_packet6 *packet)
{
	parse(&packet->packet);
	packet->key = (struct nfl_key6) {
		.protocol = protocol_of(parsing->number), .hook = hook,
	};
	packet->key.daddr.s6_addr32[3] = htonl(parsing->number);
	memset(&packet->nexthop, 0, sizeof(packet->nexthop));
	packet->flowlabel = 0;
	return NFL_PACKET_OK;
}

/* Wide flows differ in their keys' last octet, too. */
void nfl_wide_find(const struct netflow *nf, const struct sk_buff *skb, struct nfl_packet *packet,
		   enum nfl_family family, u16 wanted)
{
	struct nfl_wide *wide = nfl_key_wide(nfl_packet_key(packet), family);

	*wide = (struct nfl_wide) {
		.link.extras = wanted,
		.details.tcp_options = parsing->tcp_options,
	};
	wide->link.mpls[sizeof(wide->link.mpls) - 1] = parsing->number;
}

/* The number of a flow that came by these parsers. */
static u32 number_of(enum nfl_family family, const struct nfl_flow *flow)
{
	const struct nfl_key4 *key4 = nfl_flow_key(flow);
	const struct nfl_key6 *key6 = nfl_flow_key(flow);

	return ntohl(nfl_family_is_ipv4(family) ? key4->daddr : key6->daddr.s6_addr32[3]);
}

/* A packet on this CPU. */
static void meter_packet(const struct metered *metered)
{
	static const struct sk_buff skb;

	parsing = metered;
	if (nfl_family_is_ipv4(metered->family))
		nfl_meter_ipv4(&flows, &skb, NF_INET_FORWARD, 1, metered->oif);
	else
		nfl_meter_ipv6(&flows, &skb, NF_INET_FORWARD, 1, metered->oif);
}

/* Its timer. Returns true if there is more to do. */
static bool cpu_tick(struct nfl_cpu *cpu)
{
	bool more;

	nfl_meter_work_off(cpu);
	more = nfl_expire_walk(cpu);
	if (nfl_meter_shed(cpu))
		more = true;
	nfl_meter_release_grant(cpu);
	nfl_batch_publish(cpu);
	return more;
}

/* Memory that softirq could not get is brought. */
static void cpu_feed(struct nfl_cpu *cpu)
{
	struct nfl_supply supply;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (!nfl_table_starved(&cpu->tables[family]))
			continue;
		nfl_supply_get(&supply, &cpu->tables[family]);
		nfl_table_feed(&cpu->tables[family], &supply);
		nfl_supply_free(&supply);
	}
}

/* The work item and the timer are for the test to run. */
void nfl_tick_ring(struct nfl_cpu *cpu)
{
	cpu->tick = NFL_TICK_RING;
}

void nfl_tick_expire(struct nfl_cpu *cpu)
{
}

bool nfl_cpu_has_flows(const struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (READ_ONCE(cpu->ring_count[family]) || READ_ONCE(cpu->tables[family].live))
			return true;
	}
	return false;
}

/* Other time-outs, which the tables learn of when they are walked. */
static void set_timeouts(u32 active, u32 inactive)
{
	WRITE_ONCE(flows.config.active_timeout, active);
	WRITE_ONCE(flows.config.inactive_timeout, inactive);
	WRITE_ONCE(flows.config.generation, flows.config.generation + 1);
}

static void set_maxflows(u32 most)
{
	const u32 old = flows.config.maxflows;

	WRITE_ONCE(flows.config.maxflows, most);
	atomic_long_add((long)most - (long)old, &flows.flows_free);
}

static void flows_start(u32 maxflows)
{
	int number, family;

	memset(&flows, 0, sizeof(flows));
	memset(percpu, 0, sizeof(percpu));
	nfl_hash_seed(&flows.hash_key);
	flows.config.maxflows = maxflows;
	atomic_long_set(&flows.flows_free, (long)maxflows - NFL_FLOWS_LEAST * SHIM_CPUS);
	set_timeouts(1800, 15);
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = &percpu[number];

		cpu->nf = &flows;
		cpu->number = number;
		cpu->flows_granted = NFL_FLOWS_LEAST;
		for (family = 0; family < NFL_FAMILIES; family++) {
			cpu->tables[family].family = family;
			cpu->tables[family].buckets_min = 4;
		}
	}
	flows.cpus = percpu;
}

static void flows_stop(void)
{
	int number, family;

	for_each_possible_cpu(number) {
		for (family = 0; family < NFL_FAMILIES; family++)
			nfl_table_destroy(&percpu[number].tables[family]);
	}
}

/* Make a round of what waits in @carried and has come since; false if that is nothing. */
static bool round_take(struct nfl_round *round, struct llist_node **carried)
{
	struct llist_node **tail = carried;

	while (*tail)
		tail = &(*tail)->next;
	*tail = llist_reverse_order(llist_del_all(&flows.export.incoming));
	round->count = 0;
	round->late = NULL;
	while (*carried && round->count < NFL_ROUND_BATCHES) {
		round->batch[round->count++] = llist_entry(*carried, struct nfl_batch, node);
		*carried = (*carried)->next;
	}
	return round->count;
}

#endif /* TESTS_UNIT_CPUS_H */
