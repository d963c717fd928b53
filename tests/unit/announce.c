// SPDX-License-Identifier: GPL-2.0-only
/*
 * Templates of a session: which are announced before a message, in which order, and how often.
 * Messages are made of real records and read by the strict decoders, which know the order.
 */
#include "layouts.h"

#include "../../src/protocol/ipfix.c"
#include "../../src/protocol/netflow9.c"
#include "../../src/transport/log.c"
#include "../../src/transport/redo.c"
#include "../../src/transport/sends.c"
#include "../../src/transport/share.c"
#include "../../src/transport/encode.c"
#include "../../src/transport/stream.c"
#include "../../src/transport/announce.c"

#include "decoder9.h"
#include "items.h"
#include "tap.h"

#define MTU	1500

static const struct nfl_protocol poor;	/* without templates */

const struct nfl_protocol *const nfl_protocols[NFL_PROTOCOLS] = {
	[NFL_IPFIX] = &nfl_ipfix,
	[NFL_NETFLOW9] = &nfl_netflow9,
	[NFL_NETFLOW5] = &poor,
};

static struct decoder decoder;
static struct nfl_config config;
static struct nfl_transport transport;
static struct nfl_session session;

/* What was sent. */
#define MESSAGES	64

static struct sent {
	unsigned int count;		/* of templates */
	u16 ids[16];
} sent[MESSAGES];			/* those with templates, since forget() */

static unsigned int templates_sent, template_octets, all_octets;
static unsigned int room;		/* of the send buffer, in messages */
static unsigned int times_of[65536];	/* each template was announced */

unsigned int nfl_session_headers(const struct nfl_session *unused)
{
	return (session.to.address.ss_family == AF_INET ? 28 : 48) +
	       nfl_protocols[session.protocol]->header_length;
}

u16 nfl_session_limit(struct nfl_session *unused, const struct nfl_protocol *protocol)
{
	return MTU - nfl_session_headers(unused);
}

/* The ids of the templates in a message. */
static void read_ids(const struct nfl_body *body)
{
	struct sent *one = &sent[templates_sent % MESSAGES];
	unsigned int at = 0, end, id, fields;
	const u8 *o = body->octets;

	one->count = 0;
	while (at < body->length) {
		id = decoder_number(o + at, 2);
		end = at + decoder_number(o + at + 2, 2);
		for (at += 4; id < 4 && at + 4 < end;) {
			fields = decoder_number(o + at + 2, 2);
			if (one->count < ARRAY_SIZE(one->ids))
				one->ids[one->count] = decoder_number(o + at, 2);
			one->count++;
			times_of[decoder_number(o + at, 2)]++;
			if (session.protocol == NFL_NETFLOW9 && id == 1)
				fields = (fields + decoder_number(o + at + 4, 2)) / 4;
			at += (id & 1 ? 6 : 4) + 4 * fields;
		}
		at = end;
	}
}

int nfl_session_send(struct nfl_session *to, const struct nfl_body *body,
		     const struct nfl_send *send)
{
	const struct nfl_protocol *protocol = nfl_protocols[to->protocol];
	const unsigned int length = protocol->header_length + body->length;
	u8 datagram[MTU];
	const char *error;

	if (!room)
		return -EAGAIN;
	room--;
	protocol->header(datagram, body, &to->header);
	memcpy(datagram + protocol->header_length, body->octets, body->length);
	error = to->protocol == NFL_IPFIX ? decode(&decoder, datagram, length) :
					    decode9(&decoder, datagram, length);
	check(!error, "%s", error ?: "");
	if (to->to.address.ss_family == AF_INET6 && !body->records)
		check(length + 48 <= 512, "%u octets with headers of IPv6", length + 48);
	check(!send->stream == !!body->templates, "only templates are of no stream");
	to->header.sequence += protocol->counts(body);
	/* it takes a while */
	shim_boot_ms++;
	all_octets += length + 28;
	if (body->templates) {
		template_octets += length + 28;
		read_ids(body);
		templates_sent++;
	}
	return 0;
}

