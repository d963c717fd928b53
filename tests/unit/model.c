// SPDX-License-Identifier: GPL-2.0-only
/*
 * Meter, tables, time-outs and merging on several CPUs, which die and come back, a million
 * random operations of all sorts, against a model that is too simple to be wrong: an array with a
 * place for every flow there can be on every CPU, and a list of what waits in rings.
 *
 * Whatever leaves a table is compared with the model field by field; what is in one
 * as well. Packets may be applied later than they come, and memory may be refused, so
 * that it cannot be said which packet of a ring was lost: then there must be packets
 * whose loss explains what is seen, and they must add up to what is counted as lost.
 *
 * One thread is all CPUs in turn, so the seed repeats a run; see threads.c.
 */
#include "death.h"

#define OPERATIONS	250000	/* of each of the four parts */

/* The records of a round: what is in them has left the tables, once. */
static void round_export(struct nfl_round *round)
{
	unsigned int b, i;

	for (b = 0; b < round->count; b++) {
		struct nfl_batch *batch = round->batch[b];

		for (i = 0; i < batch->count; i++) {
			const struct nfl_flow *flow = nfl_batch_flow(batch, i);
			const u32 key = number_of(batch->family, flow);
			struct part *part = &flight[batch->family][key];

			if (!flow->packets) {
				merged++;
				continue;
			}
			check(flow->packets <= part->packets && flow->octets <= part->octets,
			      "flow %u: a record of %llu packets, of %llu", key, flow->packets,
			      part->packets);
			part->packets -= flow->packets;
			part->octets -= flow->octets;
		}
	}
}

/* One flow, one record: no other CPU has a part in a round, nor in its table. */
static void look_single(const struct nfl_round *round)
{
	static u8 seen[NFL_FAMILIES][KEYS];
	unsigned int b, i;
	int number;

	memset(seen, 0, sizeof(seen));
	for (b = 0; b < round->count; b++) {
		const struct nfl_batch *batch = round->batch[b];

		for (i = 0; i < batch->count; i++) {
			const struct nfl_flow *flow = nfl_batch_flow(batch, i);
			const u32 key = number_of(batch->family, flow);
			u8 *by = &seen[batch->family][key];

			if (!flow->packets)
				continue;
			check(!*by || *by == batch->cpu + 1,
			      "family %u, flow %u: records of CPU %u and %u", batch->family, key,
			      *by - 1, batch->cpu);
			*by = batch->cpu + 1;
			for_each_possible_cpu(number) {
				check(number == batch->cpu ||
				      !model[number][batch->family][key].packets,
				      "family %u, flow %u: a record, and CPU %u goes on",
				      batch->family, key, number);
			}
		}
	}
}

static bool export_round(void)
{
	static struct nfl_round round;
	struct llist_node **tail;
	unsigned int b;

	if (!round_take(&round, &carried))
		return false;
	nfl_merge(&flows, &round, &flushing);
	if (!interleave && !refusal && !carried && !round.late)
		look_single(&round);
	round_export(&round);
	for (b = 0; b < round.count; b++)
		nfl_batch_free(&queue, round.batch[b]);
	for (tail = &carried; *tail; tail = &(*tail)->next)
		;
	*tail = round.late;
	return true;
}

static void flush(void)
{
	int number;

	flushing = true;
	for_each_possible_cpu(number) {
		struct nfl_cpu *cpu = &percpu[number];

		shim_cpu = number;
		nfl_rings_work_off(cpu);
		settle(cpu);
		while (nfl_expire_flush(cpu) && nfl_batch_queue_room(&queue) && !refusal)
			settle(cpu);
		settle(cpu);
	}
	while (export_round())
		;
	flushing = false;
	for_each_possible_cpu(number) {
		if (!refusal && !interleave)
			check(!nfl_cpu_live(&percpu[number]), "CPU %u: %u flows are left", number,
			      nfl_cpu_live(&percpu[number]));
	}
}

/* Some flows have most of the packets, and are on all CPUs. */
static u32 random_key(void)
{
	return random_below(3) ? random_below(KEYS) : random_below(20);
}

static void meter_one(struct nfl_cpu *cpu, const struct metered *metered)
{
	const bool wide = flows.wanted;
	const enum nfl_family family = metered->family + (wide ? NFL_IPV4_WIDE : 0);
	struct ring *ring = &rings[cpu->number][family];

	meter_packet(metered);
	settle(cpu);
	ring->packet[ring->count++] = (struct waiting) {
		.number = metered->number,
		.part = {
			.packets = metered->packets, .octets = metered->octets,
			.first = nfl_clock(), .last = nfl_clock(), .oif = oif_of(metered->number),
			.tcp_flags = metered->tcp_flags,
			.tcp_options = wide ? metered->tcp_options : 0,
		},
	};
}

