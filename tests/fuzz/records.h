/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fuzz an encoder with templates. The input is a list of records to be added to messages, the
 * sizes of the messages, and the content of the records. A strict decoder must accept each
 * message, and find as many records as were added. A file that includes this defines PROTOCOL
 * and DECODE.
 */
#ifndef TESTS_FUZZ_RECORDS_H
#define TESTS_FUZZ_RECORDS_H

#define REFRESHES	3	/* of all templates; more would be slow and find no more errors */
#define DECODER		struct decoder
#define EXTRAS		NFL_EXTRAS_ALL	/* additional fields of wide flows */

#include "message.h"

union source {
	struct nfl_record record;
	struct nfl_nat_record nat;
	struct nfl_metering_statistics statistics;
	struct nfl_metering_reliability metering;
	struct nfl_exporting_reliability exporting;
	struct nfl_interface interface;
	struct nfl_system system;
	struct nfl_selector_record selector;
};

static bool add(struct nfl_body *body, u8 what)
{
	static struct nfl_flow6_wide flow;	/* for both families */
	static struct connection connection;
	struct nfl_flow *common = &flow.flow;
	struct nfl_layout layout;
	static union source source;
	unsigned int which;

	memset(&source, 0, sizeof(source));
	switch (what % 4) {
	case 0:
		which = what / 4 % NFL_OPTIONS_TEMPLATES;
		if (!PROTOCOL.templates->options[which].count)
			which = NFL_TEMPLATE_INTERFACE;
		layout = nfl_layout_of_flow(PROTOCOL.templates, what / 4 % NFL_FLOW_TEMPLATES,
					    what & 128 ? EXTRAS : 0);
		if (which == NFL_TEMPLATE_FLOW_KEYS)
			return PROTOCOL.add(body, NFL_RECORD_OPTIONS, which, &layout);
		if (which == NFL_TEMPLATE_INTERFACE || which == NFL_TEMPLATE_VRF)
			source.interface = (struct nfl_interface) { .index = what, .name = "a" };
		else if (which == NFL_TEMPLATE_SYSTEM)
			source.system = (struct nfl_system) { .boot_time = what, .name = "a" };
		else
			take(&source, sizeof(source.statistics));
		if (which >= NFL_TEMPLATE_SELECT_FLOWS)
			source.selector.selector = nfl_selector(NFL_SELECT_HASH, 2 + what);
		return PROTOCOL.add(body, NFL_RECORD_OPTIONS, which, &source);
	case 1:
		nat_take(&source.nat, &connection, what);
		return PROTOCOL.add(body, NFL_RECORD_NAT_EVENT, 0, &source);
	default:
		which = what / 4 % NFL_FAMILIES;
		take(&flow, nfl_flow_size(which));
		take(&source.record.clock, sizeof(source.record.clock));
		flow_ended(common);
		source.record.flow = common;
		if (nfl_family_is_wide(which)) {
			struct nfl_wide *wide = nfl_flow_wide(common, which);

			source.record.extras = what & 128 ? EXTRAS : 0;
			source.record.wide = wide;
		}
		return PROTOCOL.add(body, NFL_RECORD_FLOW, which, &source);
	}
}

static struct nfl_body *add_template(struct nfl_body *body, const struct nfl_layout *layout,
				     unsigned int size)
{
	if (PROTOCOL.add_template(body, layout))
		return body;
	body = turn_over(body, size);
	if (!PROTOCOL.add_template(body, layout)) {
		fprintf(stderr, "an empty message has no room for a template\n");
		abort();
	}
	return body;
}

static struct nfl_body *add_templates(struct nfl_body *body, unsigned int size)
{
	const struct nfl_template *template;
	struct nfl_layout layout;
	unsigned int next;

	for (next = 0; (template = nfl_template_next(PROTOCOL.templates, &next)); next++) {
		layout = nfl_layout_plain(template);
		body = add_template(body, &layout, size);
	}
	for (next = 0; next < NFL_FLOW_TEMPLATES; next++) {
		layout = nfl_layout_of_flow(PROTOCOL.templates, next, EXTRAS);
		body = add_template(body, &layout, size);
	}
	return body;
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	unsigned int limit, refreshes = 0;
	struct nfl_body *body;

	input_at = input;
	input_end = input + size;
	limit = 512 + (take_octet() << 8 | take_octet()) % 9000;
	memset(&decoder, 0, sizeof(decoder));
	session.sequence = 0;
	shim_boot_ms = 1ULL << 33;
	body = add_templates(turn_over(NULL, limit), limit);
	while (input_at < input_end) {
		const u8 *before = input_at;
		const u8 what = take_octet();

		if (what == 255 && refreshes++ < REFRESHES) {
			body = add_templates(body, limit);
		} else if (add(body, what)) {
			records++;
		} else {
			body = turn_over(body, limit);
			input_at = before + 1;
			if (!add(body, what)) {
				fprintf(stderr, "an empty message has no room for a record\n");
				abort();
			}
			records++;
		}
	}
	kfree(turn_over(body, limit));
	return 0;
}

#endif /* TESTS_FUZZ_RECORDS_H */
