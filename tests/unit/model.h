/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What should be in the tables of several CPUs: a model that is too simple to be
 * wrong, and how it is compared with what is there. See model.c.
 */
#ifndef TESTS_UNIT_MODEL_H
#define TESTS_UNIT_MODEL_H

#include "cpus.h"

#define KEYS		2000

/* The delay between due and gone that expire.c promises, in milliseconds. */
#define LATE_MOST	201

/* What should be in a CPU's table. */
struct part {
	u64 packets;		/* 0: no such flow */
	u64 octets;
	u32 first;
	u32 last;
	u32 oif;
	u16 tcp_flags;
	u64 tcp_options;
};

/* A packet in a ring. */
struct waiting {
	u32 number;
	struct part part;
	bool done;		/* it is in a flow, or lost */
};

struct ring {
	struct waiting packet[NFL_RING4];
	unsigned int count;
};

static struct part model[SHIM_CPUS][NFL_FAMILIES][KEYS];
static struct ring rings[SHIM_CPUS][NFL_FAMILIES];
static unsigned int told[SHIM_CPUS][NFL_FAMILIES];	/* of the batch being filled, so many */

/* What has left the tables and was not exported yet; what should have been lost. */
static struct part flight[NFL_FAMILIES][KEYS];
static u64 unexplained_packets, unexplained_octets;

static struct llist_node *carried;
static unsigned int refusal;	/* one in so many allocations fails; 0 none */
static bool interleave;		/* others do something while the exporter asks CPUs */
static unsigned int reasons[NFL_END_RESOURCES + 1], returned, merged;
static u64 lost[SHIM_CPUS];	/* packets, as of the last look */

/* What a CPU is asked about just now, with the packets that were in it. */
static struct {
	unsigned int cpu;
	struct nfl_batch *batch;
	u64 before[NFL_BATCH_SIZE / sizeof(struct nfl_flow4)];
} asking;

/* CPUs that are dead; and one that dies now, whose parts go to the other one. */
static bool offline[SHIM_CPUS];
static unsigned int deaths;
static struct {
	bool now;
	unsigned int dead, heir;
} dying;

/* Something that a CPU does, at random; model.c has it. */
static void operate_cpu(unsigned int number);
static void cpu_dies(void);
static void look_returned(void);

static bool refuse(size_t size)
{
	return refusal && !random_below(refusal);
}

static void part_add(struct part *to, const struct part *from)
{
	if (!to->packets) {
		*to = *from;
		return;
	}
	to->packets += from->packets;
	to->octets += from->octets;
	if ((s32)(from->first - to->first) < 0)
		to->first = from->first;
	if ((s32)(from->last - to->last) > 0)
		to->last = from->last;
	to->tcp_flags |= from->tcp_flags;
	to->tcp_options |= from->tcp_options;
}

static struct part part_of(enum nfl_family family, const struct nfl_flow *flow)
{
	return (struct part) {
		.packets = flow->packets, .octets = flow->octets,
		.first = flow->first, .last = flow->last,
		.oif = flow->oif, .tcp_flags = flow->tcp_flags,
		.tcp_options = nfl_family_is_wide(family) ?
			nfl_flow_wide(flow, family)->details.tcp_options : 0,
	};
}

static bool part_equal(const struct part *a, const struct part *b)
{
	return a->packets == b->packets && a->octets == b->octets && a->first == b->first &&
	       a->last == b->last && a->oif == b->oif && a->tcp_flags == b->tcp_flags &&
	       a->tcp_options == b->tcp_options;
}

static void lose(const struct part *part)
{
	unexplained_packets += part->packets;
	unexplained_octets += part->octets;
}

/*
 * Find what of a CPU's part and of its waiting packets makes @seen: all of the part
 * and the first packets, as a rule; where memory is refused, any of it. What comes
 * before what was taken and is left out is lost. So is the rest if @seen is all
 * @that_is_left; else it waits on.
 */
