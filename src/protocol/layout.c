// SPDX-License-Identifier: GPL-2.0-only
/*
 * What blocks of extra fields (optional_fields.c) make of a template.
 *
 * All flows of a kind have the same layout as long as the setting stays: what is not
 * there is 0. A wide flow knows what was asked for when it was made, so that it is
 * exported with the fields that it has. Ids are made of template and extra fields,
 * so none ever has two meanings.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "compat/unaligned.h"
#include "protocol/layout.h"

/* Ids of layouts with extra fields: so many for a set, from here on. */
#define ID_FIRST	512
#define ID_OF_SET	NFL_FLOW_TEMPLATES

static_assert(ID_FIRST + NFL_EXTRA_SETS * ID_OF_SET <= 65536);

static bool is_in_place(const struct nfl_block *block, enum nfl_flow_template template)
{
	switch (block->place) {
	case NFL_BLOCK_WITH_IPV4:
		return nfl_template_is_ipv4(template);
	case NFL_BLOCK_WITH_IPV6:
		return !nfl_template_is_ipv4(template);
	case NFL_BLOCK_WITH_PORTS:
		return template == NFL_TEMPLATE_IPV4_PORTS || template == NFL_TEMPLATE_IPV6_PORTS;
	default:
		return true;
	}
}

static struct nfl_layout plain(const struct nfl_template *template)
{
	return (struct nfl_layout) {
		.template = template,
		.id = template->id,
		.count = template->count,
		.length = template->length,
	};
}

/**
 * nfl_layout_of_flow() - the layout of a template of flows
 * @templates: the protocol's
 * @number: &enum nfl_flow_template, or that of translated flows
 * @extras: the extra fields that are asked for
 */
struct nfl_layout nfl_layout_of_flow(const struct nfl_templates *templates, unsigned int number,
				     u16 extras)
{
	struct nfl_layout layout = plain(&templates->flow[number]);
	int i;

	if (likely(!extras))
		return layout;
	layout.blocks = templates->blocks;
	layout.id = ID_FIRST + nfl_extra_set(extras) * ID_OF_SET + number;
	for (i = 0; i < NFL_EXTRAS; i++) {
		const struct nfl_block *block = &layout.blocks[i];

		if (!nfl_extra_has(extras, i) ||
		    !is_in_place(block, number % NFL_TEMPLATE_TRANSLATED))
			continue;
		layout.extras |= BIT(i);
		layout.count += block->count;
		layout.length += block->length;
	}
	return layout;
}

/**
 * nfl_layout_for() - the layout of a record
 * @templates: the protocol's
 * @kind: of which kind the record is, see there for
 * @which: and
 * @source: this
 */
struct nfl_layout nfl_layout_for(const struct nfl_templates *templates, enum nfl_record_kind kind,
				 unsigned int which, const void *source)
{
	const struct nfl_template *template = nfl_template_for(templates, kind, which, source);
	const struct nfl_record *record = source;

	if (kind == NFL_RECORD_FLOW && unlikely(record->extras))
		return nfl_layout_of_flow(templates, template - templates->flow, record->extras);
	return plain(template);
}

/**
 * nfl_layout_next() - all layouts, in the order they are sent in
 * @templates: the protocol's
 * @sets: sets of extra fields that flows may have
 * @number: where to go on from, 0 at first; moved to the one that is returned
 * @layout: that one
 *
 * Return: false behind the last.
 */
bool nfl_layout_next(const struct nfl_templates *templates, const struct nfl_extra_sets *sets,
		     unsigned int *number, struct nfl_layout *layout)
{
	const struct nfl_template *template;
	unsigned int wide, set;

	if (*number < NFL_TEMPLATES) {
		template = nfl_template_next(templates, number);
		if (template) {
			*layout = plain(template);
			return true;
		}
		*number = NFL_TEMPLATES;
	}
	wide = *number - NFL_TEMPLATES;
	set = find_next_bit(sets->map, NFL_EXTRA_SETS, wide / NFL_FLOW_TEMPLATES);
	if (set == NFL_EXTRA_SETS)
		return false;
	wide = set == wide / NFL_FLOW_TEMPLATES ? wide : set * NFL_FLOW_TEMPLATES;
	*layout = nfl_layout_of_flow(templates, wide % NFL_FLOW_TEMPLATES, nfl_extras_of_set(set));
	*number = NFL_TEMPLATES + wide;
	return true;
}

/**
 * nfl_layouts_count() - how many layouts a protocol has
 * @templates: the protocol's, NULL for none
 * @sets: as in nfl_layout_next()
 */
unsigned int nfl_layouts_count(const struct nfl_templates *templates,
			       const struct nfl_extra_sets *sets)
{
	unsigned int count = 0, next = 0;
	struct nfl_layout layout;

	for (; templates && nfl_layout_next(templates, sets, &next, &layout); next++)
		count++;
	return count;
}

static u8 *put_fields(u8 *at, const struct nfl_field *fields, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++, at += 4) {
		put_unaligned_be16(fields[i].element, at);
		put_unaligned_be16(fields[i].length, at + 2);
	}
	return at;
}

/**
 * nfl_layout_put_fields() - the field specifiers, four octets each
 * @layout: the layout
 * @at: where to
 */
void nfl_layout_put_fields(const struct nfl_layout *layout, u8 *at)
{
	int i;

	at = put_fields(at, layout->template->fields, layout->template->count);
	for (i = 0; layout->extras >> i; i++) {
		if (nfl_extra_has(layout->extras, i))
			at = put_fields(at, layout->blocks[i].fields, layout->blocks[i].count);
	}
}

/**
 * nfl_layout_encode() - write a record
 * @layout: the layout
 * @at: where to
 * @source: the record's
 */
void nfl_layout_encode(const struct nfl_layout *layout, u8 *at, const void *source)
{
	int i;

	layout->template->encode(at, source);
	at += layout->template->length;
	for (i = 0; layout->extras >> i; i++) {
		if (!nfl_extra_has(layout->extras, i))
			continue;
		layout->blocks[i].encode(at, source);
		at += layout->blocks[i].length;
	}
}

static u64 keys_of(const struct nfl_field *fields, unsigned int count)
{
	u64 keys = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (fields[i].key)
			keys |= BIT_ULL(i);
	}
	return keys;
}

/**
 * nfl_layout_keys() - the flowKeyIndicator of a layout
 * @layout: of flows
 *
 * Return: bit i set where field i is a key (RFC 7011 section 4.4).
 */
u64 nfl_layout_keys(const struct nfl_layout *layout)
{
	unsigned int count = layout->template->count;
	u64 keys = keys_of(layout->template->fields, count);
	int i;

	for (i = 0; layout->extras >> i; i++) {
		if (!nfl_extra_has(layout->extras, i))
			continue;
		keys |= keys_of(layout->blocks[i].fields, layout->blocks[i].count) << count;
		count += layout->blocks[i].count;
	}
	return keys;
}
