// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts: templates with blocks of extra fields (optional_fields.c).
 *
 * All flows of a kind have the same layout until the setting changes; a missing value is 0.
 * A wide flow stores the extra fields of the setting at its creation, and is exported with
 * these fields.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "compat/unaligned.h"
#include "protocol/layout.h"
#include "protocol/layouts.h"

static bool is_in_place(const struct nfl_field_block *block, enum nfl_flow_template template)
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

/**
 * nfl_layout_plain() - the layout of a template without extra fields
 * @template: the template
 */
struct nfl_layout nfl_layout_plain(const struct nfl_template *template)
{
	return (struct nfl_layout) {
		.template = template,
		.id = template->id,
		.count = template->count,
		.length = template->length,
	};
}

/**
 * nfl_layout_with() - a flow template with extra fields, those of them that belong to it
 * @templates: the templates of the protocol
 * @number: &enum nfl_flow_template, or the number for translated flows
 * @extras: the requested extra fields
 *
 * Return: the layout; its id is that of the template.
 */
struct nfl_layout nfl_layout_with(const struct nfl_templates *templates, unsigned int number,
				  u16 extras)
{
	struct nfl_layout layout = nfl_layout_plain(&templates->flow[number]);
	int i;

	layout.blocks = templates->blocks;
	for (i = 0; i < NFL_EXTRAS; i++) {
		const struct nfl_field_block *block = &layout.blocks[i];

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
 * nfl_layout_of_flow() - the layout of flows
 * @templates: the templates of the protocol
 * @number: &enum nfl_flow_template, or the number for translated flows
 * @extras: the requested extra fields
 *
 * Context: process; sleeps if these extra fields were not requested before.
 * Return: the layout; without memory one with no fields.
 */
struct nfl_layout nfl_layout_of_flow(const struct nfl_templates *templates, unsigned int number,
				     u16 extras)
{
	const struct nfl_layouts *set;

	if (likely(!extras))
		return nfl_layout_plain(&templates->flow[number]);
	set = nfl_layouts_of(templates, extras);
	return set ? set->flow[number] : (struct nfl_layout) { };
}

/**
 * nfl_layout_for() - the layout of a record
 * @templates: the templates of the protocol
 * @kind: the kind of the record
 * @which: see &enum nfl_record_kind
 * @source: see &enum nfl_record_kind
 *
 * Context and return value: as of nfl_layout_of_flow().
 */
struct nfl_layout nfl_layout_for(const struct nfl_templates *templates, enum nfl_record_kind kind,
				 unsigned int which, const void *source)
{
	const struct nfl_template *template = nfl_template_for(templates, kind, which, source);
	const struct nfl_record *record = source;

	if (kind == NFL_RECORD_FLOW && unlikely(record->extras))
		return nfl_layout_of_flow(templates, template - templates->flow, record->extras);
	return nfl_layout_plain(template);
}

/**
 * nfl_layout_repeats() - does an element occur twice?
 * @layout: a layout without extra fields
 */
bool nfl_layout_repeats(const struct nfl_layout *layout)
{
	const struct nfl_field *fields = layout->template->fields;
	unsigned int i, j;

	for (i = 0; i < layout->template->count; i++) {
		for (j = 0; j < i; j++) {
			if (fields[i].element == fields[j].element)
				return true;
		}
	}
	return false;
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
 * nfl_layout_put_fields() - write the field specifiers, four octets each
 * @layout: the layout
 * @at: the buffer
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
 * @at: the buffer
 * @source: the source of the record
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
 * @layout: a layout of flows
 *
 * Return: a bit mask; bit i is set if field i is a flow key (RFC 7011 section 4.4).
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
