// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows: built from the flows, summed, and the first of them sorted.
 */
#include <err.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

const char *const view_by_names[BY_COUNT] = {
	[BY_FLOW] = "flow",
	[BY_SOURCE] = "source",
	[BY_DESTINATION] = "destination",
	[BY_ADDRESS] = "address",
	[BY_PORT] = "port",
	[BY_PROTOCOL] = "protocol",
	[BY_INTERFACE] = "interface",
};

const char *const view_sort_names[SORT_COUNT] = {
	[SORT_RATE] = "rate",
	[SORT_PACKET_RATE] = "packet-rate",
	[SORT_OCTETS] = "octets",
	[SORT_PACKETS] = "packets",
	[SORT_FLOWS] = "flows",
};

void view_init(struct view *view, enum view_by by, enum view_sort sort)
{
	*view = (struct view) { .by = by, .sort = sort };
	hashtable_init(&view->rows, sizeof(struct row), sizeof(struct row_key));
}

void view_free(struct view *view)
{
	hashtable_free(&view->rows);
	free(view->top);
}

static void add(struct row *row, const struct record *record)
{
	row->flows++;
	row->now.packets += record->now.packets;
	row->now.octets += record->now.octets;
	row->rate.packets += record->rate.packets;
	row->rate.octets += record->rate.octets;
}

static void add_to(struct view *view, const struct row_key *key, const struct record *record)
{
	bool is_new;

	add(hashtable_get(&view->rows, key, &is_new), record);
}

static void add_address(struct view *view, const struct record *record, const uint8_t *address)
{
	struct row_key key = { .family = record->key.family };

	memcpy(key.address, address, sizeof(key.address));
	add_to(view, &key, record);
}

static void add_port(struct view *view, const struct record *record, uint16_t port)
{
	const struct row_key key = { .port = port, .protocol = record->key.protocol };

	add_to(view, &key, record);
}

static void add_interface(struct view *view, const struct record *record, uint32_t interface,
			  enum row_direction direction)
{
	const struct row_key key = { .interface = interface, .direction = direction };

	add_to(view, &key, record);
}

static bool has_ports(const struct record *record)
{
	switch (record->key.protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
		return true;
	}
	return false;
}

/* Add a flow to its row, or to both rows where it has two ends. */
static void add_record(struct view *view, const struct record *record)
{
	const struct flow_key *flow = &record->key;
	const struct row_key protocol = { .protocol = flow->protocol };

	switch (view->by) {
	case BY_SOURCE:
		add_address(view, record, flow->source);
		break;
	case BY_DESTINATION:
		add_address(view, record, flow->destination);
		break;
	case BY_ADDRESS:
		add_address(view, record, flow->source);
		if (memcmp(flow->source, flow->destination, sizeof(flow->source)))
			add_address(view, record, flow->destination);
		break;
	case BY_PORT:
		if (!has_ports(record))
			break;
		add_port(view, record, flow->source_port);
		if (flow->source_port != flow->destination_port)
			add_port(view, record, flow->destination_port);
		break;
	case BY_PROTOCOL:
		add_to(view, &protocol, record);
		break;
	case BY_INTERFACE:
		if (flow->in)
			add_interface(view, record, flow->in, ROW_IN);
		if (record->out)
			add_interface(view, record, record->out, ROW_OUT);
		break;
	default:
		break;
	}
}

/**
 * view_build() - build the rows from the flows
 * @view: the view
 * @table: the flows; @view refers to them from now on
 *
 * The caller has to call view_select() next.
 */
void view_build(struct view *view, const struct flowtable *table)
{
	uint32_t i;

	hashtable_clear(&view->rows);
	memset(&view->total, 0, sizeof(view->total));
	view->flows = &table->records;
	view->seconds = table->seconds;
	for (i = 0; i < table->records.count; i++) {
		const struct record *record = hashtable_at(&table->records, i);

		add(&view->total, record);
		add_record(view, record);
	}
	view->count = view->by == BY_FLOW ? table->records.count : view->rows.count;
	view->top_count = 0;
}

static struct row get_row(const struct view *view, uint32_t i)
{
	struct row row = { 0 };

	if (view->by != BY_FLOW)
		return *(const struct row *)hashtable_at(&view->rows, i);
	row.record = hashtable_at(view->flows, i);
	add(&row, row.record);
	return row;
}

#define DIFFERENCE(a, b)	(((a) > (b)) - ((a) < (b)))

static int compare_by(const struct row *a, const struct row *b, enum view_sort sort)
{
	switch (sort) {
	case SORT_RATE:
		return DIFFERENCE(a->rate.octets, b->rate.octets);
	case SORT_PACKET_RATE:
		return DIFFERENCE(a->rate.packets, b->rate.packets);
	case SORT_OCTETS:
		return DIFFERENCE(a->now.octets, b->now.octets);
	case SORT_PACKETS:
		return DIFFERENCE(a->now.packets, b->now.packets);
	default:
		return DIFFERENCE(a->flows, b->flows);
	}
}

/* Larger comes first. The order of equal rows is fixed, so that lines do not move. */
static int compare(const struct row *a, const struct row *b, enum view_sort sort)
{
	int difference = compare_by(a, b, sort);

	if (!difference)
		difference = compare_by(a, b, SORT_OCTETS);
	if (!difference)
		difference = compare_by(a, b, SORT_PACKETS);
	if (!difference && a->record)
		difference = memcmp(&b->record->key, &a->record->key, sizeof(a->record->key));
	if (!difference && !a->record)
		difference = memcmp(&b->key, &a->key, sizeof(a->key));
	return difference;
}

static int compare_rows(const void *a, const void *b, void *argument)
{
	const struct view *view = argument;

	return compare(b, a, view->sort);
}

/* Restore the heap (least row first) by moving the row at @i down. */
static void sift_down(const struct view *view, struct row *heap, uint32_t count, uint32_t i)
{
	const struct row row = heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= count)
			break;
		if (child + 1 < count &&
		    compare(&heap[child + 1], &heap[child], view->sort) < 0)
			child++;
		if (compare(&row, &heap[child], view->sort) <= 0)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = row;
}

/**
 * view_select() - find the first rows and sort them
 * @view: the view, built
 * @count: number of rows wanted
 *
 * Of a million rows only the displayed ones are sorted. Each of the others is compared
 * with the least row of a heap, and most need no more than that.
 */
void view_select(struct view *view, uint32_t count)
{
	uint32_t i;

	if (count > view->count)
		count = view->count;
	view->top = realloc(view->top, (count + 1) * sizeof(*view->top));
	if (!view->top)
		err(1, NULL);
	view->top_count = count;
	if (!count)
		return;
	for (i = 0; i < count; i++)
		view->top[i] = get_row(view, i);
	for (i = count / 2; count < view->count && i-- > 0;)
		sift_down(view, view->top, count, i);
	for (i = count; i < view->count; i++) {
		const struct row row = get_row(view, i);

		if (compare(&row, &view->top[0], view->sort) <= 0)
			continue;
		view->top[0] = row;
		sift_down(view, view->top, count, 0);
	}
	qsort_r(view->top, count, sizeof(*view->top), compare_rows, view);
}
