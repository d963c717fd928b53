// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow table against one that is too simple to be wrong: an array with a
 * place for every key there can be. Random operations on both, memory refused
 * at random, and every so often a look at all of the table's structure.
 */
#include "../../src/meter/memory.c"
#include "../../src/meter/table.c"
#include "../../src/meter/victim.c"
#include "../../src/flow/hash.h"

#include "tap.h"

#define KEYS		40000
#define SEARCHES	3000
#define OPERATIONS	500000	/* for each family, in all */

/* What should be in the table under a key's number. */
struct model {
	struct nfl_flow *flow;	/* NULL: no such flow */
	u64 packets;
	u32 last;
};

static const char *const names[NFL_FAMILIES] = {
	"IPv4", "IPv6", "IPv4 wide", "IPv6 wide",
};

static struct model model[KEYS];
static u32 live;		/* how many of them have a flow */

static struct nfl_hash_key hash_key;
static u32 hash_mask;		/* fewer bits make more collisions */
static unsigned int refusal;	/* one in so many allocations fails; 0 none */
static unsigned long refused;

/* The first is refused in any case, so that it is not left to chance whether one is. */
static bool refuse(size_t size)
{
	if (!refusal || (refused && random_below(refusal)))
		return false;
	refused++;
	return true;
}

/*
 * The key of a number; 8-octet aligned, with the output interface before it, and with what a
 * wide one has behind it.
 */
struct key {
	u32 zero, oif;
	union {
		struct nfl_key4 v4;
		struct nfl_key6 v6;
		u8 wide[NFL_KEY6_TO_WIDE + sizeof(struct nfl_wide)];
		u64 align;
	};
};

static void key_of(enum nfl_family family, u32 number, struct key *key)
{
	memset(key, 0, sizeof(*key));
	key->oif = number % 5;
	if (nfl_family_is_ipv4(family)) {
		key->v4.saddr = htonl(0x0a000000 + number / 7);
		key->v4.daddr = htonl(0xc0000201);
		if (family == NFL_IPV4)
			key->v4.ports.sport = htons(1024 + number % 7);
		key->v4.protocol = IPPROTO_UDP;
	} else {
		key->v6.saddr.s6_addr32[0] = htonl(0x20010db8);
		key->v6.daddr.s6_addr32[3] = htonl(number / 7);
		if (family == NFL_IPV6)
			key->v6.ports.dport = htons(number % 7);
		key->v6.protocol = IPPROTO_UDP;
	}
	/* wide keys differ in what is behind, its last octet too */
	if (nfl_family_is_wide(family)) {
		struct nfl_link *link = &nfl_key_wide(&key->v4, family)->link;

		link->extras = 1;
		link->vlan[number % 2] = number % 7;
		link->mpls[sizeof(link->mpls) - 1] = number % 7;
	}
}

static u32 hash_of(enum nfl_family family, const struct key *key)
{
	return nfl_hash(&hash_key, &key->v4, family) & hash_mask;
}

static u32 number_of(enum nfl_family family, const struct nfl_flow *flow)
{
	const struct nfl_key4 *key4 = nfl_flow_key(flow);
	const struct nfl_key6 *key6 = nfl_flow_key(flow);

	u32 rest;

	if (nfl_family_is_wide(family)) {
		const struct nfl_link *link = &nfl_flow_wide(flow, family)->link;

		rest = link->mpls[sizeof(link->mpls) - 1];
	} else {
		rest = nfl_family_is_ipv4(family) ? ntohs(key4->ports.sport) - 1024 :
						    ntohs(key6->ports.dport);
	}
	if (nfl_family_is_ipv4(family))
		return (ntohl(key4->saddr) - 0x0a000000) * 7 + rest;
	return ntohl(key6->daddr.s6_addr32[3]) * 7 + rest;
}

static bool start(struct nfl_table *table, enum nfl_family family)
{
	int tries;

	*table = (struct nfl_table) { .family = family, .buckets_min = 16 };
	for (tries = 0; tries < 1000; tries++) {
		if (!nfl_table_start(table))
			return true;
	}
	return false;
}