static void forget(void)
{
	templates_sent = 0;
	template_octets = 0;
	all_octets = 0;
	memset(times_of, 0, sizeof(times_of));
}

static void begin(enum nfl_protocol_index protocol)
{
	memset(&session, 0, sizeof(session));
	memset(&decoder, 0, sizeof(decoder));
	decoder.is_session = true;
	session.transport = &transport;
	session.protocol = protocol;
	session.to.address.ss_family = AF_INET;
	session.number = 1;
	transport.config = &config;
	config.refresh_rate = 1000;
	config.timeout_rate = 1000;
	shim_boot_ms = 1ULL << 33;
	room = UINT_MAX;
	forget();
}

static u8 octets[MTU];
static struct nfl_body body;
static struct item item;

static void body_begin(void)
{
	body = (struct nfl_body) {
		.limit = nfl_session_limit(&session, nfl_protocols[session.protocol]),
		.set = NFL_SET_NONE,
		.octets = octets,
	};
}

static bool body_add(enum nfl_record_kind kind, unsigned int which, const void *source)
{
	return nfl_protocols[session.protocol]->add(&body, kind, which, source);
}

/* Send the message as the pump does. */
static int body_send(void)
{
	static struct nfl_stream some;
	const struct nfl_send send = { .stream = &some };
	int err;

	nfl_protocols[session.protocol]->finish(&body);
	if (nfl_announce_wanted(&session, &body)) {
		err = nfl_announce(&session, &body);
		if (err)
			return err;
		check(!nfl_announce_wanted(&session, &body), "all were announced");
	}
	err = nfl_session_send(&session, &body, &send);
	check(err || decoder.records == body.records, "its records are read");
	session.announcements.messages++;
	nfl_announce_keys(&session, &body);
	return err;
}

/* A message with one flow, of this template. */
static int flow_send(unsigned int template, u16 extras)
{
	static const u8 protocols[] = {
		[NFL_TEMPLATE_IPV4_PORTS] = IPPROTO_TCP, [NFL_TEMPLATE_IPV6_PORTS] = IPPROTO_TCP,
		[NFL_TEMPLATE_IPV4_ICMP] = IPPROTO_ICMP, [NFL_TEMPLATE_IPV6_ICMP] = IPPROTO_ICMPV6,
		[NFL_TEMPLATE_IPV4_SPI] = IPPROTO_ESP, [NFL_TEMPLATE_IPV6_SPI] = IPPROTO_ESP,
		[NFL_TEMPLATE_IPV4_IGMP] = IPPROTO_IGMP, [NFL_TEMPLATE_IPV4_PLAIN] = IPPROTO_GRE,
		[NFL_TEMPLATE_IPV6_PLAIN] = IPPROTO_GRE,
	};
	const unsigned int plain = template % NFL_TEMPLATE_TRANSLATED;
	const bool ipv4 = nfl_template_is_ipv4(plain);
	struct nfl_flow *flow = ipv4 ? &item.four.flow : &item.six.flow;

	memset(&item, 0, sizeof(item));
	item.four.key.protocol = protocols[plain];
	item.six.key.protocol = protocols[plain];
	flow->nat = template == plain ? 0 : NFL_NAT_KNOWN;
	flow->first = shim_boot_ms;
	flow->last = shim_boot_ms;
	item.record = (struct nfl_record) {
		.flow = flow,
		.wide = ipv4 ? &item.four.wide : &item.six.wide,
		.clock = shim_boot_ms,
		.extras = extras,
	};
	body_begin();
	check(body_add(NFL_RECORD_FLOW, ipv4 ? NFL_IPV4_WIDE : NFL_IPV6_WIDE, &item.record),
	      "there is room");
	return body_send();
}

static void options_send(const unsigned int *which, unsigned int count)
{
	body_begin();
	while (count--) {
		memset(&item, 0, sizeof(item));
		check(body_add(NFL_RECORD_OPTIONS, *which++, &item.statistics), "there is room");
	}
	check(!body_send(), "it is sent");
}

