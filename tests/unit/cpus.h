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

#include "../../src/base/config.h"
#include "../../src/meter/memory.c"
#include "../../src/meter/table.c"
#include "../../src/meter/victim.c"
#include "../../src/meter/batch.c"
#include "../../src/meter/handover.c"
#include "../../src/meter/maxflows.c"
#include "../../src/meter/cache.c"
#include "../../src/meter/expire.c"
#include "../../src/meter/sampling.c"
#include "../../src/meter/held.c"
#include "../../src/meter/aggregation_rules.c"
#include "../../src/meter/aggregation.c"
#include "../../src/meter/ring.c"
#include "../../src/meter/meter.c"
#include "../../src/export/merge.c"

#include "tap.h"

/* A packet as its parser would find it: of a flow with this number. */
struct metered {
	enum nfl_family family;
	u32 number;
	u32 packets;
	u32 octets;
	u16 tcp_flags;
	u64 tcp_options;
};

static struct nfl_config config;
static struct nfl_batch_queue queue;
static struct nfl_meter flows;
static bool flushing;
static struct nfl_cpu percpu[SHIM_CPUS] __aligned(64);
static __thread const struct metered *parsing;	/* what the parser is to find */

bool nfl_enrich_key;

/* Every fourth is TCP. */
static u8 protocol_of(u32 number)
{
	return number % 4 ? IPPROTO_UDP : IPPROTO_TCP;
}

/* The output interface is a part of the key. */
static inline u32 oif_of(u32 number)
{
	return number % 4;
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
void nfl_enrich(const struct nfl_meter *meter, const struct sk_buff *skb,
		struct nfl_packet *packet, enum nfl_family family, u16 wanted)
{
	struct nfl_wide *wide = nfl_key_wide(nfl_packet_key(packet), family);

	*wide = (struct nfl_wide) {
		.link.extras = wanted,
		.details.tcp_options = parsing->tcp_options,
	};
	wide->link.mpls[sizeof(wide->link.mpls) - 1] = parsing->number;
}

/* The number of a flow that came by these parsers. */
static inline u32 number_of(enum nfl_family family, const struct nfl_flow *flow)
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
		nfl_meter_ipv4(&flows, &skb, NF_INET_FORWARD, 1, oif_of(metered->number));
	else
		nfl_meter_ipv6(&flows, &skb, NF_INET_FORWARD, 1, oif_of(metered->number));
}

/* Its timer. Returns true if there is more to do. */
static inline bool cpu_tick(struct nfl_cpu *cpu)
{
	bool more;

	nfl_rings_work_off(cpu);
	more = nfl_expire_walk(cpu);
	if (nfl_cache_shed(cpu))
		more = true;
	nfl_maxflows_release(cpu);
	nfl_handover_age(cpu);
	return more;
}

/* Memory that softirq could not get is brought. */
static inline void table_feed(struct nfl_table *table)
{
	struct nfl_supply supply;

	if (!nfl_table_starved(table))
		return;
	nfl_supply_get(&supply, &table->memory);
	nfl_table_feed(table, &supply);
	nfl_supply_free(&supply);
}

static inline void cpu_feed(struct nfl_cpu *cpu)
{
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		table_feed(&cpu->tables[family]);
	table_feed(&cpu->spare);
	nfl_cache_put_aside(cpu);
}

#ifndef CPUS_TIMER
/* The work item and the timer are for the test to run. */
void nfl_cpu_arm_ring(struct nfl_cpu *cpu)
{
	cpu->armed = NFL_TIMER_RING;
}

void nfl_cpu_arm_expire(struct nfl_cpu *cpu)
{
}
#endif

/* Other time-outs, which the tables learn of when they are walked. */
static void set_timeouts(u32 active, u32 inactive)
{
	WRITE_ONCE(config.active_timeout, active);
	WRITE_ONCE(config.inactive_timeout, inactive);
	nfl_expire_timeouts_changed(&flows);
}

static inline void set_maxflows(u32 most)
{
	const u32 old = config.maxflows;

	WRITE_ONCE(config.maxflows, most);
	nfl_maxflows_change(&flows, old, most);
}

/* The test's: a batch was handed over. */
static void batch_arrived(struct nfl_batch_queue *queue);

static void flows_start(u32 maxflows)
{
	int number, family;

	memset(&flows, 0, sizeof(flows));
	memset(percpu, 0, sizeof(percpu));
	nfl_batch_queue_init(&queue, batch_arrived);
	flows.config = &config;
	flows.queue = &queue;
	flushing = false;
	nfl_hash_seed(&flows.hash_key);
	config.maxflows = maxflows;
	nfl_maxflows_init(&flows);
	set_timeouts(1800, 15);
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = &percpu[number];

		cpu->meter = &flows;
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
			nfl_table_release(&percpu[number].tables[family]);
		nfl_table_release(&percpu[number].spare);
	}
}

/* Make a round of what waits in @carried and has come since; false if that is nothing. */
static inline bool round_take(struct nfl_round *round, struct llist_node **carried)
{
	struct llist_node **tail = carried;

	while (*tail)
		tail = &(*tail)->next;
	*tail = nfl_batch_queue_take(&queue);
	round->count = 0;
	round->late = NULL;
	while (*carried && round->count < NFL_ROUND_BATCHES) {
		round->batch[round->count++] = llist_entry(*carried, struct nfl_batch, node);
		*carried = (*carried)->next;
	}
	return round->count;
}

#endif /* TESTS_UNIT_CPUS_H */
