// SPDX-License-Identifier: GPL-2.0-only
/*
 * NetFlow v9 messages (RFC 3954).
 *
 * Times are sysUptime values, and flows use the same clock. So no flow ends after the
 * sysUptime of its message; collectors discard the times of such flows. The header has
 * whole seconds, so the times of day that a collector computes are up to a second too early.
 */
#include <linux/ktime.h>

#include "base/clock.h"
#include "protocol/protocol.h"
#include "protocol/set.h"

#define NETFLOW9_VERSION		9
#define NETFLOW9_SET_TEMPLATE		0	/* RFC 3954 section 5.2 */
#define NETFLOW9_SET_OPTIONS_TEMPLATE	1	/* section 6.1 */
#define NETFLOW9_ALIGN			4	/* section 5.3 */

/* RFC 3954 section 5.1 */
struct netflow9_header {
	__be16 version;
	__be16 count;
	__be32 uptime;
	__be32 seconds;
	__be32 sequence;
	__be32 source_id;
} __packed;

static_assert(sizeof(struct netflow9_header) == 20);
static_assert(sizeof(struct netflow9_header) <= NFL_HEADER_MAX);

static void netflow9_header(u8 *at, const struct nfl_body *body,
			    const struct nfl_header *session)
{
	struct netflow9_header header = {
		.version = htons(NETFLOW9_VERSION),
		.count = htons(body->records + body->templates),
		.uptime = htonl(nfl_clock()),
		.seconds = htonl((u32)ktime_get_real_seconds()),
		.sequence = htonl(session->sequence),
		.source_id = htonl(session->domain),
	};

	memcpy(at, &header, sizeof(header));
}

/* The sequence number counts messages, regardless of their content. */
static u32 netflow9_counts(const struct nfl_body *body)
{
	return 1;
}

static bool netflow9_add(struct nfl_body *body, enum nfl_record_kind kind, unsigned int which,
			 const void *source)
{
	const struct nfl_layout layout = nfl_layout_for(&nfl_netflow9_templates, kind, which,
							source);

	return !layout.count || nfl_set_record(body, &layout, source, NETFLOW9_ALIGN);
}

/* RFC 3954 section 5.2. The length needs no padding; some collectors cannot parse padding. */
static bool plain_template_add(struct nfl_body *body, const struct nfl_layout *layout)
{
	u8 *at = nfl_set_reserve(body, NETFLOW9_SET_TEMPLATE, 4 + layout->count * 4,
				 NETFLOW9_ALIGN);

	if (!at)
		return false;
	put_unaligned_be16(layout->id, at);
	put_unaligned_be16(layout->count, at + 2);
	nfl_layout_put_fields(layout, at + 4);
	return true;
}

/*
 * RFC 3954 section 6.1: lengths are in octets. Each options template has a set of its own,
 * since nfdump reads only the first one of a set. The set ends with two octets of padding.
 */
static bool options_template_add(struct nfl_body *body, const struct nfl_layout *layout)
{
	const u16 scope = layout->template->scope;
	u8 *at;

	nfl_set_close(body, NETFLOW9_ALIGN);
	at = nfl_set_reserve(body, NETFLOW9_SET_OPTIONS_TEMPLATE, 6 + layout->count * 4,
			     NETFLOW9_ALIGN);
	if (!at)
		return false;
	put_unaligned_be16(layout->id, at);
	put_unaligned_be16(scope * 4, at + 2);
	put_unaligned_be16((layout->count - scope) * 4, at + 4);
	nfl_layout_put_fields(layout, at + 6);
	return true;
}

static bool netflow9_add_template(struct nfl_body *body, const struct nfl_layout *layout)
{
	if (layout->template->scope ? !options_template_add(body, layout) :
				      !plain_template_add(body, layout))
		return false;
	body->templates++;
	return true;
}

static void netflow9_finish(struct nfl_body *body)
{
	nfl_set_close(body, NETFLOW9_ALIGN);
}

const struct nfl_protocol nfl_netflow9 = {
	.version = NETFLOW9_VERSION,
	.name = "netflow",
	.header_length = sizeof(struct netflow9_header),
	.body_max = NFL_MESSAGE_MAX - NFL_HEADER_MAX,
	.templates = &nfl_netflow9_templates,
	.header = netflow9_header,
	.add = netflow9_add,
	.add_template = netflow9_add_template,
	.finish = netflow9_finish,
	.counts = netflow9_counts,
};
