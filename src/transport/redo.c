// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of records that are to be sent again, in order.
 *
 * Context of all functions: process, under the sender's lock.
 */
#include <linux/string.h>

#include "transport/redo.h"

static void remove_range(struct nfl_redo *redo, unsigned int i)
{
	redo->count--;
	memmove(&redo->range[i], &redo->range[i + 1], (redo->count - i) * sizeof(redo->range[0]));
}

/**
 * nfl_redo_add() - add a range
 * @redo: the list
 * @range: the range; it does not overlap any other
 *
 * Return: false if there is no room for it.
 */
bool nfl_redo_add(struct nfl_redo *redo, const struct nfl_range *range)
{
	unsigned int i;

	for (i = 0; i < redo->count; i++) {
		if (nfl_position_compare(&range->to, &redo->range[i].from) <= 0)
			break;
	}
	/* join it with its neighbours, where there is nothing between them */
	if (i && !nfl_position_compare(&redo->range[i - 1].to, &range->from)) {
		redo->range[i - 1].to = range->to;
		if (i < redo->count && !nfl_position_compare(&range->to, &redo->range[i].from)) {
			redo->range[i - 1].to = redo->range[i].to;
			remove_range(redo, i);
		}
		return true;
	}
	if (i < redo->count && !nfl_position_compare(&range->to, &redo->range[i].from)) {
		redo->range[i].from = range->from;
		return true;
	}
	if (redo->count == NFL_REDO_RANGES)
		return false;
	memmove(&redo->range[i + 1], &redo->range[i], (redo->count - i) * sizeof(redo->range[0]));
	redo->range[i] = *range;
	redo->count++;
	return true;
}

/**
 * nfl_redo_advance() - the ranges up to a position are done
 * @redo: the list
 * @to: the position
 */
void nfl_redo_advance(struct nfl_redo *redo, const struct nfl_position *to)
{
	while (redo->count && nfl_position_compare(&redo->range[0].to, to) <= 0)
		remove_range(redo, 0);
	if (redo->count && nfl_position_compare(&redo->range[0].from, to) < 0)
		redo->range[0].from = *to;
}