static struct nfl_flow *find(struct nfl_table *table, u32 number)
{
	struct key key;

	key_of(table->family, number, &key);
	return nfl_table_find(table, hash_of(table->family, &key), &key.v4);
}

/* Put a flow into both. Returns false where the table had no memory for it. */
static bool insert(struct nfl_table *table, u32 number, u32 now)
{
	struct nfl_flow *flow;
	struct key key;

	key_of(table->family, number, &key);
	flow = nfl_table_insert(table, hash_of(table->family, &key), &key.v4);
	if (!flow)
		return false;
	check(!memcmp(nfl_flow_key(flow), &key.v4, nfl_key_size(table->family)),
	      "key of a new flow");
	check(flow->oif == key.oif, "output interface of a new flow");
	flow->packets = 1 + random_below(1000);
	flow->last = now;
	model[number] = (struct model) { flow, flow->packets, now };
	live++;
	return true;
}

static void take_out(struct nfl_table *table, u32 number, u32 ref)
{
	nfl_table_remove(table, model[number].flow, ref);
	model[number].flow = NULL;
	live--;
	check(!find(table, number), "%u is gone", number);
}

static void compare(struct nfl_table *table, u32 number)
{
	const struct nfl_flow *flow = find(table, number);

	check(flow == model[number].flow, "%u: %p, not %p", number, flow, model[number].flow);
	if (flow)
		check(flow->packets == model[number].packets && flow->last == model[number].last,
		      "%u has its values", number);
}

/* What the chunk's map says of an entry. */
static bool is_live(const struct nfl_table *table, u32 ref)
{
	const u32 entries = nfl_chunk_entries(table->family);

	return test_bit(ref % entries, table->chunks[ref / entries].entries);
}

/* Chunks with live entries, and no others, are in the ring, where the search is too. */
static void look_ring(const struct nfl_table *table)
{
	u32 n, occupied = 0, in_ring = 0;

	for (n = 0; n < table->chunks_count; n++)
		occupied += table->chunks[n].entries && table->chunks[n].used;
	n = table->hand_chunk;
	while (occupied) {
		const struct nfl_chunk *chunk = &table->chunks[n];

		if (!check(chunk->entries && chunk->used, "chunk %u is in the ring", n) ||
		    !check(table->chunks[chunk->next].previous == n, "behind chunk %u", n) ||
		    !check(++in_ring <= occupied, "the ring has no end"))
			return;
		n = chunk->next;
		if (n == table->hand_chunk)
			break;
	}
	check(in_ring == occupied, "%u chunks in the ring, not %u", in_ring, occupied);
}