static bool explain(unsigned int number, enum nfl_family family, u32 key, const struct part *seen,
		    bool that_is_left)
{
	struct ring *ring = &rings[number][family];
	struct part *part = &model[number][family][key];
	struct waiting *mine[NFL_RING4 + 2], own = { .part = *part }, moved = { };
	unsigned int count = 0, i, mask, all;

	mine[count++] = &own;
	if (dying.now && number == dying.heir) {
		moved.part = model[dying.dead][family][key];
		mine[count++] = &moved;
	}
	for (i = 0; i < ring->count; i++) {
		if (!ring->packet[i].done && ring->packet[i].number == key)
			mine[count++] = &ring->packet[i];
	}
	if (count > 14)
		return false;
	for (mask = 0, all = (1 << count) - 1; mask <= all; mask++) {
		struct part sum = { };

		if (!refusal && mask & (mask + 1))
			continue;
		for (i = 0; i < count; i++) {
			if (mask >> i & 1 && mine[i]->part.packets)
				part_add(&sum, &mine[i]->part);
		}
		if (!part_equal(&sum, seen))
			continue;
		for (i = 0; that_is_left ? i < count : mask >> i; i++) {
			mine[i]->done = true;
			if (!(mask >> i & 1))
				lose(&mine[i]->part);
		}
		if (moved.done)
			model[dying.dead][family][key] = (struct part) { };
		*part = (struct part) { };
		return true;
	}
	return false;
}

/* Was it time for a flow to go for this reason? When merging asks, others' are good, too. */
static bool timely(u32 key, const struct part *part, enum nfl_end_reason reason)
{
	const u32 now = nfl_clock();
	const bool idle = now - part->last >= nfl_config_inactive_ms(&config);
	const bool old = now - part->first >= nfl_config_active_ms(&config);
	const bool closed = !(key % 4) && part->tcp_flags & (TCPHDR_FIN | TCPHDR_RST);

	switch (reason) {
	case NFL_END_IDLE:
		return idle && !closed;
	case NFL_END_DETECTED:
		return idle && closed;
	case NFL_END_ACTIVE:
		return !idle && (old || asking.batch);
	case NFL_END_FORCED:
		return flushing || asking.batch;
	case NFL_END_RESOURCES:
		return true;
	default:
		return false;
	}
}

/* A flow has left a CPU's table. */
static void leaves(unsigned int number, enum nfl_family family, const struct nfl_flow *flow)
{
	const u32 key = number_of(family, flow);
	const struct part seen = part_of(family, flow);

	if (!check(key < KEYS, "flow %u", key))
		return;
	if (!check(explain(number, family, key, &seen, false),
		   "CPU %u, family %u, flow %u: it left with %llu packets, %llu octets, %u to %u; not %llu, %llu, %u to %u",
		   number, family, key, seen.packets, seen.octets, seen.first, seen.last,
		   model[number][family][key].packets, model[number][family][key].octets,
		   model[number][family][key].first, model[number][family][key].last))
		model[number][family][key] = (struct part) { };
	check(timely(key, &seen, flow->end_reason),
	      "CPU %u, family %u, flow %u: it ends by reason %u, %u ms after its last packet",
	      number, family, key, flow->end_reason, nfl_clock() - seen.last);
	reasons[flow->end_reason]++;
	part_add(&flight[family][key], &seen);
}

static void batch_look(struct nfl_batch *batch)
{
	unsigned int *from = &told[batch->cpu][batch->family];

	for (; *from < batch->count; ++*from)
		leaves(batch->cpu, batch->family, nfl_batch_flow(batch, *from));
}

static void batch_arrived(struct nfl_batch_queue *queue)
{
	struct nfl_batch *batch = llist_entry(queue->incoming.first, struct nfl_batch, node);

	look_returned();
	batch_look(batch);
	told[batch->cpu][batch->family] = 0;
}

static const struct nfl_flow *flow_find(struct nfl_cpu *cpu, enum nfl_family family, u32 key)
{
	struct metered metered = { .family = family, .number = key };
	struct nfl_packet4_wide packet4;
	struct nfl_packet6_wide packet6;
	struct nfl_packet *packet = &packet4.packet;

	if (!cpu->tables[family].buckets)
		return NULL;
	parsing = &metered;
	if (nfl_family_is_ipv4(family)) {
		nfl_packet_parse4(NULL, NF_INET_FORWARD, (struct nfl_packet4 *)&packet4);
		packet4.key.iif = 1;
	} else {
		packet = &packet6.packet;
		nfl_packet_parse6(NULL, NF_INET_FORWARD, (struct nfl_packet6 *)&packet6);
		packet6.key.iif = 1;
	}
	packet->oif = oif_of(key);
	if (nfl_family_is_wide(family))
		nfl_enrich(&flows, NULL, packet, family, 1);
	return nfl_table_find(&cpu->tables[family],
			      nfl_hash(&flows.hash_key, nfl_packet_key(packet), family),
			      nfl_packet_key(packet));
}

