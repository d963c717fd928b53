// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of text: numbers with few digits on the right, names on the left in the remaining
 * width.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "names.h"

#define NUMBER_WIDTH	7

/* Minimum widths for optional columns of single flows. */
#define WIDTH_PACKETS	90	/* packets */
#define WIDTH_DEVICES	110	/* interfaces */

/* Print a number in at most five characters: 999, 1.00k, 12.3M. */
static const char *scaled(double value, char text[16])
{
	static const char units[] = " kMGTPE";
	unsigned int unit = 0;

	for (; value >= 999.5 && units[unit + 1]; unit++)
		value /= 1000;
	if (!unit)
		snprintf(text, 16, "%.0f", value);
	else
		snprintf(text, 16, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value,
			 units[unit]);
	return text;
}

/* A line is built from left to right; text that does not fit is truncated. */
struct line {
	char *text;
	size_t length;
};

static void __attribute__((format(printf, 2, 3)))
append(struct line *line, const char *format, ...)
{
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(line->text + line->length, LINE_SIZE - line->length, format, list);
	va_end(list);
	line->length += length;
	if (line->length > LINE_SIZE - 1)
		line->length = LINE_SIZE - 1;
}

static void append_rate(struct line *line, const struct view *view, double value)
{
	char text[16];

	append(line, " %*s", NUMBER_WIDTH, view->seconds > 0 ? scaled(value, text) : "-");
}

static void append_count(struct line *line, uint64_t value)
{
	char text[16];

	append(line, " %*s", NUMBER_WIDTH, scaled(value, text));
}

/* A name that is too long loses its middle: the ends of an address are the useful parts. */
static void append_name(struct line *line, const char *name, unsigned int width)
{
	const unsigned int length = strlen(name);
	unsigned int head;

	if (length <= width) {
		append(line, "%-*s", width, name);
		return;
	}
	head = width / 2;
	append(line, "%.*s~%s", head, name, name + length - (width - head - 1));
}

/**
 * address_text() - print an address
 * @family: AF_INET or AF_INET6
 * @address: address in network byte order
 * @text: buffer
 */
void address_text(uint8_t family, const uint8_t *address, char text[ADDRESS_SIZE])
{
	if (!inet_ntop(family, address, text, ADDRESS_SIZE))
		strcpy(text, "?");
}

static void end_text(const struct flow_key *key, bool source, char text[ADDRESS_SIZE])
{
	const uint16_t port = source ? key->source_port : key->destination_port;
	const bool icmp = key->protocol == IPPROTO_ICMP || key->protocol == IPPROTO_ICMPV6;
	const bool brackets = key->family == AF_INET6 && (icmp ? !source : port);
	size_t length = brackets;

	if (brackets)
		text[0] = '[';
	inet_ntop(key->family, source ? key->source : key->destination, text + length,
		  ADDRESS_SIZE - length);
	length = strlen(text);
	if (brackets)
		text[length++] = ']';
	text[length] = '\0';
	if (icmp && !source)
		snprintf(text + length, ADDRESS_SIZE - length, ":%u/%u", port >> 8, port & 0xff);
	else if (!icmp && port)
		snprintf(text + length, ADDRESS_SIZE - length, ":%u", port);
}

static bool shows_packets(const struct view *view, unsigned int width)
{
	return view->by != BY_FLOW || width >= WIDTH_PACKETS;
}

static bool shows_devices(const struct view *view, unsigned int width)
{
	return view->by == BY_FLOW && width >= WIDTH_DEVICES;
}

#define PROTOCOL_WIDTH	7
#define DEVICE_WIDTH	10

/* Width of the name column, or of each of the two columns of a flow's ends. */
static unsigned int name_width(const struct view *view, unsigned int width)
{
	unsigned int others = 3 * (NUMBER_WIDTH + 1);

	if (shows_packets(view, width))
		others += NUMBER_WIDTH + 1;
	if (shows_devices(view, width))
		others += 2 * (DEVICE_WIDTH + 1);
	if (view->by == BY_FLOW)
		others += PROTOCOL_WIDTH + 1 + 1;
	else
		others += NUMBER_WIDTH + 1;
	if (width > LINE_SIZE - 1)
		width = LINE_SIZE - 1;
	width = width > others ? width - others : 0;
	if (view->by == BY_FLOW)
		width /= 2;
	return width < 8 ? 8 : width > 48 ? 48 : width;
}

