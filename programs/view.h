/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is looked at: flows, or what they add up to by address, port and so on,
 * in an order.
 */
#ifndef PROGRAMS_VIEW_H
#define PROGRAMS_VIEW_H

#include "flowtable.h"

enum view_by {
	BY_FLOW,
	BY_SOURCE,
	BY_DESTINATION,
	BY_ADDRESS,
	BY_PORT,
	BY_PROTOCOL,
	BY_INTERFACE,
	BY_COUNT,
};

enum view_sort {
	SORT_RATE,
	SORT_PACKET_RATE,
	SORT_OCTETS,
	SORT_PACKETS,
	SORT_FLOWS,
	SORT_COUNT,
};

extern const char *const view_by_names[BY_COUNT];
extern const char *const view_sort_names[SORT_COUNT];

enum row_direction {
	ROW_IN = 1,
	ROW_OUT,
};

/**
 * struct row_key - what the flows of a row have in common; the rest is zero
 * @address: theirs
 * @interface: theirs
 * @port: theirs
 * @protocol: theirs
 * @family: of @address, or of the protocol
 * @direction: of @interface, &enum row_direction
 * @zero: there are no holes in it
 */
struct row_key {
	uint8_t address[16];
	uint32_t interface;
	uint16_t port;
	uint8_t protocol;
	uint8_t family;
	uint8_t direction;
	uint8_t zero[7];
};

/**
 * struct row - a line that is shown
 * @key: whose it is, but of a single flow
 * @record: the flow, if it is one
 * @flows: how many
 * @now: counted since their last records
 * @rate: a second
 */
struct row {
	struct row_key key;
	const struct record *record;
	uint64_t flows;
	struct counts now;
	struct rates rate;
};

/**
 * struct view - the rows
 * @by: what they are
 * @sort: their order
 * @rows: of struct row, but of single flows
 * @flows: the flows, for rows of single ones
 * @top: the first of them in order
 * @top_count: how many
 * @count: how many there are in all
 * @total: of all flows, each counted once
 * @seconds: between the two reads, 0 if there was one only
 */
struct view {
	enum view_by by;
	enum view_sort sort;
	struct set rows;
	const struct set *flows;
	struct row *top;
	uint32_t top_count;
	uint32_t count;
	struct row total;
	double seconds;
};

void view_init(struct view *view, enum view_by by, enum view_sort sort);
void view_free(struct view *view);
void view_build(struct view *view, const struct flowtable *table);
void view_select(struct view *view, uint32_t count);

#endif /* PROGRAMS_VIEW_H */
