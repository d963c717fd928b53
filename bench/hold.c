// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold: the longest work of a ring with bottom halves off, in user space, for bench/hold: it
 * is full of packets of new flows, and each has another flow evicted. Table, rings and batches
 * are the module's own.
 *
 * The first argument is a history of the table: one of the names below; with a second one all
 * flows have extra fields. Output: rings that were worked off.
 */
#define SHIM_CPUS	1

#include "../tests/unit/cpus.h"

#include <string.h>

#define FLOWS		100000	/* of each family, once */
#define ROUNDS		3

/*
 * Which flows have remained: in each chunk one of @each entries, the last of them (of a chunk
 * if @each is 0), or all.
 */
struct history {
	const char *name;
	bool all;
	u32 each;
};

static const struct history histories[] = {
	{ "dense", .all = true },
	{ "sparse", .each = 64 },
	{ "last", .each = 0 },
};

static void batch_arrived(struct nfl_batch_queue *queue)
{
}

unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	abort();
}

/* The exporter takes all that has come. */
static void take_batches(void)
{
	struct llist_node *node = nfl_batch_queue_take(&queue);

	while (node) {
		struct nfl_batch *batch = llist_entry(node, struct nfl_batch, node);

		node = node->next;
		nfl_batch_free(&queue, batch);
	}
}

static void meter_flows(enum nfl_family family, u32 first, u32 count)
{
	struct metered packet = { .family = family, .packets = 1, .octets = 46 };

	for (packet.number = first; packet.number < first + count; packet.number++)
		meter_packet(&packet);
}

static void thin_out(struct nfl_table *table, const struct history *history)
{
	const size_t size = nfl_flow_size(table->family);
	struct nfl_flow *flow;
	u32 n, i;

	for (n = 0; n < table->chunks_count; n++) {
		struct nfl_chunk *chunk = &table->chunks[n];
		const u32 end = chunk->fresh, last = end - 1;

		i = 0;
		nfl_chunk_for_each(chunk, size, i, end, flow) {
			if (history->each ? i % history->each != history->each - 1 && i != last :
					    i != last)
				nfl_table_remove(table, flow,
						 n * nfl_chunk_entries(table->family) + i);
		}
	}
}

/* The CPU has as many flows as it may, and there are no others to be had. */
static void fill_up(struct nfl_cpu *cpu)
{
	cpu->flows_granted = nfl_cpu_live(cpu);
	config.maxflows = cpu->flows_granted;
	atomic_long_set(&flows.flows_free, 0);
}

/* What bench/hold counts: each call for itself. */
static __attribute__((noipa)) void hold_ring(struct nfl_cpu *cpu)
{
	nfl_rings_work_off(cpu);
}

/* A full ring of packets of new flows. */
static void evict_ring(struct nfl_cpu *cpu, enum nfl_family family, u32 first, u32 count)
{
	const u64 evicted = cpu->stats.counter[NFL_EVICTED_FLOWS].v;

	/* a new jiffy, in which it asks for more flows than it may have */
	shim_boot_ms += 10;
	fill_up(cpu);
	meter_flows(family, first, count);
	hold_ring(cpu);
	if (cpu->stats.counter[NFL_EVICTED_FLOWS].v != evicted + count)
		abort();
	take_batches();
}

int main(int argc, char **argv)
{
	const struct history *history = histories;
	struct nfl_cpu *cpu = &percpu[0];
	unsigned int i;
	int family;

	while (argc < 2 || strcmp(history->name, argv[1])) {
		if (argc < 2 || ++history == histories + ARRAY_SIZE(histories))
			return 2;
	}
	shim_boot_ms = 1000000;
	flows_start(1 << 20);
	nfl_enrich_key = argc > 2;
	flows.wanted = nfl_enrich_key;
	meter_flows(NFL_IPV4, 0, FLOWS);
	meter_flows(NFL_IPV6, 0, FLOWS);
	nfl_rings_work_off(cpu);
	for (family = 0; !history->all && family < NFL_FAMILIES; family++)
		thin_out(&cpu->tables[family], history);
	for (i = 0; i < ROUNDS; i++) {
		evict_ring(cpu, NFL_IPV4, FLOWS + i * NFL_RING4, NFL_RING4);
		evict_ring(cpu, NFL_IPV6, FLOWS + i * NFL_RING6, NFL_RING6);
	}
	printf("%u\n", 2 * i);
	nfl_handover_publish(cpu);
	take_batches();
	flows_stop();
	return 0;
}