/**
 * lines_summary() - print the sum over all flows
 * @view: the view, built
 * @filter: text of the filter, may be empty
 * @line: buffer
 */
void lines_summary(const struct view *view, const char *filter, char line[LINE_SIZE])
{
	struct line out = { line, 0 };
	char text[16];

	append(&out, "%llu flows", (unsigned long long)view->total.flows);
	if (view->seconds > 0) {
		append(&out, ", %sbit/s", scaled(view->total.rate.octets * 8, text));
		append(&out, ", %s packets/s", scaled(view->total.rate.packets, text));
	}
	append(&out, "; in the table %s octets", scaled(view->total.now.octets, text));
	append(&out, ", %s packets", scaled(view->total.now.packets, text));
	if (*filter)
		append(&out, "; %s", filter);
}

/* Print the headings; an asterisk marks the column that rows are sorted by. */
void lines_header(const struct view *view, unsigned int width, char line[LINE_SIZE])
{
	static const char *const names[BY_COUNT] = {
		[BY_FLOW] = "Source",
		[BY_SOURCE] = "Source",
		[BY_DESTINATION] = "Destination",
		[BY_ADDRESS] = "Address",
		[BY_PORT] = "Port",
		[BY_PROTOCOL] = "Protocol",
		[BY_INTERFACE] = "Interface",
	};
	const unsigned int room = name_width(view, width);
	const enum view_sort sort = view->sort;
	struct line out = { line, 0 };

	append(&out, "%-*s", room, names[view->by]);
	if (view->by == BY_FLOW)
		append(&out, " %-*s %-*s", room, "Destination", PROTOCOL_WIDTH, "Proto");
	if (shows_devices(view, width))
		append(&out, " %-*s %-*s", DEVICE_WIDTH, "In", DEVICE_WIDTH, "Out");
	if (view->by != BY_FLOW)
		append(&out, " %*s", NUMBER_WIDTH, sort == SORT_FLOWS ? "*Flows" : "Flows");
	append(&out, " %*s", NUMBER_WIDTH, sort == SORT_RATE ? "*bit/s" : "bit/s");
	append(&out, " %*s", NUMBER_WIDTH, sort == SORT_PACKET_RATE ? "*pkt/s" : "pkt/s");
	append(&out, " %*s", NUMBER_WIDTH, sort == SORT_OCTETS ? "*octets" : "octets");
	if (shows_packets(view, width))
		append(&out, " %*s", NUMBER_WIDTH, sort == SORT_PACKETS ? "*pkts" : "pkts");
}

static void row_name(const struct view *view, const struct row *row, char text[ADDRESS_SIZE])
{
	switch (view->by) {
	case BY_PORT:
		snprintf(text, ADDRESS_SIZE, "%u/%s", row->key.port,
			 protocol_name(row->key.protocol));
		break;
	case BY_PROTOCOL:
		snprintf(text, ADDRESS_SIZE, "%s", protocol_name(row->key.protocol));
		break;
	case BY_INTERFACE:
		snprintf(text, ADDRESS_SIZE, "%s %s", interface_name(row->key.interface),
			 row->key.direction == ROW_IN ? "in" : "out");
		break;
	default:
		address_text(row->key.family, row->key.address, text);
	}
}

void lines_row(const struct view *view, const struct row *row, unsigned int width,
	       char line[LINE_SIZE])
{
	const unsigned int room = name_width(view, width);
	struct line out = { line, 0 };
	char text[ADDRESS_SIZE];

	if (row->record) {
		end_text(&row->record->key, true, text);
		append_name(&out, text, room);
		end_text(&row->record->key, false, text);
		append(&out, " ");
		append_name(&out, text, room);
		append(&out, " %-*s", PROTOCOL_WIDTH, protocol_name(row->record->key.protocol));
	} else {
		row_name(view, row, text);
		append_name(&out, text, room);
	}
	if (shows_devices(view, width)) {
		append(&out, " ");
		append_name(&out, interface_name(row->record->key.in), DEVICE_WIDTH);
		append(&out, " ");
		append_name(&out, interface_name(row->record->out), DEVICE_WIDTH);
	}
	if (view->by != BY_FLOW)
		append_count(&out, row->flows);
	append_rate(&out, view, row->rate.octets * 8);
	append_rate(&out, view, row->rate.packets);
	append_count(&out, row->now.octets);
	if (shows_packets(view, width))
		append_count(&out, row->now.packets);
}
