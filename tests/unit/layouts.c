// SPDX-License-Identifier: GPL-2.0-only
/*
 * Template ids of layouts with extra fields: the same list of fields always has the same id,
 * and no two lists have one.
 */
#include "layouts.h"

#include "tap.h"

#define IPFIX		(&nfl_ipfix_templates)
#define NETFLOW9	(&nfl_netflow9_templates)
#define EXTRA(name)	BIT(NFL_EXTRA_##name)

/*
 * Ids that collectors know: they must never change. If the fields of a template change on
 * purpose its ids do, too, and only these.
 */
static const struct {
	const struct nfl_templates *templates;
	unsigned int number;
	u16 extras;
	u16 id;
} golden[] = {
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, EXTRA(MAC), 63548 },
	{ IPFIX, NFL_TEMPLATE_IPV6_PORTS, EXTRA(MAC), 8387 },
	{ IPFIX, NFL_TEMPLATE_IPV4_ICMP, EXTRA(MAC), 60839 },
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, EXTRA(VLAN), 9336 },
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, EXTRA(MAC) | EXTRA(VLAN), 16640 },
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, EXTRA(SELECTOR), 14584 },
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, EXTRA(PREFIXES4) | EXTRA(PREFIXES6), 25544 },
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, NFL_EXTRAS_ALL, 59499 },
	{ IPFIX, NFL_TEMPLATE_TRANSLATED + NFL_TEMPLATE_IPV4_PORTS, EXTRA(VRF), 23571 },
	{ NETFLOW9, NFL_TEMPLATE_IPV4_PORTS, EXTRA(MAC), 14084 },
	{ NETFLOW9, NFL_TEMPLATE_IPV6_PORTS, EXTRA(MAC), 37019 },
	{ NETFLOW9, NFL_TEMPLATE_IPV4_PORTS, NFL_EXTRAS_ALL, 22495 },
	/* these fields do not belong to the template */
	{ IPFIX, NFL_TEMPLATE_IPV4_PORTS, EXTRA(EXTHDRS), 256 },
	{ IPFIX, NFL_TEMPLATE_IPV6_ICMP, EXTRA(OPTIONS) | EXTRA(TCPOPTIONS), 259 },
};

static u16 id_of(const struct nfl_templates *templates, unsigned int number, u16 extras)
{
	return nfl_layout_of_flow(templates, number, extras).id;
}

static void test_golden(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(golden); i++) {
		const u16 id = id_of(golden[i].templates, golden[i].number, golden[i].extras);

		check(id == golden[i].id, "version %u, template %u, fields %#x: %u, not %u",
		      golden[i].templates->version, golden[i].number, golden[i].extras, id,
		      golden[i].id);
	}
	test("ids are those that collectors know");
}

/* A list of fields as it is in a template. */
static size_t list_of(const struct nfl_layout *layout, u8 *list)
{
	nfl_layout_put_fields(layout, list);
	return layout->count * 4;
}

/* Ids of a protocol, each with its list. */
static struct {
	size_t length;
	u8 list[256];
} by_id[65536];

static void compare(const struct nfl_templates *templates, const struct nfl_layout *layout)
{
	struct nfl_layout found;
	u8 list[256];
	size_t length = list_of(layout, list);

	check(layout->id >= NFL_LAYOUT_ID_FIRST || !layout->extras, "%u is the id of a template",
	      layout->id);
	check(nfl_layouts_find(templates, layout->id, &found), "%u is found", layout->id);
	check(found.template == layout->template && found.extras == layout->extras,
	      "%u is found as another one", layout->id);
	if (by_id[layout->id].length) {
		check(by_id[layout->id].length == length &&
		      !memcmp(by_id[layout->id].list, list, length), "%u has two lists",
		      layout->id);
	}
	by_id[layout->id].length = length;
	memcpy(by_id[layout->id].list, list, length);
}

/* All sets of extra fields in a random order, twice: the second time nothing is added. */
static void test_all(const struct nfl_templates *templates)
{
	static u16 first_time[NFL_EXTRAS_ALL + 1][NFL_FLOW_TEMPLATES];
	static u16 order[NFL_EXTRAS_ALL];
	unsigned int i, j, count = 0, collisions = 0;

	nfl_layouts_free();
	memset(by_id, 0, sizeof(by_id));
	for (i = 0; i < NFL_EXTRAS_ALL; i++) {
		j = random_below(i + 1);
		order[i] = order[j];
		order[j] = i + 1;
	}
	for (i = 0; i < 2 * NFL_EXTRAS_ALL; i++) {
		const u16 extras = order[i % NFL_EXTRAS_ALL];

		for (j = 0; j < NFL_FLOW_TEMPLATES; j++) {
			const struct nfl_layout layout = nfl_layout_of_flow(templates, j, extras);

			if (i < NFL_EXTRAS_ALL)
				first_time[extras][j] = layout.id;
			check(layout.id == first_time[extras][j], "it is %u, and was %u", layout.id,
			      first_time[extras][j]);
			compare(templates, &layout);
			collisions += layout.extras &&
				      layout.id != id_wanted(templates, &layout);
		}
	}
	for (i = 0; i < 65536; i++)
		count += by_id[i].length > 0;
	check(collisions, "some lists have the same hash");
	nfl_layouts_free();
	check(!shim_alloc_out, "%zu octets are left", shim_alloc_out);
	test("version %u: %u lists, each with an id", templates->version, count);
}