/* Everything that table.h promises of a table at rest. */
static void look(struct nfl_table *table)
{
	const u32 entries = nfl_chunk_entries(table->family);
	u32 b, i, n, ref, in_buckets = 0, in_chunks = 0;

	for (n = 0; n < KEYS; n++)
		compare(table, n);
	check(table->live == live, "%u flows, not %u", table->live, live);
	check(table->mask + 1 >= table->buckets &&
	      (table->buckets > (table->mask + 1) / 2 || !table->mask) &&
	      (table->mask & (table->mask + 1)) == 0,
	      "mask %x of %u buckets", table->mask, table->buckets);

	for (b = 0; b < table->buckets; b++) {
		const struct nfl_bucket *bucket = nfl_table_bucket_at(table, b);
		bool full = true;

		for (i = 0; i < NFL_BUCKET_SLOTS; i++) {
			const struct nfl_flow *flow;

			if (!bucket->tag[i]) {
				full = false;
				continue;
			}
			flow = nfl_table_at(table, bucket->ref[i]);
			check(flow->packets && is_live(table, bucket->ref[i]) &&
			      bucket->tag[i] == nfl_tag(flow->hash) &&
			      nfl_table_bucket(table, flow->hash) == bucket,
			      "bucket %u, slot %u: its flow belongs there", b, i);
			in_buckets++;
		}
		check(full || !bucket->overflow, "bucket %u has a chain and is not full", b);
		for (ref = bucket->overflow; ref; ref = nfl_table_at(table, ref)->next) {
			check(is_live(table, ref) &&
			      nfl_table_bucket(table, nfl_table_at(table, ref)->hash) == bucket,
			      "bucket %u: its chain's flows belong there", b);
			if (!check(++in_buckets <= live, "bucket %u: its chain is a ring", b))
				return;
		}
	}
	check(in_buckets == live, "%u flows in buckets, not %u", in_buckets, live);

	for (n = 0; n < table->chunks_count; n++) {
		const struct nfl_chunk *chunk = &table->chunks[n];
		const struct nfl_flow *flow;
		u32 free = 0, mapped = 0, i = 0;

		if (!chunk->entries) {
			check(!test_bit(n, table->available), "chunk %u is not there", n);
			continue;
		}
		for (ref = chunk->free; ref && free <= entries;
		     ref = nfl_table_at(table, ref)->next) {
			check(ref / entries == n, "chunk %u: %u is free in it", n, ref);
			free++;
		}
		check(chunk->used + free + nfl_chunk_first(table->family) == chunk->fresh &&
		      chunk->fresh <= chunk->entries_max,
		      "chunk %u: %u used, %u free, %u fresh", n, chunk->used, free, chunk->fresh);
		check(test_bit(n, table->available) == (free || chunk->fresh < chunk->entries_max),
		      "chunk %u: whether it has room", n);
		nfl_chunk_for_each(chunk, nfl_flow_size(table->family), i, entries, flow)
			mapped++;
		check(mapped == chunk->used, "chunk %u: %u in its map, not %u", n, mapped,
		      chunk->used);
		check(chunk->used || (!free && chunk->fresh == nfl_chunk_first(table->family)),
		      "chunk %u: it is empty, and not as new: %u free, %u fresh", n, free,
		      chunk->fresh);
		in_chunks += chunk->used;
	}
	check(in_chunks == live, "%u flows in chunks, not %u", in_chunks, live);
	look_ring(table);
}

static u32 random_live(void)
{
	u32 number = random_below(KEYS);

	while (!model[number].flow)
		number = number + 1 == KEYS ? 0 : number + 1;
	return number;
}

static void feed(struct nfl_table *table)
{
	struct nfl_supply supply;

	if (!nfl_table_starved(table))
		return;
	nfl_supply_get(&supply, &table->memory);
	nfl_table_feed(table, &supply);
	nfl_supply_free(&supply);
	check(!nfl_table_starved(table), "fed is not starved");
}

/* @grow of ten are inserts. Memory being refused, a victim makes place. */
static void operate(struct nfl_table *table, unsigned int operations, unsigned int grow)
{
	static u32 now;

	while (operations--) {
		u32 number = random_below(KEYS), ref;

		now++;
		if (random_below(10) < grow) {
			if (model[number].flow || insert(table, number, now))
				continue;
			check(refusal, "no memory, and none was refused");
			if (!live)
				continue;
			check(victim_search(table, now).looks <= VICTIM_LOOKS, "it has a bound");
			ref = nfl_table_victim(table, now);
			if (!check(ref, "there is a victim"))
				continue;
			number = number_of(table->family, nfl_table_at(table, ref));
			if (check(number < KEYS && model[number].flow == nfl_table_at(table, ref),
				  "a victim lives"))
				take_out(table, number, ref);
		} else if (live) {
			number = random_live();
			compare(table, number);
			take_out(table, number, 0);
		}
		compare(table, random_below(KEYS));
		if (live && random_below(2)) {
			number = random_live();
			model[number].flow->packets = ++model[number].packets;
			model[number].flow->last = now;
			model[number].last = now;
		}
		if (!random_below(100))
			nfl_table_shrink(table, random_below(50), table->buckets_min);
		if (!random_below(200))
			feed(table);
	}
}

/* Every octet that the table has is back when it has no flows. */
static void empty(struct nfl_table *table)
{
	u32 number;

	for (number = 0; number < KEYS; number++) {
		if (model[number].flow)
			take_out(table, number, 0);
	}
	look(table);
	nfl_table_shrink(table, 1000000, table->buckets_min);
	check(table->buckets <= 2 * table->buckets_min, "%u buckets are left", table->buckets);
	check(table->chunks_count <= 1, "%u chunks are left", table->chunks_count);
	look(table);
}

