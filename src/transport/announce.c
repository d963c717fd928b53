// SPDX-License-Identifier: GPL-2.0-only
/*
 * The templates of a session: which are sent, and when.
 *
 * A template is announced before a message that needs it, if it is new to the session or if
 * its last announcement was too many messages or minutes ago. There is no timer: without data
 * no template is sent. Since UDP may lose the first announcement, a new template is announced
 * in three successive seconds, if it is needed in them. Whatever may have made the collector
 * forget templates makes all of them new: a socket, a protocol, a domain, a refusal, a jump of
 * the sequence number (Filebeat forgets all templates then).
 *
 * Templates of flows and NAT events go before options templates. Each kind has messages of
 * its own, and so have options templates with a repeated element: Logstash ignores the rest of
 * a message behind one of these.
 *
 * Context of all functions: process, under the sender's lock.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "base/clock.h"
#include "base/config.h"
#include "compat/unaligned.h"
#include "protocol/layouts.h"
#include "protocol/set.h"
#include "transport/announce.h"
#include "transport/session.h"
#include "transport/transport.h"

/* A new template is announced in so many successive seconds. */
#define TIMES_NEW	3

/*
 * The longest message with templates, with the IP header. It passes any path, even if the
 * path's MTU is smaller than its routers say: then short messages with data pass, too.
 */
#define WIRE_MOST	NFL_MTU_LEAST

/* More than fit into such a message. */
#define IDS_MOST	64

/* In milliseconds: a new template is announced again, flow keys are sent again. */
#define NEW_INTERVAL	1000
#define KEYS_INTERVAL	(300 * 1000)
#define MINUTE		(60 * 1000)

#define SET_DATA_FIRST	256

/* Kinds of templates, in the order in which they are sent. */
enum kind {
	KIND_DATA,		/* flows, NAT events */
	KIND_OPTIONS,
	KIND_REPEATING,		/* options with a repeated element */
	KINDS,
};

/* A message with templates. */
struct message {
	struct nfl_session *session;
	enum kind kind;
	struct nfl_body body;
	unsigned int count;
	u16 ids[IDS_MOST];
	u8 octets[WIRE_MOST];
};

static const struct nfl_protocol *protocol_of(const struct nfl_session *session)
{
	return nfl_protocols[session->protocol];
}

/*
 * The id of the first data set at *@at or behind it, and *@at moved behind it; 0 if there is
 * none. The body is complete.
 */
static u16 next_set(const struct nfl_body *body, unsigned int *at)
{
	while (*at < body->length) {
		const u16 id = get_unaligned_be16(body->octets + *at);

		*at += get_unaligned_be16(body->octets + *at + 2);
		if (id >= SET_DATA_FIRST)
			return id;
	}
	return 0;
}

static bool is_due(struct nfl_session *session, u16 id, u64 clock)
{
	struct nfl_announcements *announcements = &session->announcements;
	const struct nfl_announced *place = nfl_announced_place(announcements, id);
	const struct nfl_config *config = session->transport->config;
	const s64 age = clock - place->time;

	if (!place->id)
		return true;
	if (place->times < TIMES_NEW && age >= NEW_INTERVAL)
		return true;
	/* a second less, so that "a minute" is no more than a minute */
	return announcements->messages - place->messages >= READ_ONCE(config->refresh_rate) ||
	       age >= (s64)READ_ONCE(config->timeout_rate) * MINUTE - NEW_INTERVAL;
}

/**
 * nfl_announce_wanted() - are templates to be sent before a message?
 * @session: the session
 * @body: the message, complete
 */
bool nfl_announce_wanted(struct nfl_session *session, const struct nfl_body *body)
{
	const u64 clock = nfl_clock64();
	unsigned int at = 0;
	u16 id;

	if (!protocol_of(session)->templates)
		return false;
	while ((id = next_set(body, &at))) {
		if (is_due(session, id, clock))
			return true;
	}
	return false;
}

static void note(struct nfl_announcements *announcements, u16 id)
{
	struct nfl_announced *place = nfl_announced_place(announcements, id);

	if (!place->id && announcements->count == NFL_ANNOUNCED_MOST) {
		memset(announcements->place, 0, sizeof(announcements->place));
		WRITE_ONCE(announcements->count, 0);
		place = nfl_announced_place(announcements, id);
	}
	/* statistics read it without a lock */
	WRITE_ONCE(announcements->count, announcements->count + !place->id);
	place->id = id;
	place->times = min(place->times + 1, TIMES_NEW);
	place->time = nfl_clock64();
	place->messages = announcements->messages;
}

static void message_begin(struct message *message)
{
	const unsigned int headers = nfl_session_headers(message->session);
	const u16 limit = nfl_session_limit(message->session, protocol_of(message->session));

	message->count = 0;
	message->body = (struct nfl_body) {
		.limit = min_t(unsigned int, WIRE_MOST - headers, limit),
		.set = NFL_SET_NONE,
		.octets = message->octets,
	};
}

