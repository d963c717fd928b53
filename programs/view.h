/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows that are displayed: single flows, or sums by address, port and so on, in an
 * order.
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
 * struct row_key - the fields that all flows of a row share; the others are zero
 * @address: source or destination address
 * @interface: interface's number
 * @port: port
 * @protocol: IP protocol number
 * @family: family of @address or of the protocol
 * @direction: direction at @interface, &enum row_direction
 * @zero: always 0; it fills the padding
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
 * struct row - a line that is displayed
 * @key: key of the row; unused for a single flow
 * @record: the flow, if the row is a single flow
 * @flows: number of flows
 * @now: counters since the flows' last records
 * @rate: packets and octets per second
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
 * @by: kind of the rows
 * @sort: order of the rows
 * @rows: set of struct row; unused for single flows
 * @flows: the flows, for rows of single flows
 * @top: the first rows, sorted
 * @top_count: number of rows in @top
 * @count: number of all rows
 * @total: sum over all flows, each counted once
 * @seconds: time between the two reads, 0 after the first read
 */
struct view {
	enum view_by by;
	enum view_sort sort;
	struct hashtable rows;
	const struct hashtable *flows;
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