static void test_model(enum nfl_family family, u32 mask, unsigned int one_in)
{
	static const unsigned int phases[] = { 9, 5, 1, 8, 2, 6, 9, 1 };
	struct nfl_table table;
	unsigned int i;

	shim_alloc_fails = refuse;
	refusal = one_in > 1 ? one_in : 0;	/* where all are, not from the start */
	refused = 0;
	hash_mask = mask;
	nfl_hash_seed(&hash_key);
	if (!check(start(&table, family), "it starts"))
		return;
	for (i = 0; i < ARRAY_SIZE(phases); i++) {
		operate(&table, OPERATIONS / 5 / ARRAY_SIZE(phases), phases[i]);
		look(&table);
		refusal = one_in;
		check(refusal || live <= table.buckets * NFL_BUCKET_LOAD || live < 16,
		      "%u flows in %u buckets", live, table.buckets);
	}
	empty(&table);
	nfl_table_release(&table);
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	check(!one_in || refused, "memory was never refused");
	test("%s, hash & %x, one of %u allocations refused, %lu in all", names[family], mask,
	     one_in, refused);
}

/* It shrinks while it has flows, to what these need; its own figure is true. */
static void test_memory(enum nfl_family family)
{
	struct nfl_table table;
	size_t peak;
	u32 n;

	refusal = 0;
	hash_mask = ~0U;
	nfl_hash_seed(&hash_key);
	start(&table, family);
	for (n = 0; n < KEYS; n++)
		check(insert(&table, n, n), "%u", n);
	peak = shim_alloc_out;
	check(nfl_table_memory(&table) == peak,
	      "it says %zu octets, of %zu", nfl_table_memory(&table), peak);
	check(peak / KEYS < nfl_flow_size(family) + 32, "%zu octets a flow", peak / KEYS);
	for (n = 0; n < KEYS - 100; n++)
		take_out(&table, n, 0);
	for (n = 0; n < 1000; n++)
		nfl_table_shrink(&table, 1000, table.buckets_min);
	look(&table);
	check(shim_alloc_out < peak / 4, "%zu octets of %zu for 100 flows", shim_alloc_out, peak);
	empty(&table);
	nfl_table_release(&table);
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("%s: %zu octets per flow, freed when the flows are removed", names[family],
	     peak / KEYS);
}

/*
 * A full table under a flood of flows of one packet each: those that have
 * packets all the time stay, be they scattered or side by side.
 */
static void test_flood(enum nfl_family family, bool scattered)
{
	const u32 busy = 64, room = 5000, apart = scattered ? room / busy : 1;
	u32 n, now = 0, ref, next = room;
	struct nfl_table table;

	refusal = 0;
	nfl_hash_seed(&hash_key);
	start(&table, family);
	for (n = 0; n < room; n++)
		insert(&table, n, now++);
	while (next < KEYS) {
		for (n = 0; n < busy; n++) {
			struct model *m = &model[n * apart];

			m->last = now;
			if (check(m->flow, "busy flow %u stays", n))
				m->flow->last = now;
		}
		for (n = 0; n < 100 && next < KEYS; n++) {
			now++;
			ref = nfl_table_victim(&table, now);
			if (!check(ref, "there is a victim"))
				continue;
			nfl_table_reuse(&table, ref);
			take_out(&table, number_of(family, nfl_table_at(&table, ref)), ref);
			insert(&table, next++, now);
		}
	}
	check(live == room, "%u flows", live);
	empty(&table);
	nfl_table_release(&table);
	test("%s: busy flows, %s, survive a flood", names[family],
	     scattered ? "scattered" : "side by side");
}

static bool no_large(size_t size)
{
	return size == NFL_CHUNK_SIZE;
}

/*
 * A table of @count IPv4 flows, of which each one @apart stays, all of them @age old then.
 * All chunks are of one size: where there are contiguous pages, the first ones are large too.
 */