/* The templates of message number @n with templates are these. */
static void expect(unsigned int n, unsigned int count, ...)
{
	const struct sent *one = &sent[n];
	unsigned int i;
	va_list list;

	if (!check(n < templates_sent, "%u messages with templates", templates_sent))
		return;
	check(one->count == count, "message %u: %u templates, not %u", n, one->count, count);
	va_start(list, count);
	for (i = 0; i < count; i++) {
		const unsigned int id = va_arg(list, unsigned int);

		check(one->ids[i] == id, "message %u: template %u, not %u", n, one->ids[i], id);
	}
	va_end(list);
}

static void test_new(enum nfl_protocol_index protocol)
{
	unsigned int i;

	begin(protocol);
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	expect(0, 1, 256);
	for (i = 0; i < 99; i++) {
		shim_boot_ms += 100;
		flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	}
	check(times_of[256] == 3 && templates_sent == 3, "%u times in ten seconds", times_of[256]);
	flow_send(NFL_TEMPLATE_IPV6_ICMP, 0);
	expect(3, 1, 259);
	check(times_of[256] == 3, "the other one is not announced again");
	/* not needed in the seconds after it */
	shim_boot_ms += 10000;
	flow_send(NFL_TEMPLATE_IPV6_ICMP, 0);
	flow_send(NFL_TEMPLATE_IPV6_ICMP, 0);
	check(times_of[259] == 2, "%u times", times_of[259]);
	test("version %u: a new template is announced in three seconds",
	     nfl_protocols[protocol]->version);
}

static void test_again(void)
{
	unsigned int i;

	begin(NFL_IPFIX);
	config.refresh_rate = 5;
	for (i = 0; i < 100; i++)
		flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(times_of[256] == 20, "%u times in 100 messages, each fifth", times_of[256]);
	config.refresh_rate = 1;
	forget();
	for (i = 0; i < 100; i++)
		flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(times_of[256] == 100, "%u times in 100 messages, each", times_of[256]);

	begin(NFL_IPFIX);
	config.timeout_rate = 1;
	for (i = 0; i < 600; i++) {
		flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
		shim_boot_ms += 1000;
	}
	/* at 0, 1, 2, 61, 120, ... */
	check(times_of[256] == 3 + 597 / 59, "%u times in 600 seconds", times_of[256]);
	forget();
	shim_boot_ms += 100 * 24 * 3600 * 1000ULL;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(times_of[256] == 1, "again after 100 days");
	test("templates are announced again after so many messages and minutes");
}

static void test_order(void)
{
	static const unsigned int some[] = {
		NFL_TEMPLATE_INTERFACE, NFL_TEMPLATE_EXPORTING_RELIABILITY,
		NFL_TEMPLATE_METERING_STATISTICS, NFL_TEMPLATE_SYSTEM, NFL_TEMPLATE_INTERFACE,
	};
	static const unsigned int sampling[] = { NFL_TEMPLATE_SAMPLING };

	begin(NFL_IPFIX);
	options_send(some, ARRAY_SIZE(some));
	expect(0, 1, 256);
	expect(1, 2, 300, 314);
	expect(2, 2, 304, 302);
	check(templates_sent == 3, "%u messages", templates_sent);
	options_send(sampling, 1);
	expect(3, 1, 313);
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(templates_sent == 4, "it is known");

	begin(NFL_IPFIX);
	flow_send(NFL_TEMPLATE_IPV6_PORTS, 0);
	options_send(some, ARRAY_SIZE(some));
	expect(0, 1, 257);
	expect(1, 2, 300, 314);
	expect(2, 2, 304, 302);
	check(!times_of[256], "a template that is not used");

	begin(NFL_NETFLOW9);
	options_send(some, ARRAY_SIZE(some));
	expect(0, 1, 256);
	expect(1, 3, 304, 300, 314);
	expect(2, 1, 302);
	check(templates_sent == 3, "%u messages", templates_sent);
	test("templates of data, options templates, those with a repeated element");
}

