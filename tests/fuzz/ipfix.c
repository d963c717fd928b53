// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzing the IPFIX encoder: an input is a list of what is added to messages,
 * and of what size these are. A strict decoder must take each of them, and find
 * as many records as were put in. The sources of records are the input, too.
 */
#include "../../src/template.c"
#include "../../src/ipfix.c"

#include "../unit/decoder.h"

#define REFRESHES	3	/* of all templates; more would be slow and find no more */

static const u8 *input_at, *input_end;

/* The next octets of the input; zeros behind its end. */
static void take(void *to, size_t size)
{
	const size_t there = min(size, (size_t)(input_end - input_at));

	memset(to, 0, size);
	memcpy(to, input_at, there);
	input_at += there;
}

static u8 take_octet(void)
{
	u8 octet;

	take(&octet, 1);
	return octet;
}

static struct decoder decoder;
static u32 sequence, records;

/* Send the message, if it has anything, and start another. */
static struct nfl_message *turn_over(struct nfl_message *message, unsigned int size)
{
	const char *error = NULL;
	u8 *datagram;

	if (message && message->length) {
		nfl_ipfix.finish(message);
		datagram = malloc(16 + message->length);
		nfl_ipfix.header(datagram, message, sequence, 1);
		memcpy(datagram + 16, message->body, message->length);
		error = decode(&decoder, datagram, 16 + message->length);
		if (!error && (decoder.records != message->records || decoder.records != records))
			error = "the number of records is not what was put in";
		if (!error && 16 + message->length > size)
			error = "it is larger than it may be";
		sequence += message->records;
		free(datagram);
	}
	if (error) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	kfree(message);
	records = 0;
	return nfl_message_alloc(size - 16);
}

union source {
	struct nfl_record record;
	struct nfl_nat_record nat;
	struct nfl_metering_statistics statistics;
	struct nfl_metering_reliability metering;
	struct nfl_exporting_reliability exporting;
	struct nfl_interface interface;
};

static bool add(struct nfl_message *message, u8 what)
{
	static struct nfl_flow6_nat flow __aligned(128);	/* any family's */
	static struct nfl_connection connection;
	static union source source;
	unsigned int which;

	memset(&source, 0, sizeof(source));
	switch (what % 4) {
	case 0:
		which = what / 4 % NFL_OPTIONS_TEMPLATES;
		if (which == NFL_TEMPLATE_FLOW_KEYS)
			return nfl_ipfix.add(message, NFL_RECORD_OPTIONS, which,
					     &nfl_flow_templates[what / 4 % NFL_FLOW_TEMPLATES]);
		if (which == NFL_TEMPLATE_INTERFACE)
			source.interface = (struct nfl_interface) { .index = what, .name = "a" };
		else
			take(&source, sizeof(source.statistics));
		return nfl_ipfix.add(message, NFL_RECORD_OPTIONS, which, &source);
	case 1:
		source.nat.event = take_octet();
		source.nat.family = what & 4 ? AF_INET : AF_INET6;
		source.nat.counters = what & 8 ? &connection : NULL;
		source.nat.before = &connection.before;
		source.nat.after = &connection.after;
		take(&connection.before, sizeof(connection.before));
		return nfl_ipfix.add(message, NFL_RECORD_NAT_EVENT, 0, &source);
	default:
		which = what / 4 % NFL_FAMILIES;
		take(&flow, nfl_flow_size(which));
		take(&source.record.clock, sizeof(source.record.clock));
		source.record.flow = &flow.flow6.flow;
		return nfl_ipfix.add(message, NFL_RECORD_FLOW, which, &source);
	}
}

static struct nfl_message *add_templates(struct nfl_message *message, unsigned int size)
{
	unsigned int next = 0;

	while (!nfl_ipfix.add_templates(message, &next))
		message = turn_over(message, size);
	return message;
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	unsigned int limit, refreshes = 0;
	struct nfl_message *message;

	input_at = input;
	input_end = input + size;
	limit = 512 + (take_octet() << 8 | take_octet()) % 9000;
	memset(&decoder, 0, sizeof(decoder));
	sequence = 0;
	message = add_templates(turn_over(NULL, limit), limit);
	while (input_at < input_end) {
		const u8 *before = input_at;
		const u8 what = take_octet();

		if (what == 255 && refreshes++ < REFRESHES) {
			message = add_templates(message, limit);
		} else if (add(message, what)) {
			records++;
		} else {
			message = turn_over(message, limit);
			input_at = before + 1;
			if (!add(message, what)) {
				fprintf(stderr, "an empty message has no room for a record\n");
				abort();
			}
			records++;
		}
	}
	kfree(turn_over(message, limit));
	return 0;
}