/* Two lists with one hash: the second one gets the next id, whichever it is. */
static void test_collision(void)
{
	const struct nfl_templates *templates = &nfl_ipfix_templates;
	static struct nfl_layout taken, last;
	const u16 extras = EXTRA(MAC);
	const u16 wanted = id_of(templates, 0, extras);
	struct nfl_layout layout;

	nfl_layouts_free();
	taken = nfl_layout_with(templates, 1, EXTRA(VRF));
	xa_store(&ipfix_ids, wanted, &taken, 0);
	layout = nfl_layout_of_flow(templates, 0, extras);
	check(layout.id == wanted + 1, "%u, not %u", layout.id, wanted + 1);
	check(nfl_layouts_find(templates, wanted + 1, &layout) && layout.extras == extras,
	      "it is found");
	xa_erase(&ipfix_ids, wanted);
	check(id_of(templates, 0, extras) == wanted + 1, "it keeps its id");
	nfl_layouts_free();
	check(id_of(templates, 0, extras) == wanted, "the id is free again");
	nfl_layouts_free();
	check(id_after(65535) == 512, "behind the last id is the first one");

	/* all ids are taken: the flow has no extra fields, and the id of its template */
	for (last.id = 512; last.id; last.id++)
		xa_store(&ipfix_ids, last.id, &taken, 0);
	layout = nfl_layout_of_flow(templates, 0, extras);
	check(layout.id == 256 && !layout.extras && layout.count == templates->flow[0].count,
	      "%u, with %u fields", layout.id, layout.count);
	nfl_layouts_free();
	test("lists with one hash have different ids");
}

static unsigned int allocations;

static bool first_fails(size_t size)
{
	return !allocations++;
}

static unsigned int stores;

static bool one_store_fails(void)
{
	return !stores--;
}

static void test_memory(void)
{
	const u16 id = id_of(IPFIX, 0, NFL_EXTRAS_ALL);
	struct nfl_layout layout;
	unsigned int n;

	/* one of the ids, then the set */
	for (n = 0; n <= NFL_FLOW_TEMPLATES; n++) {
		nfl_layouts_free();
		stores = n;
		shim_xa_fails = one_store_fails;
		layout = nfl_layout_of_flow(IPFIX, 0, NFL_EXTRAS_ALL);
		shim_xa_fails = NULL;
		check(!layout.count && !shim_alloc_out, "store %u fails: %u fields, %zu octets", n,
		      layout.count, shim_alloc_out);
		check(!nfl_layouts_find(IPFIX, id, &layout), "no id is left");
		check(id_of(IPFIX, 0, NFL_EXTRAS_ALL) == id, "the next time it has its id");
	}
	nfl_layouts_free();

	allocations = 0;
	shim_alloc_fails = first_fails;
	layout = nfl_layout_of_flow(&nfl_ipfix_templates, 0, EXTRA(MAC));
	check(!layout.count, "without memory there is no layout");
	layout = nfl_layout_of_flow(&nfl_ipfix_templates, 0, EXTRA(MAC));
	check(layout.count == nfl_ipfix_templates.flow[0].count + 2, "the next time there is");
	shim_alloc_fails = NULL;
	nfl_layouts_free();
	check(!shim_alloc_out, "%zu octets are left", shim_alloc_out);
	test("without memory");
}

/* Logstash reads nothing behind these in a message, so they go last. */
static void test_repeats(void)
{
	unsigned int next, repeating[2] = { };
	const struct nfl_template *template;
	struct nfl_layout layout;

	for (next = 0; (template = nfl_template_next(&nfl_ipfix_templates, &next)); next++) {
		layout = nfl_layout_plain(template);
		repeating[0] += nfl_layout_repeats(&layout);
	}
	for (next = 0; (template = nfl_template_next(&nfl_netflow9_templates, &next)); next++) {
		layout = nfl_layout_plain(template);
		repeating[1] += nfl_layout_repeats(&layout);
	}
	/* metering and exporting reliability; in IPFIX also names, by their scopes */
	check(repeating[0] == 4, "IPFIX: %u", repeating[0]);
	check(repeating[1] == 2, "NetFlow v9: %u", repeating[1]);
	test("templates with a repeated element");
}

int main(void)
{
	tap_begin();
	test_golden();
	test_all(&nfl_ipfix_templates);
	test_all(&nfl_netflow9_templates);
	test_collision();
	test_memory();
	test_repeats();
	return tap_end();
}