static void test_anew(void)
{
	static const unsigned int some[] = { NFL_TEMPLATE_SYSTEM };

	begin(NFL_IPFIX);
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	options_send(some, 1);
	shim_boot_ms += 5000;
	nfl_announce_anew(&session);
	decoder.count = 0;
	decoder.has_data = false;
	forget();
	options_send(some, 1);
	expect(0, 1, 256);
	expect(1, 1, 314);
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(templates_sent == 2, "%u messages", templates_sent);
	shim_boot_ms += 1000;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	shim_boot_ms += 1000;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	shim_boot_ms += 1000;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(times_of[256] == 3, "%u times", times_of[256]);
	test("a session begins anew: all templates are new");
}

/* One message needs all templates of flows, each twice: with all extra fields, of 200 octets. */
static void all_flows(unsigned int family)
{
	unsigned int i, length = 0;

	begin(NFL_IPFIX);
	session.to.address.ss_family = family;
	/* its sets are all that is looked at, so they have no records */
	body_begin();
	for (i = 0; i < 2 * NFL_FLOW_TEMPLATES; i++, length += 4) {
		const unsigned int number = i % NFL_FLOW_TEMPLATES;
		const struct nfl_layout layout = nfl_layout_of_flow(&nfl_ipfix_templates, number,
								    NFL_EXTRAS_ALL);

		put_unaligned_be16(layout.id, octets + length);
		put_unaligned_be16(4, octets + length + 2);
	}
	body.length = length;
}

static void test_length(void)
{
	unsigned int i, tries = 0, count = 0;

	all_flows(AF_INET);
	check(!nfl_announce(&session, &body) && !nfl_announce_wanted(&session, &body),
	      "they are announced");
	for (i = 0; i < templates_sent; i++)
		count += sent[i].count;
	check(count == NFL_FLOW_TEMPLATES, "%u templates", count);
	check(templates_sent == 9, "%u messages", templates_sent);
	all_flows(AF_INET6);
	check(!nfl_announce(&session, &body), "they are announced");

	/* templates without extra fields fill messages up to the limit; their ids are in order */
	for (i = 0; i < 9; i++) {
		unsigned int id, length = 0;

		begin(NFL_IPFIX);
		session.to.address.ss_family = AF_INET6;
		body_begin();
		for (id = 270 + i; id < 288; id++, length += 4) {
			put_unaligned_be16(id > 278 ? id - 279 + 256 : id, octets + length);
			put_unaligned_be16(4, octets + length + 2);
		}
		body.length = length;
		check(!nfl_announce(&session, &body), "they are announced");
	}

	/* the send buffer takes a message at a time */
	all_flows(AF_INET);
	do {
		room = 1;
		tries++;
	} while (nfl_announce(&session, &body) == -EAGAIN);
	check(tries == 9 && templates_sent == 9, "%u tries, %u messages", tries, templates_sent);
	test("messages with templates are short, and none is sent twice");
}

/* More templates than are remembered: each is announced before its flows. */
static void test_many(void)
{
	unsigned int i, known = 0;

	begin(NFL_IPFIX);
	for (i = 0; i < 3 * NFL_ANNOUNCED; i++) {
		/* the decoder has room for fewer as well */
		if (decoder.count > DECODER_TEMPLATES / 2) {
			decoder.count = 0;
			nfl_announce_anew(&session);
		}
		check(!flow_send(0, 1 + i), "it is sent");
		known = max(known, session.announcements.count);
	}
	begin(NFL_IPFIX);
	for (i = 0; i < 10 * NFL_ANNOUNCED; i++) {
		note(&session.announcements, 1000 + random_below(500));
		known = max(known, session.announcements.count);
	}
	check(known == NFL_ANNOUNCED_MOST, "%u are remembered", known);
	test("more templates than are remembered");
}

/* Records of flow keys in the log of options data. */
static unsigned int keys_sent(unsigned int from, u16 *ids)
{
	struct nfl_log *log = &transport.log[NFL_LOG_OPTIONS];
	unsigned int i, count = nfl_log_last(log).index;

	for (i = from; i < count; i++) {
		const struct nfl_stored_options *options;

		options = nfl_block_record(nfl_log_block(log, log->tail), i);
		check(options->which == NFL_TEMPLATE_FLOW_KEYS && options->first == 1 &&
		      options->last == 1, "flow keys for the session");
		ids[i - from] = options->layout.id;
	}
	return count - from;
}

