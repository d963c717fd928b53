// SPDX-License-Identifier: GPL-2.0-only
/*
 * A view as a JSON document on one line.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <time.h>

#include "lines.h"
#include "names.h"
#include "top.h"

/* The name of an interface may contain any octet; octets that are not ASCII are escaped. */
static void put_string(const char *name, const char *value)
{
	const unsigned char *at = (const unsigned char *)value;

	printf("\"%s\":\"", name);
	for (; *at; at++) {
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if (*at < 0x20 || *at >= 0x7f)
			printf("\\u%04x", *at);
		else
			putchar(*at);
	}
	printf("\",");
}

static void put_number(const char *name, unsigned long long value)
{
	printf("\"%s\":%llu,", name, value);
}

/* Print milliseconds as seconds. */
static void put_seconds(const struct top *top, const char *name, uint64_t value)
{
	if (top->table.hz)
		printf("\"%s\":%llu.%03llu,", name, (unsigned long long)value / 1000,
		       (unsigned long long)value % 1000);
	else
		printf("\"%s\":null,", name);
}

/* The last members of every object, for rows and for the total. */
static void put_counts(const struct view *view, const struct row *row)
{
	put_number("packets", row->now.packets);
	put_number("octets", row->now.octets);
	if (view->seconds > 0)
		printf("\"bits_per_second\":%.3f,\"packets_per_second\":%.3f",
		       row->rate.octets * 8, row->rate.packets);
	else
		printf("\"bits_per_second\":null,\"packets_per_second\":null");
}

static void put_flow(const struct top *top, const struct record *record)
{
	const struct flow_key *key = &record->key;
	char text[ADDRESS_SIZE];

	address_text(key->family, key->source, text);
	put_string("source", text);
	put_number("source_port", key->source_port);
	address_text(key->family, key->destination, text);
	put_string("destination", text);
	put_number("destination_port", key->destination_port);
	put_number("protocol", key->protocol);
	put_string("protocol_name", protocol_name(key->protocol));
	put_number("tos", key->tos);
	put_number("tcp_flags", record->tcp_flags);
	put_number("in", key->in);
	put_string("in_name", interface_name(key->in));
	put_number("out", record->out);
	put_string("out_name", interface_name(record->out));
	put_seconds(top, "age", record->age);
	put_seconds(top, "idle", record->idle);
}

static void put_key(const struct view *view, const struct row *row)
{
	const struct row_key *key = &row->key;
	char text[ADDRESS_SIZE];

	switch (view->by) {
	case BY_PORT:
		put_number("port", key->port);
		/* fall through */
	case BY_PROTOCOL:
		put_number("protocol", key->protocol);
		put_string("protocol_name", protocol_name(key->protocol));
		break;
	case BY_INTERFACE:
		put_number("interface", key->interface);
		put_string("interface_name", interface_name(key->interface));
		put_string("direction", key->direction == ROW_IN ? "in" : "out");
		break;
	default:
		address_text(key->family, key->address, text);
		put_string("address", text);
	}
	put_number("flows", row->flows);
}

/* Write the view as one line; view_select() was called before. */
void json_write(const struct top *top)
{
	const struct view *view = &top->view;
	struct timespec now;
	uint32_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("{\"time\":%lld.%03ld,", (long long)now.tv_sec, now.tv_nsec / 1000000);
	if (view->seconds > 0)
		printf("\"seconds\":%.3f,", view->seconds);
	else
		printf("\"seconds\":null,");
	put_string("by", view_by_names[view->by]);
	put_string("sort", view_sort_names[view->sort]);
	put_string("filter", top->filter_text);
	put_number("unreadable_lines", top->table.unreadable);
	put_number("flows", view->total.flows);
	put_number("rows_total", view->count);
	put_counts(view, &view->total);
	printf(",\"rows\":[");
	for (i = 0; i < view->top_count; i++) {
		const struct row *row = &view->top[i];

		printf(i ? ",{" : "{");
		if (row->record)
			put_flow(top, row->record);
		else
			put_key(view, row);
		put_counts(view, row);
		printf("}");
	}
	printf("]}\n");
}
