/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layouts with extra fields that are in use, and their template ids.
 */
#ifndef NFL_PROTOCOL_LAYOUTS_H
#define NFL_PROTOCOL_LAYOUTS_H

#include <linux/types.h>

#include "protocol/layout.h"

/* The ids of layouts with extra fields. */
#define NFL_LAYOUT_ID_FIRST	512
#define NFL_LAYOUT_IDS		(65536 - NFL_LAYOUT_ID_FIRST)

/**
 * struct nfl_layouts - the layouts of all flows that have the same extra fields
 * @flow: by number, as in nfl_layout_of_flow()
 */
struct nfl_layouts {
	struct nfl_layout flow[NFL_FLOW_TEMPLATES];
};

const struct nfl_layouts *nfl_layouts_of(const struct nfl_templates *templates, u16 extras);
bool nfl_layouts_find(const struct nfl_templates *templates, u16 id, struct nfl_layout *layout);
void nfl_layouts_free(void);

#endif /* NFL_PROTOCOL_LAYOUTS_H */