static spinlock_t lock;
static unsigned int fails;

static bool no_block(size_t size)
{
	return fails && size == NFL_BLOCK_SIZE;
}

static void test_keys(void)
{
	struct nfl_log *log = &transport.log[NFL_LOG_OPTIONS];
	static const unsigned int some[] = { NFL_TEMPLATE_SYSTEM };
	struct nfl_nat_record nat = { .family = AF_INET };
	struct nfl_endpoints ends = { };
	unsigned int i;
	u16 ids[64];

	nfl_log_init(log, &lock, NULL);
	nfl_log_resize(log, 4 * NFL_BLOCK_SIZE);
	log->sessions = 5;
	begin(NFL_IPFIX);
	fails = 1;
	shim_alloc_fails = no_block;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(!keys_sent(0, ids), "there is no memory");
	fails = 0;
	shim_alloc_fails = NULL;
	for (i = 0; i < 10; i++)
		flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(keys_sent(0, ids) == 1 && ids[0] == 256, "the next message has them sent, once");
	flow_send(NFL_TEMPLATE_IPV6_PORTS, NFL_EXTRAS_ALL);
	check(keys_sent(1, ids) == 1 && ids[0] >= 512, "of a template with extra fields");
	/* these have none */
	options_send(some, 1);
	nat.before = &ends;
	nat.after = &ends;
	body_begin();
	body_add(NFL_RECORD_NAT_EVENT, 0, &nat);
	check(!body_send(), "it is sent");
	check(times_of[260] == 1 && !keys_sent(2, ids), "none of options data and NAT events");
	shim_boot_ms += 299 * 1000;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(!keys_sent(2, ids), "not yet");
	shim_boot_ms += 1000;
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(keys_sent(2, ids) == 1 && ids[0] == 256, "again after five minutes");
	begin(NFL_NETFLOW9);
	flow_send(NFL_TEMPLATE_IPV4_PORTS, 0);
	check(!keys_sent(3, ids), "NetFlow v9 has no flow keys");
	nfl_log_stop(log);
	test("flow keys follow the templates of flows that were announced");
}

/* Send what a stream has of the log of options data; returns the number of records. */
static unsigned int stream_send(struct nfl_stream *stream, u32 number)
{
	struct nfl_log *logs = transport.log;
	const struct nfl_told told = { };
	struct nfl_encoder encoder = {
		.protocol = &nfl_ipfix,
		.body = &body,
		.told = &told,
		.announcements = &session.announcements,
		.session = number,
	};
	struct nfl_range range;
	struct nfl_send send;

	stream->number = number;
	if (!nfl_stream_range(stream, logs, NFL_LOG_OPTIONS, &range))
		return 0;
	body_begin();
	encoder.at = range.from;
	check(nfl_encode(&encoder, &logs[NFL_LOG_OPTIONS], &range.to) == NFL_ENCODED_ALL, "all");
	nfl_stream_advance(stream, NFL_LOG_OPTIONS, &range.from, &encoder.at);
	send = (struct nfl_send) {
		.stream = stream,
		.range = { .from = range.from, .to = encoder.at },
		.sum = encoder.sum,
		.passed = encoder.passed,
		.session = number,
		.log = NFL_LOG_OPTIONS,
	};
	nfl_stream_settle(stream, logs, &session, &send);
	return body.records;
}

static void append(u32 first, u32 last)
{
	const struct nfl_stored_options options = {
		.which = NFL_TEMPLATE_SYSTEM,
		.first = first,
		.last = last,
	};

	check(nfl_log_append_options(&transport.log[NFL_LOG_OPTIONS], &options), "there is room");
}