static void few(struct nfl_table *table, u32 count, u32 apart, u32 age, bool small)
{
	struct nfl_flow **flows = calloc(count, sizeof(*flows));
	struct key key;
	u32 n;

	refusal = 0;
	hash_mask = ~0U;
	nfl_hash_seed(&hash_key);
	shim_alloc_fails = small ? no_large : NULL;
	*table = (struct nfl_table) { .family = NFL_IPV4, .buckets_min = 16 };
	/* a table that has that much gets large chunks */
	table->memory.held = NFL_CHUNK_SIZE;
	nfl_table_start(table);
	table->memory.held -= NFL_CHUNK_SIZE;
	for (n = 0; n < count; n++) {
		key_of(NFL_IPV4, n, &key);
		flows[n] = nfl_table_insert(table, hash_of(NFL_IPV4, &key), &key.v4);
		flows[n]->packets = 1;
		flows[n]->last = 1000 - age;
	}
	for (n = 0; n < count; n++) {
		if (n % apart)
			nfl_table_remove(table, flows[n], 0);
	}
	free(flows);
	shim_alloc_fails = NULL;
	check(table->live == DIV_ROUND_UP(count, apart), "%u flows", table->live);
}

/*
 * How much a search for a victim looks at, in tables of whatever history. The first one knows
 * of no age that recent victims had, so it goes to its bound; from then on flows of that
 * age are good, and eight are enough. Where recent victims were older than any flow is, it
 * goes to its bound each time.
 */
static void test_sparse(void)
{
	static const struct {
		const char *name;
		bool small;	/* chunks are single pages */
		u32 count, apart, age;
		u32 before;	/* age of recent victims, in each search; 0: the searches' own */
		/* by words of 64 and of 32 bits: looks of a search at most, its flows at least */
		u32 most[2], least[2];
		u32 looks[2];	/* of all searches; 0 if not known beforehand */
	} rows[] = {
		{ "a full table of flows that had a packet just now", false, 100000, 1, 0, 1000,
		  { 128, 128 }, { 127, 127 }, { 0, 0 } },
		{ "the same, and so were the victims", false, 100000, 1, 0, 0, { 9, 9 }, { 8, 8 },
		  { 0, 0 } },
		/*
		 * Places 2, 501 and 1000 of 1002: the flows (3), their words' rests (3), the
		 * words between (13 or 29) and the way back to the begin (1) are 20 or 36 for
		 * three flows, and eight times that for three searches. The last search ends
		 * before the last two of these.
		 */
		{ "3 flows of 1,000", false, 1000, 499, 1000, 0, { 57, 105 }, { 8, 8 },
		  { SEARCHES / 3 * 8 * 20 - 2, SEARCHES / 3 * 8 * 36 - 2 } },
		{ "15,625 flows of 1,000,000", false, 1000000, 64, 1000, 0, { 18, 26 }, { 8, 8 },
		  { 0, 0 } },
		{ "one flow in each chunk", false, 102200, 1022, 1000, 0, { 128, 128 }, { 7, 3 },
		  { 0, 0 } },
		/*
		 * A page has 62 places: 62 looks at flows, one to go on with the next page. Of
		 * 128 looks in a row 3 at most are of the latter kind: the first, the 64th and
		 * the 127th.
		 */
		{ "a full table in single pages", true, 100000, 1, 0, 1000, { 128, 128 },
		  { 125, 125 }, { 0, 0 } },
		/*
		 * For each flow: the flow, its word's rest, the other word of 32 bits, the next
		 * page. Eight flows a search. The first begins at a flow's word, so what would
		 * be before that, all but the flow, was not looked at.
		 */
		{ "one flow in each single page", true, 124000, 62, 1000, 0, { 24, 32 }, { 8, 8 },
		  { SEARCHES * 24 - 2, SEARCHES * 32 - 3 } },
	};
	const int bits = BITS_PER_LONG == 32;
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 looks = 0, most = 0, least = ~0U;
		struct nfl_table table;

		few(&table, rows[i].count, rows[i].apart, rows[i].age, rows[i].small);
		n = victim_search(&table, 1000).looks;
		check(n == VICTIM_LOOKS, "the first search looks at %u", n);
		/* it has ended anywhere */
		table.hand_chunk = 0;
		table.hand = 0;
		for (n = 0; n < SEARCHES; n++) {
			struct search search;

			if (rows[i].before)
				table.victim_age = rows[i].before * VICTIM_AGE_PARTS;
			search = victim_search(&table, 1000);
			looks += search.looks;
			most = max(most, search.looks);
			least = min(least, search.sampled);
			check(is_live(&table, search.best), "a victim lives");
		}
		check(most == rows[i].most[bits], "%u looks, not %u", most, rows[i].most[bits]);
		check(least == rows[i].least[bits], "%u flows, not %u", least, rows[i].least[bits]);
		check(!rows[i].looks[bits] || looks == rows[i].looks[bits], "%u looks, not %u",
		      looks, rows[i].looks[bits]);
		nfl_table_release(&table);
		check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
		test("%s: a search takes at most %u steps", rows[i].name, most);
	}
}