static void packet(struct nfl_cpu *cpu)
{
	const struct metered metered = {
		.family = (random_below(3) ? NFL_IPV4 : NFL_IPV6),
		.number = random_key(),
		.packets = random_below(50) ? 1 : 1 + random_below(45),
		.octets = 20 + random_u64() % 65000,
		.tcp_flags = random_below(30) ? 0x10 : 1 << random_below(9),
		.tcp_options = 1ULL << random_below(64),
	};

	meter_one(cpu, &metered);
}

/* Go on with a walk for a while, or to its end. */
static void walk(struct nfl_cpu *cpu, bool to_end)
{
	bool more;

	do {
		more = cpu_tick(cpu);
		settle(cpu);
	} while (more && to_end);
}

/*
 * A piece of a walk; or its rest, and another one that finds all that was due. What
 * was due while a walk rested is found by the next one only, as soon as that may be.
 */
static void tick(struct nfl_cpu *cpu)
{
	const u64 postponed = cpu->stats.counter[NFL_POSTPONED_FLOWS].v;

	nfl_rings_work_off(cpu);
	settle(cpu);
	if (random_below(4)) {
		walk(cpu, false);
		return;
	}
	walk(cpu, true);
	shim_boot_ms += LATE_MOST;
	walk(cpu, true);
	if (postponed == cpu->stats.counter[NFL_POSTPONED_FLOWS].v)
		look_overdue(cpu);
}

static void operate_cpu(unsigned int number)
{
	struct nfl_cpu *cpu = &percpu[number];

	if (offline[number]) {
		offline[number] = random_below(400);
		return;
	}
	shim_cpu = number;
	switch (random_below(400)) {
	case 0:
		tick(cpu);
		break;
	case 1:
		cpu_feed(cpu);
		break;
	case 2:
		nfl_maxflows_release(cpu);
		break;
	case 3:
		if (!random_below(100))
			atomic_long_set(&cpu->relief, random_below(200000));
		nfl_cache_relieve(cpu);
		break;
	default:
		packet(cpu);
		break;
	}
}

static void operate(unsigned int operations)
{
	unsigned int n;

	for (n = 0; n < operations; n++) {
		if (!random_below(10))
			shim_boot_ms += random_below(20);
		switch (random_below(30000)) {
		case 0 ... 19:
			export_round();
			break;
		case 20 ... 22:
			flush();
			break;
		case 23 ... 30:
			set_timeouts(1 + random_below(30), 1 + random_below(8));
			break;
		case 31 ... 34:
			set_maxflows(random_below(3) ? 200 + random_below(2000) : 1 << 20);
			break;
		case 35 ... 40:
			nfl_enrich_key = true;
			flows.wanted = random_below(2);
			break;
		case 41 ... 45:
			look();
			break;
		case 46 ... 48:
			shim_boot_ms += random_below(20000);
			break;
		case 49 ... 58:
			cpu_dies();
			break;
		default:
			operate_cpu(random_below(SHIM_CPUS));
			break;
		}
	}
}

/*
 * Each kind of end must be seen. The rarest is an eviction, which needs a limit: about 22
 * are set at random, so in one run of 10^9 none is. That is why one is set in any case.
 */
static void test_model(bool others, unsigned int one_in)
{
	int family;
	u32 i;

	/* the clock of flows wraps on the way */
	shim_boot_ms = 0x100000000ULL - random_below(OPERATIONS);
	flows_start(1 << 20);
	memset(reasons, 0, sizeof(reasons));
	returned = 0;
	merged = 0;
	deaths = 0;
	memset(offline, 0, sizeof(offline));
	memset(lost, 0, sizeof(lost));
	unexplained_packets = 0;
	unexplained_octets = 0;
	interleave = others;
	refusal = one_in;
	operate(OPERATIONS / 2);
	set_maxflows(500);
	operate(OPERATIONS / 2);

	interleave = false;
	refusal = 0;
	look();
	flush();
	look();
	for (family = 0; family < NFL_FAMILIES; family++) {
		for (i = 0; i < KEYS; i++)
			check(!flight[family][i].packets && !flight[family][i].octets,
			      "family %u, flow %u: %llu packets were never exported", family, i,
			      flight[family][i].packets);
	}
	check(!queue.queued.value, "%d batches are left", queue.queued.value);
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	for (i = NFL_END_IDLE; i <= NFL_END_RESOURCES; i++)
		check(reasons[i], "no flow has ended by reason %u", i);
	check(returned && merged, "%u parts have gone back, %u were merged", returned, merged);
	check(deaths, "no CPU has died");
	check(!unexplained_packets == !one_in, "%llu packets were lost", unexplained_packets);
	printf("# ended: %u idle, %u active, %u detected, %u forced, %u evicted\n",
	       reasons[NFL_END_IDLE], reasons[NFL_END_ACTIVE], reasons[NFL_END_DETECTED],
	       reasons[NFL_END_FORCED], reasons[NFL_END_RESOURCES]);
	printf("# parts of flows: %u given back, %u merged; %u CPUs died\n", returned, merged,
	       deaths);
	test("%u operations on %u CPUs%s, one of %u allocations refused, %llu packets lost",
	     OPERATIONS, SHIM_CPUS, others ? ", some while parts are merged" : "", one_in,
	     unexplained_packets);
}

