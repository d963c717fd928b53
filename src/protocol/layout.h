/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts: templates as they are sent, with the blocks of extra fields.
 */
#ifndef NFL_PROTOCOL_LAYOUT_H
#define NFL_PROTOCOL_LAYOUT_H

#include <linux/bitmap.h>

#include "flow/fields.h"
#include "protocol/template.h"

/* Sets of extra fields that templates are sent for; the empty set needs none. */
struct nfl_extra_sets {
	DECLARE_BITMAP(map, NFL_EXTRA_SETS);
};

/**
 * struct nfl_layout - a template, and blocks of extra fields behind its fields
 * @template: the template
 * @blocks: the extra blocks of the protocol
 * @extras: the extra fields of this layout, one bit of &enum nfl_extra each
 * @id: template id; a pure function of protocol, template and requested extra fields
 * @count: number of fields
 * @length: octets of a record
 */
struct nfl_layout {
	const struct nfl_template *template;
	const struct nfl_field_block *blocks;
	u16 extras;
	u16 id;
	u16 count;
	u16 length;
};

struct nfl_layout nfl_layout_for(const struct nfl_templates *templates, enum nfl_record_kind kind,
				 unsigned int which, const void *source);
struct nfl_layout nfl_layout_of_flow(const struct nfl_templates *templates, unsigned int number,
				     u16 extras);
bool nfl_layout_next(const struct nfl_templates *templates, const struct nfl_extra_sets *sets,
		     unsigned int *number, struct nfl_layout *layout);
unsigned int nfl_layouts_count(const struct nfl_templates *templates,
			       const struct nfl_extra_sets *sets);
void nfl_layout_put_fields(const struct nfl_layout *layout, u8 *at);
u64 nfl_layout_keys(const struct nfl_layout *layout);
void nfl_layout_encode(const struct nfl_layout *layout, u8 *at, const void *source);

#endif /* NFL_PROTOCOL_LAYOUT_H */
