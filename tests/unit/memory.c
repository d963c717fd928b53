// SPDX-License-Identifier: GPL-2.0-only
/*
 * What follows from the machine's memory, with exact numbers.
 */
#include "../../src/meter/memory.c"
#include "../../src/meter/table.c"

#include "tap.h"

static const struct {
	const char *machine;
	unsigned long pages;
	u32 maxflows;
} machines[] = {
	{ "64 MiB", 16384, 23140 },
	{ "96 MiB", 24576, 34711 },
	{ "256 MiB", 65536, 92563 },
	{ "1 GiB", 262144, 370255 },
	{ "64 GiB", 16777216, 2000000 },
	{ "1 TiB", 268435456, 2000000 },
};

/* maxflows at first: all of them IPv6, they take no more than a twentieth of RAM. */
static void test_maxflows(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(machines); i++) {
		shim_totalram_pages = machines[i].pages;
		check(nfl_memory_maxflows() == machines[i].maxflows, "%u flows for %s",
		      nfl_memory_maxflows(), machines[i].machine);
	}
	test("maxflows follows the machine");
}

static bool contiguous;		/* there are contiguous pages */
static bool single;		/* there are single ones without waiting */
static unsigned long asked, asked_contiguous;

/* Nobody may be harmed by a request, whether it is granted or not. */
static bool judge(size_t size)
{
	const gfp_t flags = shim_alloc_flags;
	const bool worker = (flags & GFP_KERNEL) == GFP_KERNEL;

	asked++;
	check(flags & __GFP_NOWARN && flags & __GFP_NORETRY,
	      "%zu octets: no warning, no OOM killer (%x)", size, flags);
	check(!(flags & GFP_ATOMIC), "%zu octets: no reserves (%x)", size, flags);
	if (size > PAGE_SIZE && !shim_vmalloc) {
		asked_contiguous++;
		check(!worker && !(flags & GFP_NOWAIT), "%zu octets: nothing is reclaimed (%x)",
		      size, flags);
		return !contiguous;
	}
	return !worker && !single;
}

static union {
	struct nfl_key4 v4;
	struct nfl_key6 v6;
	u8 wide[NFL_KEY6_TO_WIDE + sizeof(struct nfl_wide)];
	u64 align;
} key;

/* One more flow; what it needs a work item brings, if need be. */
static bool insert(struct nfl_table *table, u32 number)
{
	struct nfl_flow *flow;
	int tries;

	memset(&key, 0, sizeof(key));
	if (nfl_family_is_ipv4(table->family))
		key.v4.saddr = number;
	else
		key.v6.saddr.s6_addr32[0] = number;
	for (tries = 0; tries < 3; tries++) {
		flow = table->buckets || !nfl_table_start(table) ?
		       nfl_table_insert(table, number * 2654435761U, &key) : NULL;
		if (nfl_table_starved(table)) {
			struct nfl_supply supply;

			nfl_supply_get(&supply, &table->memory);
			nfl_table_feed(table, &supply);
			nfl_supply_free(&supply);
		}
		if (flow) {
			flow->packets = 1;
			return true;
		}
	}
	return false;
}

/*
 * Tables of @flows flows, in memory of single pages, or from work items only. It is
 * known what they take: entries of a page fill it as far as whole ones fit, but for those
 * in whose place the map is.
 */
static void test_tables(bool has_contiguous, bool has_single, u32 flows)
{
	enum nfl_family family;
	u32 n;

	shim_alloc_fails = judge;
	contiguous = has_contiguous;
	single = has_single;
	asked_contiguous = 0;
	for (family = NFL_IPV4; family < NFL_FAMILIES; family++) {
		struct nfl_table table = { .family = family };
		const u32 in_page = NFL_PIECE_SIZE / nfl_flow_size(family) -
				    nfl_chunk_first(family);

		for (n = 0; n < flows; n++) {
			if (!check(insert(&table, n), "%u", n))
				break;
		}
		check(table.live == flows && table.live <= table.buckets * NFL_BUCKET_LOAD,
		      "%u flows in %u buckets", table.live, table.buckets);
		check(nfl_table_memory(&table) == shim_alloc_out, "it has %zu octets, not %zu",
		      shim_alloc_out, nfl_table_memory(&table));
		if (!contiguous)
			check(table.chunks_count == DIV_ROUND_UP(flows, in_page),
			      "%u chunks of %u entries", table.chunks_count, in_page);
		nfl_table_release(&table);
		check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	}
	check(!asked_contiguous == (flows == 10), "%lu times contiguous pages", asked_contiguous);
	shim_alloc_fails = NULL;
	test("%u flows: %s contiguous pages, %s single ones at once", flows,
	     has_contiguous ? "with" : "without", has_single ? "with" : "without");
}

/* Ten flows take a page for entries, one for the index, and two short arrays. */
static void test_small(void)
{
	struct nfl_table table = { .family = NFL_IPV4 };
	u32 n;

	for (n = 0; n < 10; n++)
		insert(&table, n);
	check(nfl_table_memory(&table) == 2 * 4096 + chunks_size(16) + 16 * sizeof(void *),
	      "%zu octets", nfl_table_memory(&table));
	nfl_table_release(&table);
	test("a small table is small");
}

int main(void)
{
	tap_begin();
	test_maxflows();
	test_tables(true, true, 10);
	test_tables(true, true, 40000);
	test_tables(false, true, 40000);
	test_tables(true, false, 40000);
	test_tables(false, false, 40000);
	test_small();
	return tap_end();
}
