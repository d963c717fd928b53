/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ranges of records that are to be sent again.
 */
#ifndef NFL_TRANSPORT_REDO_H
#define NFL_TRANSPORT_REDO_H

#include "transport/block.h"

#define NFL_REDO_RANGES	64

/**
 * struct nfl_redo - a list of ranges
 * @range: the ranges, in order; they do not overlap
 * @count: number of ranges
 */
struct nfl_redo {
	struct nfl_range range[NFL_REDO_RANGES];
	unsigned int count;
};

bool nfl_redo_add(struct nfl_redo *redo, const struct nfl_range *range);
void nfl_redo_advance(struct nfl_redo *redo, const struct nfl_position *to);

#endif /* NFL_TRANSPORT_REDO_H */