static struct part part_find(struct nfl_cpu *cpu, enum nfl_family family, u32 key)
{
	const struct nfl_flow *flow = flow_find(cpu, family, key);

	return flow ? part_of(family, flow) : (struct part) { };
}

static void compare(struct nfl_cpu *cpu, enum nfl_family family, u32 key)
{
	const struct part seen = part_find(cpu, family, key);
	struct part *part = &model[cpu->number][family][key];

	if (part_equal(&seen, part))
		return;
	/* it was evicted, and the exporter had no memory for it */
	if (check(refusal && !seen.packets,
		  "CPU %u, family %u, flow %u: %llu packets, %llu octets, %u to %u; not %llu, %llu, %u to %u",
		  cpu->number, family, key, seen.packets, seen.octets, seen.first, seen.last,
		  part->packets, part->octets, part->first, part->last))
		lose(part);
	*part = seen;
}

static void ring_settle(struct nfl_cpu *cpu, enum nfl_family family)
{
	struct ring *ring = &rings[cpu->number][family];
	unsigned int i;

	for (i = 0; i < ring->count; i++) {
		struct waiting *packet = &ring->packet[i];
		struct part *part = &model[cpu->number][family][packet->number];
		struct part seen;

		if (packet->done)
			continue;
		if (!refusal) {
			part_add(part, &packet->part);
			continue;
		}
		seen = part_find(cpu, family, packet->number);
		if (check(explain(cpu->number, family, packet->number, &seen, true),
			  "CPU %u, family %u, flow %u: no loss explains it", cpu->number, family,
			  packet->number))
			*part = seen;
	}
	ring->count = 0;
}

static u64 packets_lost(const struct nfl_cpu *cpu)
{
	return cpu->stats.counter[NFL_LOST_PACKETS].v + cpu->stats.counter[NFL_DROPPED_PACKETS].v;
}

/* Something was done on a CPU: what left its tables, and what is in them now? */
static void settle(struct nfl_cpu *cpu)
{
	int family;
	u32 i;

	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->batch[family])
			batch_look(cpu->batch[family]);
		if (cpu->ring_count[family] < rings[cpu->number][family].count)
			ring_settle(cpu, family);
	}
	if (packets_lost(cpu) == lost[cpu->number])
		return;
	lost[cpu->number] = packets_lost(cpu);
	for (family = 0; family < NFL_FAMILIES; family++) {
		for (i = 0; i < KEYS; i++)
			compare(cpu, family, i);
	}
}

/* Each packet that a CPU has seen is somewhere, and it has no more flows than it may. */
static void balance(const struct nfl_cpu *cpu)
{
	const u64_stats_t *n = cpu->stats.counter;
	u64 packets = 0, octets = 0, live = 0;
	int family;
	u32 i;

	for (family = 0; family < NFL_FAMILIES; family++) {
		live += cpu->tables[family].live;
		for (i = 0; i < KEYS; i++) {
			packets += model[cpu->number][family][i].packets;
			octets += model[cpu->number][family][i].octets;
			live -= !!model[cpu->number][family][i].packets;
		}
	}
	check(n[NFL_SEEN_PACKETS].v + n[NFL_RETURNED_PACKETS].v == packets + n[NFL_LOST_PACKETS].v +
	      n[NFL_EXPIRED_PACKETS].v + n[NFL_DROPPED_PACKETS].v, "CPU %u: packets", cpu->number);
	check(n[NFL_SEEN_OCTETS].v + n[NFL_RETURNED_OCTETS].v == octets + n[NFL_LOST_OCTETS].v +
	      n[NFL_EXPIRED_OCTETS].v + n[NFL_DROPPED_OCTETS].v, "CPU %u: octets", cpu->number);
	check(!live, "CPU %u: %lld flows more than in the model", cpu->number, live);
}

