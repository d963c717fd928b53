// SPDX-License-Identifier: GPL-2.0-only
/*
 * Template ids of layouts with extra fields.
 *
 * Some collectors (nfdump, nfacctd) distinguish templates by address and observation domain
 * only, without the port. Two sessions from one address, or one before and one after a reload
 * of the module, would overwrite each other's templates if ids were given in the order of use.
 * So the id is a hash of the protocol and the list of fields. If it is taken by another list,
 * the next free one is used. All namespaces have the same ids, and an id never changes its
 * meaning as long as the module is loaded.
 */
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "base/alloc.h"
#include "protocol/layouts.h"

/* FNV-1a, of 32 bits */
#define HASH_BEGIN	2166136261U
#define HASH_PRIME	16777619U

/* By id: struct nfl_layout; by extra fields: struct nfl_layouts. Entries are never replaced. */
static DEFINE_XARRAY(ipfix_ids);
static DEFINE_XARRAY(ipfix_sets);
static DEFINE_XARRAY(netflow9_ids);
static DEFINE_XARRAY(netflow9_sets);

/* Taken to add entries. */
static DEFINE_MUTEX(layouts_lock);

static struct xarray *ids_of(const struct nfl_templates *templates)
{
	return templates->version == 9 ? &netflow9_ids : &ipfix_ids;
}

static struct xarray *sets_of(const struct nfl_templates *templates)
{
	return templates->version == 9 ? &netflow9_sets : &ipfix_sets;
}

static u32 hash_octet(u32 hash, u8 octet)
{
	return (hash ^ octet) * HASH_PRIME;
}

static u32 hash_fields(u32 hash, const struct nfl_field *fields, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		hash = hash_octet(hash, fields[i].element >> 8);
		hash = hash_octet(hash, fields[i].element);
		hash = hash_octet(hash, fields[i].length >> 8);
		hash = hash_octet(hash, fields[i].length);
	}
	return hash;
}

/* The id that a layout has unless another layout has it. */
static u16 id_wanted(const struct nfl_templates *templates, const struct nfl_layout *layout)
{
	u32 hash = hash_octet(HASH_BEGIN, templates->version);
	int i;

	hash = hash_fields(hash, layout->template->fields, layout->template->count);
	for (i = 0; layout->extras >> i; i++) {
		if (nfl_extra_has(layout->extras, i))
			hash = hash_fields(hash, layout->blocks[i].fields, layout->blocks[i].count);
	}
	return NFL_LAYOUT_ID_FIRST + hash % NFL_LAYOUT_IDS;
}

static u16 id_after(u16 id)
{
	return id == U16_MAX ? NFL_LAYOUT_ID_FIRST : id + 1;
}

static bool is_same(const struct nfl_layout *a, const struct nfl_layout *b)
{
	return a->template == b->template && a->extras == b->extras;
}

/*
 * Give a layout its id. If all are in use, which takes thousands of changes of settings, the
 * flows have no extra fields from then on. Returns false without memory.
 */
static bool id_give(const struct nfl_templates *templates, struct nfl_layout *layout)
{
	struct xarray *ids = ids_of(templates);
	u16 id = id_wanted(templates, layout);
	unsigned int tries;

	for (tries = 0; tries < NFL_LAYOUT_IDS; tries++, id = id_after(id)) {
		const struct nfl_layout *other = xa_load(ids, id);

		if (other && !is_same(other, layout))
			continue;
		layout->id = id;
		return other || !xa_err(xa_store(ids, id, layout, NFL_GFP_WORKER));
	}
	*layout = nfl_layout_plain(layout->template);
	return true;
}

static void set_free(const struct nfl_templates *templates, struct nfl_layouts *set)
{
	struct xarray *ids = ids_of(templates);
	int i;

	for (i = 0; i < NFL_FLOW_TEMPLATES; i++) {
		if (set->flow[i].extras && xa_load(ids, set->flow[i].id) == &set->flow[i])
			xa_erase(ids, set->flow[i].id);
	}
	kvfree(set);
}

/*
 * The ids of a set are given together, in the order of the templates. So whether two of them
 * collide does not depend on which flow comes first.
 */
static struct nfl_layouts *set_make(const struct nfl_templates *templates, u16 extras)
{
	struct nfl_layouts *set = nfl_alloc(sizeof(*set));
	bool done = set;
	int i;

	for (i = 0; done && i < NFL_FLOW_TEMPLATES; i++) {
		set->flow[i] = nfl_layout_with(templates, i, extras);
		/* none of the fields belongs to this template: it is the one without them */
		if (set->flow[i].extras)
			done = id_give(templates, &set->flow[i]);
	}
	if (done && xa_err(xa_store(sets_of(templates), extras, set, NFL_GFP_WORKER)))
		done = false;
	if (done)
		return set;
	if (set)
		set_free(templates, set);
	return NULL;
}

/**
 * nfl_layouts_of() - the layouts of flows with extra fields
 * @templates: the templates of the protocol
 * @extras: the requested extra fields, not 0
 *
 * Context: process; sleeps if they were not requested before.
 * Return: the layouts, which exist as long as the module; NULL without memory.
 */
const struct nfl_layouts *nfl_layouts_of(const struct nfl_templates *templates, u16 extras)
{
	struct nfl_layouts *set = xa_load(sets_of(templates), extras);

	if (likely(set))
		return set;
	mutex_lock(&layouts_lock);
	set = xa_load(sets_of(templates), extras);
	if (!set)
		set = set_make(templates, extras);
	mutex_unlock(&layouts_lock);
	return set;
}

/**
 * nfl_layouts_find() - the layout with an id
 * @templates: the templates of the protocol
 * @id: the template id
 * @layout: set to the layout
 *
 * Return: false if no layout has this id.
 */
bool nfl_layouts_find(const struct nfl_templates *templates, u16 id, struct nfl_layout *layout)
{
	const struct nfl_template *template;
	const struct nfl_layout *found;
	unsigned int next;

	if (id >= NFL_LAYOUT_ID_FIRST) {
		found = xa_load(ids_of(templates), id);
		if (found)
			*layout = *found;
		return found;
	}
	for (next = 0; (template = nfl_template_next(templates, &next)); next++) {
		if (template->id == id) {
			*layout = nfl_layout_plain(template);
			return true;
		}
	}
	return false;
}

static void sets_free(const struct nfl_templates *templates)
{
	struct xarray *sets = sets_of(templates);
	struct nfl_layouts *set;
	unsigned long extras;

	xa_for_each(sets, extras, set)
		set_free(templates, set);
	xa_destroy(sets);
	xa_destroy(ids_of(templates));
}

/**
 * nfl_layouts_free() - forget all layouts
 *
 * Context: process. No flow is exported any more.
 */
void nfl_layouts_free(void)
{
	sets_free(&nfl_ipfix_templates);
	sets_free(&nfl_netflow9_templates);
}
