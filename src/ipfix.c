// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPFIX messages (RFC 7011).
 */
#include <linux/ktime.h>

#include "../compat/unaligned.h"
#include "protocol.h"

#define IPFIX_VERSION			10
#define IPFIX_SET_TEMPLATE		2	/* RFC 7011 section 3.3.2 */
#define IPFIX_SET_OPTIONS_TEMPLATE	3

/* RFC 7011 section 3.1 */
struct ipfix_header {
	__be16 version;
	__be16 length;
	__be32 export_time;
	__be32 sequence;
	__be32 domain;
} __packed;

static_assert(sizeof(struct ipfix_header) == 16);
static_assert(sizeof(struct ipfix_header) <= NFL_HEADER_MAX);

static void ipfix_header(u8 *at, const struct nfl_message *message, u32 sequence, u32 domain)
{
	struct ipfix_header header = {
		.version = htons(IPFIX_VERSION),
		.length = htons(sizeof(header) + message->length),
		.export_time = htonl((u32)ktime_get_real_seconds()),
		.sequence = htonl(sequence),
		.domain = htonl(domain),
	};

	memcpy(at, &header, sizeof(header));
}

/* RFC 7011 section 3.3.2: the length is known when the set is complete. */
static void set_close(struct nfl_message *message)
{
	if (message->set == NFL_SET_NONE)
		return;
	put_unaligned_be16(message->length - message->set, message->body + message->set + 2);
	message->set = NFL_SET_NONE;
}

/*
 * Room for @length octets in a set with this id, which is opened if need be.
 * Returns NULL, and changes nothing, if there is none.
 */
static u8 *set_reserve(struct nfl_message *message, u16 id, unsigned int length)
{
	const bool open = message->set != NFL_SET_NONE && message->set_id == id;
	u8 *at;

	if (message->length + length + (open ? 0 : NFL_SET_HEADER) > message->limit)
		return NULL;
	if (!open) {
		set_close(message);
		message->set = message->length;
		message->set_id = id;
		put_unaligned_be16(id, message->body + message->set);
		message->length += NFL_SET_HEADER;
	}
	at = message->body + message->length;
	message->length += length;
	return at;
}

static bool record_add(struct nfl_message *message, const struct nfl_template *template,
		       const void *source)
{
	u8 *at;

	if (template->alone)
		set_close(message);
	at = set_reserve(message, template->id, template->length);
	if (!at)
		return false;
	template->encode(at, source);
	message->records++;
	return true;
}

static bool ipfix_add(struct nfl_message *message, enum nfl_record_kind kind, unsigned int which,
		      const void *source)
{
	const struct nfl_template *template;
	const struct nfl_flow *flow;

	switch (kind) {
	case NFL_RECORD_FLOW:
		flow = ((const struct nfl_record *)source)->flow;
		template = &nfl_flow_templates[nfl_template_for(which, flow)];
		break;
	case NFL_RECORD_NAT_EVENT:
		template = &nfl_nat_templates[nfl_template_for_nat(source)];
		break;
	default:
		template = &nfl_options_templates[which];
		break;
	}
	return record_add(message, template, source);
}

/* RFC 7011 sections 3.4.1 and 3.4.2 */
static bool template_add(struct nfl_message *message, const struct nfl_template *template)
{
	const unsigned int header = template->scope ? 6 : 4;
	unsigned int i;
	u8 *at;

	at = set_reserve(message,
			 template->scope ? IPFIX_SET_OPTIONS_TEMPLATE : IPFIX_SET_TEMPLATE,
			 header + template->count * 4);
	if (!at)
		return false;
	put_unaligned_be16(template->id, at);
	put_unaligned_be16(template->count, at + 2);
	if (template->scope)
		put_unaligned_be16(template->scope, at + 4);
	at += header;
	for (i = 0; i < template->count; i++) {
		put_unaligned_be16(template->fields[i].element, at);
		put_unaligned_be16(template->fields[i].length, at + 2);
		at += 4;
	}
	return true;
}

/* All templates, in the order they are sent in. */
static const struct nfl_template *template_number(unsigned int number)
{
	if (number < NFL_FLOW_TEMPLATES)
		return &nfl_flow_templates[number];
	number -= NFL_FLOW_TEMPLATES;
	if (number < NFL_NAT_TEMPLATES)
		return &nfl_nat_templates[number];
	number -= NFL_NAT_TEMPLATES;
	return number < NFL_OPTIONS_TEMPLATES ? &nfl_options_templates[number] : NULL;
}

static bool ipfix_add_templates(struct nfl_message *message, unsigned int *next)
{
	const struct nfl_template *template;

	for (; (template = template_number(*next)); ++*next) {
		if (!template_add(message, template))
			return false;
	}
	return true;
}

const struct nfl_protocol nfl_ipfix = {
	.version = IPFIX_VERSION,
	.name = "ipfix",
	.header_length = sizeof(struct ipfix_header),
	.header = ipfix_header,
	.add = ipfix_add,
	.add_templates = ipfix_add_templates,
	.finish = set_close,
};
