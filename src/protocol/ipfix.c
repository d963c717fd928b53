// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPFIX messages (RFC 7011).
 */
#include <linux/ktime.h>

#include "protocol/protocol.h"
#include "protocol/set.h"

#define IPFIX_VERSION			10
#define IPFIX_SET_TEMPLATE		2	/* RFC 7011 section 3.3.2 */
#define IPFIX_SET_OPTIONS_TEMPLATE	3
#define IPFIX_ALIGN			1	/* sets are not padded */

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

static void ipfix_header(u8 *at, const struct nfl_body *body, const struct nfl_header *session)
{
	struct ipfix_header header = {
		.version = htons(IPFIX_VERSION),
		.length = htons(sizeof(header) + body->length),
		.export_time = htonl((u32)ktime_get_real_seconds()),
		.sequence = htonl(session->sequence),
		.domain = htonl(session->domain),
	};

	memcpy(at, &header, sizeof(header));
}

/* The sequence number counts Data Records (RFC 7011 section 3.1). */
static u32 ipfix_counts(const struct nfl_body *body)
{
	return body->records;
}

static bool ipfix_add(struct nfl_body *body, enum nfl_record_kind kind, unsigned int which,
		      const void *source)
{
	const struct nfl_layout layout = nfl_layout_for(&nfl_ipfix_templates, kind, which, source);

	return !layout.count || nfl_set_record(body, &layout, source, IPFIX_ALIGN);
}

/*
 * RFC 7011 sections 3.4.1 and 3.4.2. Each options template has a set of its own: nfdump
 * reads only the first options template of a set. pmacct treats the second one as
 * malformed and ignores the rest of the message.
 */
static bool ipfix_add_template(struct nfl_body *body, const struct nfl_layout *layout)
{
	const u16 scope = layout->template->scope;
	const unsigned int header = scope ? 6 : 4;
	u8 *at;

	if (scope)
		nfl_set_close(body, IPFIX_ALIGN);
	at = nfl_set_reserve(body, scope ? IPFIX_SET_OPTIONS_TEMPLATE : IPFIX_SET_TEMPLATE,
			     header + layout->count * 4, IPFIX_ALIGN);
	if (!at)
		return false;
	put_unaligned_be16(layout->id, at);
	put_unaligned_be16(layout->count, at + 2);
	if (scope)
		put_unaligned_be16(scope, at + 4);
	nfl_layout_put_fields(layout, at + header);
	body->templates++;
	return true;
}

static void ipfix_finish(struct nfl_body *body)
{
	nfl_set_close(body, IPFIX_ALIGN);
}

const struct nfl_protocol nfl_ipfix = {
	.version = IPFIX_VERSION,
	.name = "ipfix",
	.header_length = sizeof(struct ipfix_header),
	.body_max = NFL_MESSAGE_MAX - NFL_HEADER_MAX,
	.templates = &nfl_ipfix_templates,
	.header = ipfix_header,
	.add = ipfix_add,
	.add_template = ipfix_add_template,
	.finish = ipfix_finish,
	.counts = ipfix_counts,
};
