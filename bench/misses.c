// SPDX-License-Identifier: GPL-2.0-only
/*
 * misses FLOWS PACKETS: meter packets of known flows, in turn, in user space, for the count
 * of cache misses in bench/exact. Meter and table are the module's code; the rest is the shim
 * of the unit tests (including a parser).
 */
#define SHIM_CPUS	1

#include "../tests/unit/cpus.h"

/* No flow times out and no flow is exported here. */
static void batch_arrived(struct nfl_batch_queue *queue)
{
	abort();
}

unsigned int nfl_cpus_call(struct nfl_meter *meter, nfl_cpu_test test, nfl_cpu_function function,
			   void *argument)
{
	abort();
}

int main(int argc, char **argv)
{
	const unsigned long count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	const unsigned long packets = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct metered packet = { .family = NFL_IPV4, .packets = 1, .octets = 46 };
	const struct nfl_table *table = &percpu[0].tables[NFL_IPV4];
	const u64_stats_t *seen = &percpu[0].stats.counter[NFL_SEEN_PACKETS];
	unsigned long i;

	if (!count) {
		fprintf(stderr, "usage: misses FLOWS PACKETS\n");
		return 2;
	}
	shim_boot_ms = 1;
	flows_start(INT_MAX);
	for (i = 0; i < count + packets; i++) {
		packet.number = i % count;
		meter_packet(&packet);
	}
	nfl_rings_work_off(&percpu[0]);
	if (table->live != count || seen->v != count + packets) {
		fprintf(stderr, "misses: %u flows, not %lu; %llu packets, not %lu\n",
			table->live, count, (unsigned long long)seen->v, count + packets);
		return 1;
	}
	flows_stop();
	return 0;
}
