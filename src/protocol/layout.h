/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layouts: templates as they are sent, with the blocks of extra fields.
 */
#ifndef NFL_PROTOCOL_LAYOUT_H
#define NFL_PROTOCOL_LAYOUT_H

#include <linux/types.h>

#include "flow/fields.h"
#include "protocol/template.h"

/**
 * struct nfl_layout - a template, and blocks of extra fields behind its fields
 * @template: the template
 * @blocks: the extra blocks of the protocol
 * @extras: the extra fields of this layout, one bit of &enum nfl_extra each
 * @id: template id, see layouts.c
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

struct nfl_layout nfl_layout_plain(const struct nfl_template *template);
struct nfl_layout nfl_layout_with(const struct nfl_templates *templates, unsigned int number,
				  u16 extras);
struct nfl_layout nfl_layout_of_flow(const struct nfl_templates *templates, unsigned int number,
				     u16 extras);
struct nfl_layout nfl_layout_for(const struct nfl_templates *templates, enum nfl_record_kind kind,
				 unsigned int which, const void *source);
bool nfl_layout_repeats(const struct nfl_layout *layout);
void nfl_layout_put_fields(const struct nfl_layout *layout, u8 *at);
u64 nfl_layout_keys(const struct nfl_layout *layout);
void nfl_layout_encode(const struct nfl_layout *layout, u8 *at, const void *source);

#endif /* NFL_PROTOCOL_LAYOUT_H */