/* Parts of a flow become one, also across the wrap of the clock. */
static void test_merge(void)
{
	u32 base;

	for (base = 0xfffff000; base != 0x1000; base += 0x10) {
		struct nfl_flow a = {
			.packets = 3, .octets = 300, .tcp_flags = 0x102,
			.first = base + 50, .last = base + 80,
		};
		const struct nfl_flow b = {
			.packets = 5, .octets = 5000, .tcp_flags = 0x11,
			.first = base + 10, .last = base + 70,
		};
		const struct nfl_flow c = {
			.packets = 1, .octets = 40, .first = base + 60, .last = base + 90,
		};

		nfl_flow_merge(&a, &b, NFL_IPV4);
		nfl_flow_merge(&a, &c, NFL_IPV4);
		check(a.packets == 9 && a.octets == 5340 && a.tcp_flags == 0x113 &&
		      a.first == base + 10 && a.last == base + 90, "at %x", base);
	}
	test("parts of a flow are merged");
}

/* What one part knows of NAT, the whole knows; what both know, the first said. */
static void test_merge_nat(void)
{
	struct nfl_flow4_wide a = { .flow.packets = 1 }, b = { .flow.packets = 2 };
	struct nfl_flow6_wide c = { .flow.packets = 4 }, d = { .flow.packets = 8 };

	b.flow.nat = NFL_NAT_KNOWN;
	b.nat = (struct nfl_nat4) { 1, 2, 3, 4 };
	nfl_flow_merge(&a.flow, &b.flow, NFL_IPV4_WIDE);
	check(a.flow.packets == 3 && a.flow.nat == NFL_NAT_KNOWN, "it is known");
	check(!memcmp(&a.nat, &b.nat, sizeof(a.nat)), "the addresses");
	b.nat.saddr = 9;
	nfl_flow_merge(&a.flow, &b.flow, NFL_IPV4_WIDE);
	check(a.nat.saddr == 1, "the first is kept");

	d.flow.nat = NFL_NAT_KNOWN;
	memset(&d.nat, 7, sizeof(d.nat));
	nfl_flow_merge(&c.flow, &d.flow, NFL_IPV6_WIDE);
	check(c.flow.packets == 12 && c.flow.nat == NFL_NAT_KNOWN, "it is known");
	check(!memcmp(&c.nat, &d.nat, sizeof(c.nat)), "the addresses");
	test("parts of a translated flow are merged");
}

int main(void)
{
	enum nfl_family family;

	tap_begin();
	for (family = NFL_IPV4; family < NFL_FAMILIES; family++) {
		test_model(family, ~0U, 0);
		test_model(family, ~0U, 3);
		test_model(family, 0xff0000ff, 0);	/* long chains */
		test_model(family, 0x0001ffff, 4);	/* two tags */
		test_model(family, 0xffff1fff, 1);
		test_memory(family);
		test_flood(family, true);
		test_flood(family, false);
	}
	test_sparse();
	test_merge();
	test_merge_nat();
	return tap_end();
}