/* All of a CPU's tables, field by field; what was lost, and what all may have. */
static void look(void)
{
	u64 packets = 0, octets = 0, granted = 0;
	int number, family;
	u32 i;

	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = &percpu[number];

		shim_cpu = number;
		nfl_rings_work_off(cpu);
		settle(cpu);
		for (family = 0; family < NFL_FAMILIES; family++)
			for (i = 0; i < KEYS; i++)
				compare(cpu, family, i);
		balance(cpu);
		packets += cpu->stats.counter[NFL_LOST_PACKETS].v;
		packets += cpu->stats.counter[NFL_DROPPED_PACKETS].v;
		octets += cpu->stats.counter[NFL_LOST_OCTETS].v;
		octets += cpu->stats.counter[NFL_DROPPED_OCTETS].v;
		granted += cpu->flows_granted;
		check(nfl_cpu_live(cpu) <= cpu->flows_granted, "CPU %u: %u flows, %u granted",
		      number, nfl_cpu_live(cpu), cpu->flows_granted);
		check(!offline[number] ||
		      (!nfl_cpu_live(cpu) && cpu->flows_granted == NFL_FLOWS_LEAST),
		      "CPU %u is dead: %u flows, %u granted", number, nfl_cpu_live(cpu),
		      cpu->flows_granted);
	}
	check(packets == unexplained_packets && octets == unexplained_octets,
	      "%llu packets, %llu octets counted as lost; %llu, %llu are", packets, octets,
	      unexplained_packets, unexplained_octets);
	check(granted + atomic_long_read(&flows.flows_free) == config.maxflows,
	      "%llu flows granted, %ld free, of %u", granted, flows.flows_free.value,
	      config.maxflows);
}

/* After a walk to its end nothing is overdue. */
static void look_overdue(struct nfl_cpu *cpu)
{
	const u32 now = nfl_clock(), inactive = nfl_config_inactive_ms(&config);
	const u32 active = nfl_config_active_ms(&config);
	int family;
	u32 i;

	for (family = 0; family < NFL_FAMILIES; family++) {
		for (i = 0; i < KEYS; i++) {
			const struct part *part = &model[cpu->number][family][i];

			if (!part->packets)
				continue;
			check((s32)(now - part->last - inactive) <= LATE_MOST &&
			      (s32)(now - part->first - active) <= LATE_MOST,
			      "CPU %u, family %u, flow %u: of %u to %u, it is still there at %u (%u, %u)",
			      cpu->number, family, i, part->first, part->last, now, active,
			      inactive);
		}
	}
}

/* A batch of a round that a CPU is asked about: what has gone back into its table? */
static void look_returned(void)
{
	unsigned int i;

	for (i = 0; asking.batch && i < asking.batch->count; i++) {
		const struct nfl_flow *flow = nfl_batch_flow(asking.batch, i);
		const enum nfl_family family = asking.batch->family;
		const u32 key = number_of(family, flow);
		struct part part = part_of(family, flow);

		if (flow->packets == asking.before[i])
			continue;
		/* it is as it was but for that */
		part.packets = asking.before[i];
		asking.before[i] = 0;
		check(!flow->packets, "flow %u is partly merged", key);
		check(model[asking.cpu][family][key].packets,
		      "flow %u goes back to CPU %u, which has none", key, asking.cpu);
		part_add(&model[asking.cpu][family][key], &part);
		flight[family][key].packets -= part.packets;
		flight[family][key].octets -= part.octets;
		returned++;
	}
}

static void ask(struct nfl_cpu *cpu, struct nfl_batch *batch)
{
	unsigned int i;

	asking.cpu = cpu->number;
	asking.batch = batch;
	for (i = 0; i < batch->count; i++)
		asking.before[i] = nfl_batch_flow(batch, i)->packets;
}

/* Stands in for meter/call.c's: what merge.c does on CPUs, step by step. */
unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	struct nfl_round *round = argument;
	int number;

	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = &percpu[number];
		unsigned int step = 0;
		bool more = test(cpu);

		while (more) {
			shim_cpu = number;
			if (!step) {
				nfl_rings_work_off(cpu);
				settle(cpu);
			}
			ask(cpu, round->batch[step]);
			more = function(cpu, argument, &step);
			look_returned();
			settle(cpu);
			asking.batch = NULL;
			while (interleave && random_below(3))
				operate_cpu(random_below(SHIM_CPUS));
		}
		/* the next CPU may be gone before it is asked */
		if (interleave && !random_below(100))
			cpu_dies();
	}
	return 0;
}

#endif /* TESTS_UNIT_MODEL_H */