/* Send the message, unless it is empty, and begin another. */
static int message_send(struct message *message)
{
	const struct nfl_send send = { };
	struct nfl_session *session = message->session;
	unsigned int i;
	int err;

	if (!message->count)
		return 0;
	protocol_of(session)->finish(&message->body);
	err = nfl_session_send(session, &message->body, &send);
	for (i = 0; !err && i < message->count; i++)
		note(&session->announcements, message->ids[i]);
	session->announcements.has_data |= !err && message->kind == KIND_DATA;
	message_begin(message);
	return err;
}

static int message_add(struct message *message, const struct nfl_layout *layout)
{
	const struct nfl_protocol *protocol = protocol_of(message->session);
	unsigned int i;
	int err = 0;

	for (i = 0; i < message->count; i++) {
		if (message->ids[i] == layout->id)
			return 0;
	}
	if (!protocol->add_template(&message->body, layout)) {
		err = message_send(message);
		/* a message has room for any template */
		if (!err && !protocol->add_template(&message->body, layout))
			err = -EMSGSIZE;
	}
	if (!err)
		message->ids[message->count++] = layout->id;
	return err;
}

static enum kind kind_of(const struct nfl_layout *layout)
{
	if (!layout->template->scope)
		return KIND_DATA;
	return nfl_layout_repeats(layout) ? KIND_REPEATING : KIND_OPTIONS;
}

/* Add the templates of the message's kind. */
static int message_fill(struct message *message, const struct nfl_body *body)
{
	const struct nfl_templates *templates = protocol_of(message->session)->templates;
	const u64 clock = nfl_clock64();
	struct nfl_layout layout;
	unsigned int at = 0;
	int err = 0;
	u16 id;

	while (!err && (id = next_set(body, &at))) {
		if (!is_due(message->session, id, clock))
			continue;
		if (nfl_layouts_find(templates, id, &layout) && kind_of(&layout) == message->kind)
			err = message_add(message, &layout);
	}
	return err;
}

/**
 * nfl_announce() - send the templates that a message needs and that are due
 * @session: the session, connected
 * @body: the message, complete
 *
 * If an options template would be the first one of the session, the most frequent template of
 * flows is sent before it.
 *
 * Return: 0 or a negative error; then some of them may have been sent.
 */
int nfl_announce(struct nfl_session *session, const struct nfl_body *body)
{
	const struct nfl_templates *templates = protocol_of(session)->templates;
	struct message message = { .session = session };
	struct nfl_layout first;
	int err = 0;

	message_begin(&message);
	for (message.kind = 0; !err && message.kind < KINDS; message.kind++) {
		err = message_fill(&message, body);
		if (!err && message.kind == KIND_DATA && !message.count &&
		    !session->announcements.has_data) {
			first = nfl_layout_plain(&templates->flow[NFL_TEMPLATE_IPV4_PORTS]);
			err = message_add(&message, &first);
		}
		err = err ?: message_send(&message);
	}
	return err;
}

static bool is_flow(const struct nfl_templates *templates, const struct nfl_template *template)
{
	return template >= templates->flow && template < templates->flow + NFL_FLOW_TEMPLATES;
}

/**
 * nfl_announce_keys() - have the flow keys of templates sent that are due
 * @session: the session
 * @body: a message that was sent
 *
 * If the log of options data has no room the next message tries again.
 */
void nfl_announce_keys(struct nfl_session *session, const struct nfl_body *body)
{
	const struct nfl_templates *templates = protocol_of(session)->templates;
	struct nfl_log *log = &session->transport->log[NFL_LOG_OPTIONS];
	const u64 clock = nfl_clock64();
	struct nfl_stored_options keys = {
		.which = NFL_TEMPLATE_FLOW_KEYS,
		.first = session->number,
		.last = session->number,
	};
	unsigned int at = 0;
	u16 id;

	if (!templates || !templates->options[NFL_TEMPLATE_FLOW_KEYS].count)
		return;
	while ((id = next_set(body, &at))) {
		struct nfl_announced *place = nfl_announced_place(&session->announcements, id);

		if (!place->id || (place->has_keys && clock - place->keys_time < KEYS_INTERVAL))
			continue;
		if (!nfl_layouts_find(templates, id, &keys.layout))
			continue;
		if (is_flow(templates, keys.layout.template) && !nfl_log_append_options(log, &keys))
			return;
		place->has_keys = true;
		place->keys_time = clock;
	}
}

/**
 * nfl_announce_anew() - the collector may have forgotten all templates
 * @session: the session
 */
void nfl_announce_anew(struct nfl_session *session)
{
	struct nfl_announcements *announcements = &session->announcements;

	memset(announcements->place, 0, sizeof(announcements->place));
	WRITE_ONCE(announcements->count, 0);
	announcements->has_data = false;
}