static void test_aimed(void)
{
	struct nfl_log *log = &transport.log[NFL_LOG_OPTIONS];
	static struct nfl_stream one, two;
	struct nfl_account lost;
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		nfl_log_init(&transport.log[kind], &lock, NULL);
		nfl_log_resize(&transport.log[kind], 4 * NFL_BLOCK_SIZE);
	}
	begin(NFL_IPFIX);
	one.session = &session;
	two.session = &session;
	nfl_stream_begin(&one, log, NFL_LOG_OPTIONS, false);
	log->sessions = 1;
	append(0, 0);
	nfl_stream_begin(&two, log, NFL_LOG_OPTIONS, false);
	log->sessions = 2;
	append(2, 0);		/* the second one has begun */
	append(1, 1);		/* flow keys of the first one */
	append(0, 0);
	check(stream_send(&one, 1) == 3, "%u records", body.records);
	check(stream_send(&two, 2) == 2, "%u records", body.records);
	check(one.sent[NFL_LOG_OPTIONS].flows == 3 && one.passed[NFL_LOG_OPTIONS].flows == 1,
	      "the first one's account");
	check(two.sent[NFL_LOG_OPTIONS].flows == 2 && two.passed[NFL_LOG_OPTIONS].flows == 1,
	      "the second one's account");
	check(log->sent.flows == 4, "%llu were sent", (unsigned long long)log->sent.flows);
	/* it begins anew, with all that is appended from then on */
	append(0, 0);
	log->sessions = 3;
	append(3, 0);
	check(stream_send(&two, 3) == 1, "%u records", body.records);
	/* the first one skips: only what was for it is lost */
	check(nfl_stream_skip(&one, transport.log, NFL_LOG_OPTIONS, &nfl_ipfix,
			      nfl_log_last(log)) == 1, "it loses one");
	check(one.lost[NFL_LOG_OPTIONS].flows == 1 && one.passed[NFL_LOG_OPTIONS].flows == 2,
	      "the first one's account");
	nfl_log_trim(log, (struct nfl_position) { .block = log->head });
	lost = nfl_log_lost(log);
	check(log->appended.flows == 6 && log->sent.flows == 5 && lost.flows == 1,
	      "the log's account: %llu sent, %llu lost", (unsigned long long)log->sent.flows,
	      (unsigned long long)lost.flows);
	for (kind = 0; kind < NFL_LOGS; kind++)
		nfl_log_stop(&transport.log[kind]);
	test("options data for some sessions");
}

/* Flows and NAT events of all kinds in messages of 1,500 octets, 100 in a second. */
static void test_share(enum nfl_protocol_index protocol)
{
	static const struct {
		const char *name;
		u32 value;
	} initial[] = {
#define X(name, sysctl, least, most, value, ...) { #name, value },
		NFL_NUMBERS(X)
#undef X
	};
	unsigned int n = 0, i, tenths;

	begin(protocol);
	for (i = 0; i < ARRAY_SIZE(initial); i++) {
		if (!strcmp(initial[i].name, "refresh_rate"))
			config.refresh_rate = initial[i].value;
		if (!strcmp(initial[i].name, "timeout_rate"))
			config.timeout_rate = initial[i].value;
	}
	memset(sets, 0, sizeof(sets));
	under_test.protocol = nfl_protocols[protocol];
	body_begin();
	while (n < 30000) {
		const void *source = item_make(&item);

		if (item.kind == NFL_RECORD_OPTIONS || body_add(item.kind, item.which, source))
			continue;
		check(!body_send(), "it is sent");
		shim_boot_ms += 10;
		n++;
		body_begin();
	}
	tenths = div_u64(1000ULL * template_octets, all_octets);
	check(tenths < 10, "templates are %u.%u %% of the octets", tenths / 10, tenths % 10);
	test("version %u: templates are %u.%u %% of the octets, in %u of %u messages",
	     nfl_protocols[protocol]->version, tenths / 10, tenths % 10, templates_sent,
	     templates_sent + n);
}

int main(void)
{
	tap_begin();
	test_new(NFL_IPFIX);
	test_new(NFL_NETFLOW9);
	test_again();
	test_order();
	test_anew();
	test_length();
	test_many();
	test_keys();
	test_aimed();
	test_share(NFL_IPFIX);
	test_share(NFL_NETFLOW9);
	return tap_end();
}