/* Counters beyond 32 bits of packets and 40 of octets, on each CPU and merged. */
static void test_large(void)
{
	const struct metered metered = {
		.family = NFL_IPV4, .number = 1, .packets = U32_MAX, .octets = U32_MAX,
	};
	const u64 all = 3000ULL * U32_MAX;
	static struct nfl_round round;
	const struct nfl_flow *flow;
	int number, n;

	flows_start(1 << 20);
	for_each_possible_cpu(number) {
		shim_cpu = number;
		for (n = 0; n < 3000 / SHIM_CPUS; n++)
			meter_packet(&metered);
		nfl_rings_work_off(&percpu[number]);
		flow = flow_find(&percpu[number], NFL_IPV4, 1);
		check(flow && flow->packets == all / SHIM_CPUS && flow->octets == all / SHIM_CPUS,
		      "CPU %u", number);
		model[number][NFL_IPV4][1] = part_of(NFL_IPV4, flow);
		flushing = true;
		nfl_expire_flush(&percpu[number]);
		check(percpu[number].stats.counter[NFL_SEEN_OCTETS].v == all / SHIM_CPUS &&
		      percpu[number].stats.counter[NFL_EXPIRED_OCTETS].v == all / SHIM_CPUS,
		      "the counters of CPU %u", number);
	}
	round_take(&round, &carried);
	nfl_merge(&flows, &round, &flushing);
	flow = nfl_batch_flow(round.batch[0], 0);
	check(round.count == SHIM_CPUS && flow->packets == all && flow->octets == all,
	      "%llu packets, %llu octets, not %llu", flow->packets, flow->octets, all);
	for (n = 0; n < round.count; n++) {
		check(!n || !nfl_batch_flow(round.batch[n], 0)->packets, "part %d is left", n);
		nfl_batch_free(&queue, round.batch[n]);
	}
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	memset(flight, 0, sizeof(flight));
	test("a flow of %llu packets and as many octets", all);
}

/* The other CPU's last flows leave its table after the round's batches were taken. */
static void test_late(void)
{
	const struct metered metered = { .packets = 1, .octets = 20, .number = 1 };
	static struct nfl_round round;
	const struct nfl_flow *flow;
	int number;

	flows_start(1 << 20);
	flushing = true;
	for (number = 0; number < 2; number++) {
		shim_cpu = number;
		meter_packet(&metered);
		nfl_rings_work_off(&percpu[number]);
		flow = flow_find(&percpu[number], metered.family, 1);
		model[number][metered.family][1] = part_of(metered.family, flow);
		nfl_expire_flush(&percpu[number]);
		if (!number)
			round_take(&round, &carried);
	}
	nfl_merge(&flows, &round, &flushing);
	flow = nfl_batch_flow(round.batch[0], 0);
	check(round.count == 1 && flow->packets == 2 && flow->octets == 40,
	      "%llu packets, %llu octets", flow->packets, flow->octets);
	check(!round.late && llist_empty(&queue.incoming), "a part is left");
	nfl_batch_free(&queue, round.batch[0]);
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	memset(flight, 0, sizeof(flight));
	test("a part that leaves its table while a round begins is merged");
}

/* Flows that come after days of rest time out as others do, whatever the clock's bits. */
static void test_rest(void)
{
	const u64 day = 24 * 3600 * 1000;
	struct nfl_cpu *cpu = &percpu[0];
	struct metered metered = { .packets = 1, .octets = 20 };
	unsigned int days;

	flows_start(1 << 20);
	for (days = 1; days < 100; days += 1 + random_below(3)) {
		shim_cpu = 0;
		for (metered.number = 1; metered.number <= 100; metered.number++) {
			metered.family = metered.number % 2 ? NFL_IPV4 : NFL_IPV6;
			meter_one(cpu, &metered);
		}
		nfl_rings_work_off(cpu);
		settle(cpu);
		check(nfl_cpu_live(cpu), "no flows");
		walk(cpu, false);
		shim_boot_ms += nfl_config_inactive_ms(&config);
		walk(cpu, true);
		shim_boot_ms += LATE_MOST;
		walk(cpu, true);
		check(!nfl_cpu_live(cpu), "after %u days %u flows are left", days,
		      nfl_cpu_live(cpu));
		flush();
		shim_boot_ms += days * day + random_below(day);
	}
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	memset(flight, 0, sizeof(flight));
	test("flows time out after days without traffic");
}

/* Packets of 100 octets of flows @from to @to, which stay in the ring. */
static void meter_flows(unsigned int number, u32 from, u32 to)
{
	struct metered metered = { .family = NFL_IPV4, .packets = 1, .octets = 100 };

	shim_cpu = number;
	for (metered.number = from; metered.number <= to; metered.number++)
		meter_one(&percpu[number], &metered);
}

static void work_off_ring(unsigned int number)
{
	shim_cpu = number;
	nfl_rings_work_off(&percpu[number]);
	settle(&percpu[number]);
}

static void check_cpu(unsigned int number, u32 live, u32 granted, u64 evicted, long free,
		      const char *when)
{
	const struct nfl_cpu *cpu = &percpu[number];
	const u64 seen = cpu->stats.counter[NFL_EVICTED_FLOWS].v;

	check(nfl_cpu_live(cpu) == live && cpu->flows_granted == granted && seen == evicted,
	      "%s: CPU %u has %u flows, %u granted, %llu evicted; not %u, %u, %llu", when, number,
	      nfl_cpu_live(cpu), cpu->flows_granted, seen, live, granted, evicted);
	check(flows.flows_free.value == free, "%s: %ld are free, not %ld", when,
	      flows.flows_free.value, free);
}

/*
 * All of maxflows is used when a CPU dies: 10 flows on it, 19 on another one, 4 of them the
 * same, one that the third CPU is never without. Two packets of the dead CPU are in its ring.
 */
static void test_death(void)
{
	u32 key;

	flows_start(30);
	meter_flows(0, 1, 10);
	work_off_ring(0);
	meter_flows(1, 7, 25);
	work_off_ring(1);
	check_cpu(0, 10, 10, 0, 0, "before");
	check_cpu(1, 19, 19, 0, 0, "before");
	meter_flows(0, 9, 10);
	ring_settle(&percpu[0], NFL_IPV4);

	die(0, 1);
	check_cpu(0, 0, 1, 0, 0, "after the death");
	check_cpu(1, 25, 28, 0, 0, "after the death");
	for (key = 1; key <= 25; key++) {
		const u64 expected = 1 + (key >= 7 && key <= 10) + (key == 9 || key == 10);
		const struct part seen = part_find(&percpu[1], NFL_IPV4, key);

		check(seen.packets == expected && seen.octets == expected * 100,
		      "flow %u: %llu packets, %llu octets; not %llu packets", key, seen.packets,
		      seen.octets, expected);
	}

	meter_flows(1, 26, 29);
	work_off_ring(1);
	check_cpu(1, 28, 28, 1, 0, "four flows later");

	/* it comes back, below its share: the other evicts a flow for its second one */
	offline[0] = false;
	meter_flows(0, 40, 41);
	work_off_ring(0);
	check_cpu(0, 2, 2, 0, -1, "when it is back");
	check_cpu(2, 0, 1, 0, -1, "when it is back");
	shim_cpu = 1;
	walk(&percpu[1], false);
	check_cpu(1, 27, 27, 2, 0, "a tick later");

	look();
	flush();
	for (key = 0; key < KEYS; key++)
		check(!flight[NFL_IPV4][key].packets && !flight[NFL_IPV4][key].octets,
		      "flow %u: %llu packets were never exported", key,
		      flight[NFL_IPV4][key].packets);
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("a CPU goes offline and online while maxflows is used up");
}

/*
 * A flow that both have, one of whose packets came first to the heir and is in its ring as the
 * flow is moved: it begins with that packet.
 */
static void test_begin(void)
{
	u32 begin;

	flows_start(1 << 20);
	meter_flows(1, 1, 1);
	begin = nfl_clock();
	shim_boot_ms += 3;
	meter_flows(0, 1, 1);
	work_off_ring(0);
	die(0, 1);
	check(part_find(&percpu[1], NFL_IPV4, 1).first == begin, "it begins at %u, not %u",
	      part_find(&percpu[1], NFL_IPV4, 1).first, begin);
	check(part_find(&percpu[1], NFL_IPV4, 1).packets == 2, "two packets");
	offline[0] = false;
	flush();
	flows_stop();
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("a moved flow starts with the packet of the new CPU");
}

int main(void)
{
	tap_begin();
	test_large();
	test_late();
	test_rest();
	test_death();
	test_begin();
	shim_alloc_fails = refuse;
	test_model(false, 0);
	test_model(true, 0);
	test_model(false, 20);
	test_model(true, 5);
	return tap_end();
}
