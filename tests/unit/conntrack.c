// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of conntrack's messages: random connections, in messages of every
 * order and kind that kernels send, come out as they went in; what is cut off,
 * too short or not of a connection is refused, and never read past its end.
 */
#include "../../src/nat/connection.c"

#include "ctmessage.h"
#include "tap.h"

#define ROUNDS	200000

/* What a message says beside the tuples, each said or not. */
enum {
	SAY_STATUS, SAY_ID, SAY_ZONE, SAY_ZONE_ORIG, SAY_COUNTERS, SAY_COUNTERS_ONE_WAY,
	SAY_TIMESTAMP, SAY_EVENT_TIME, SAY_UNKNOWN, SAY_MAX,
};

/* A connection that was thought up, and all that is said of it. */
struct case_of {
	struct nfl_connection connection;
	unsigned int said;
	bool is_new;
	u32 status;
	u64 start_ns, stop_ns, event_ns;
};

static bool says(const struct case_of *one, unsigned int what)
{
	return one->said & 1 << what;
}

static void fill(void *to, size_t size)
{
	u8 *at = to;

	while (size--)
		*at++ = random_u64();
}

static bool is_icmp(u8 protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

static void ends_make(struct nfl_endpoints *ends, u8 family, u8 protocol)
{
	const size_t size = family == AF_INET ? 4 : 16;

	memset(ends, 0, sizeof(*ends));
	fill(&ends->source, size);
	fill(&ends->destination, size);
	fill(&ends->source_port, 2);
	if (!is_icmp(protocol))
		fill(&ends->destination_port, 2);
}

/* So many octets are missing at the end of a source address, of a protocol's number. */
static unsigned int address_short, protocol_short;

/* Attributes of a tuple, as a packet of that direction shows it. */
static void tuple_put(struct message *message, u16 type, const struct nfl_connection *c,
		      const struct nfl_endpoints *ends, const u16 *zone)
{
	const bool v4 = c->family == AF_INET;
	const size_t size = v4 ? 4 : 16;
	const unsigned int tuple = message_nest(message, type);
	unsigned int inner = message_nest(message, CTA_TUPLE_IP);
	/* the type of a reply is another one, which is not read */
	const u8 icmp[2] = { type == CTA_TUPLE_ORIG ? c->icmp >> 8 : 77, c->icmp };
	const bool v6 = c->protocol == IPPROTO_ICMPV6;
	u16 network_zone;

	message_put(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, &ends->source,
		    size - address_short);
	message_put(message, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, &ends->destination, size);
	message_nest_end(message, inner);
	inner = message_nest(message, CTA_TUPLE_PROTO);
	message_put(message, CTA_PROTO_NUM, &c->protocol, 1 - protocol_short);
	if (is_icmp(c->protocol)) {
		message_put(message, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, &icmp[0], 1);
		message_put(message, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, &icmp[1], 1);
		message_put(message, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
			    &ends->source_port, 2);
	} else {
		message_put(message, CTA_PROTO_SRC_PORT, &ends->source_port, 2);
		message_put(message, CTA_PROTO_DST_PORT, &ends->destination_port, 2);
	}
	message_nest_end(message, inner);
	if (zone) {
		network_zone = htons(*zone);
		message_put(message, CTA_TUPLE_ZONE, &network_zone, 2);
	}
	message_nest_end(message, tuple);
}

/* The replies' tuple of a connection that is translated as it says. */
static void reply_of(const struct nfl_connection *c, struct nfl_endpoints *reply)
{
	reply->source = c->after.destination;
	reply->destination = c->after.source;
	if (is_icmp(c->protocol)) {
		reply->source_port = c->after.source_port;
		reply->destination_port = 0;
	} else {
		reply->source_port = c->after.destination_port;
		reply->destination_port = c->after.source_port;
	}
}

static void number_put(struct message *message, u16 type, u64 number, unsigned int size)
{
	const __be64 all = htobe64(number);

	message_put(message, type, (const u8 *)&all + 8 - size, size);
}

static void counters_put(struct message *message, const struct nfl_connection *c, int way)
{
	const unsigned int nest = message_nest(message, CTA_COUNTERS_ORIG + way);

	number_put(message, CTA_COUNTERS_PACKETS, c->packets[way], 8);
	number_put(message, CTA_COUNTERS_BYTES, c->octets[way], 8);
	message_nest_end(message, nest);
}

/* The parts of a message, one by one, so that they come in any order. */
static void part_put(struct message *message, const struct case_of *one, unsigned int part)
{
	const struct nfl_connection *c = &one->connection;
	struct nfl_endpoints reply = { };
	unsigned int nest;

	switch (part) {
	case SAY_STATUS:
		number_put(message, CTA_STATUS, one->status, 4);
		break;
	case SAY_ID:
		number_put(message, CTA_ID, c->id, 4);
		break;
	case SAY_ZONE:
		number_put(message, CTA_ZONE, c->zone, 2);
		break;
	case SAY_COUNTERS:
		counters_put(message, c, 0);
		if (!says(one, SAY_COUNTERS_ONE_WAY))
			counters_put(message, c, 1);
		break;
	case SAY_TIMESTAMP:
		nest = message_nest(message, CTA_TIMESTAMP);
		number_put(message, CTA_TIMESTAMP_START, one->start_ns, 8);
		if (!one->is_new)
			number_put(message, CTA_TIMESTAMP_STOP, one->stop_ns, 8);
		message_nest_end(message, nest);
		break;
	case SAY_EVENT_TIME:
		number_put(message, CTA_TIMESTAMP_EVENT, one->event_ns, 8);
		break;
	case SAY_UNKNOWN:
		message_put(message, 1000 + random_below(100), "nobody knows what",
			    1 + random_below(17));
		break;
	case SAY_MAX:
		tuple_put(message, CTA_TUPLE_ORIG, c, &c->before,
			  says(one, SAY_ZONE_ORIG) && !says(one, SAY_ZONE) ? &c->zone : NULL);
		break;
	case SAY_MAX + 1:
		reply_of(c, &reply);
		tuple_put(message, CTA_TUPLE_REPLY, c, &reply, NULL);
		break;
	}
}

static void message_make(struct message *message, const struct case_of *one)
{
	unsigned int order[SAY_MAX + 2], i, other, swap;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		order[i] = i;
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		other = random_below(ARRAY_SIZE(order));
		swap = order[i];
		order[i] = order[other];
		order[other] = swap;
	}
	message_begin(message, one->is_new ? IPCTNL_MSG_CT_NEW : IPCTNL_MSG_CT_DELETE,
		      one->connection.family);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		if (order[i] >= SAY_MAX || says(one, order[i]))
			part_put(message, one, order[i]);
	}
}

static void case_make(struct case_of *one)
{
	static const u8 protocols[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_GRE,
	};
	struct nfl_connection *c = &one->connection;

	memset(one, 0, sizeof(*one));
	one->said = random_u64();
	one->is_new = random_below(2);
	one->status = random_u64();
	one->start_ns = random_u64();
	one->stop_ns = random_u64();
	one->event_ns = random_u64();
	c->family = random_below(2) ? AF_INET : AF_INET6;
	c->protocol = protocols[random_below(ARRAY_SIZE(protocols))];
	c->icmp = is_icmp(c->protocol) ? random_u64() : 0;
	c->id = random_u64();
	c->zone = random_u64();
	fill(c->packets, sizeof(c->packets));
	fill(c->octets, sizeof(c->octets));
	ends_make(&c->before, c->family, c->protocol);
	c->after = c->before;
	if (random_below(4))	/* any part of it, or all */
		ends_make(&c->after, c->family, c->protocol);
	else if (random_below(2))
		c->after.source_port ^= htons(1);
}

/* What the parser should have made of it. */
static void expect(const struct case_of *one, struct nfl_connection *wanted)
{
	const struct nfl_connection *c = &one->connection;

	memset(wanted, 0, sizeof(*wanted));
	wanted->before = c->before;
	wanted->after = c->after;
	wanted->family = c->family;
	wanted->protocol = c->protocol;
	wanted->icmp = c->icmp;
	wanted->is_new = one->is_new;
	wanted->is_translated = memcmp(&c->before, &c->after, sizeof(c->before));
	wanted->is_dying = says(one, SAY_STATUS) && one->status & IPS_DYING;
	wanted->is_clash = says(one, SAY_STATUS) && one->status & IPS_UNTRACKED;
	wanted->id = says(one, SAY_ID) ? c->id : 0;
	wanted->zone = says(one, SAY_ZONE) || says(one, SAY_ZONE_ORIG) ? c->zone : 0;
	if (says(one, SAY_COUNTERS)) {
		wanted->has_counters = true;
		wanted->packets[0] = c->packets[0];
		wanted->octets[0] = c->octets[0];
		if (!says(one, SAY_COUNTERS_ONE_WAY)) {
			wanted->packets[1] = c->packets[1];
			wanted->octets[1] = c->octets[1];
		}
	}
	if (says(one, SAY_TIMESTAMP)) {
		wanted->start = one->start_ns / 1000000;
		wanted->stop = one->is_new ? 0 : one->stop_ns / 1000000;
	} else if (says(one, SAY_EVENT_TIME) && one->is_new) {
		wanted->start = one->event_ns / 1000000;
	}
}

static bool same(const struct nfl_connection *a, const struct nfl_connection *b)
{
	return !memcmp(&a->before, &b->before, sizeof(a->before)) &&
	       !memcmp(&a->after, &b->after, sizeof(a->after)) && a->id == b->id &&
	       a->zone == b->zone && a->family == b->family && a->protocol == b->protocol &&
	       a->icmp == b->icmp &&
	       a->is_new == b->is_new && a->is_dying == b->is_dying &&
	       a->is_clash == b->is_clash &&
	       a->is_translated == b->is_translated && a->has_counters == b->has_counters &&
	       a->packets[0] == b->packets[0] && a->packets[1] == b->packets[1] &&
	       a->octets[0] == b->octets[0] && a->octets[1] == b->octets[1] &&
	       a->start == b->start && a->stop == b->stop;
}

/* Parse a copy that ends where its memory does, so that ASAN sees what reads on. */
static bool parse(const struct message *message, unsigned int length,
		  struct nfl_connection *connection)
{
	struct nlmsghdr *nlh = malloc(length);
	bool good;

	memcpy(nlh, message->octets, length);
	nlh->nlmsg_len = length;
	good = nfl_connection_parse(nlh, connection);
	free(nlh);
	return good;
}

static void test_all(void)
{
	struct nfl_connection wanted, got;
	struct message message;
	struct case_of one;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		case_make(&one);
		message_make(&message, &one);
		expect(&one, &wanted);
		check(parse(&message, message.length, &got), "%u: is refused", i);
		check(same(&got, &wanted), "%u: is another, of what is said in %x", i, one.said);
	}
	test("messages of every kind and order");
}

static void test_cut(void)
{
	struct nfl_connection got;
	struct message message;
	struct case_of one;
	unsigned int i, length;

	for (i = 0; i < 500; i++) {
		case_make(&one);
		one.said = 0;
		message_make(&message, &one);
		for (length = NLMSG_HDRLEN; length < message.length; length++)
			check(!parse(&message, length, &got), "%u of %u octets", length,
			      message.length);
	}
	test("messages cut off at every octet are rejected");
}

/* Attributes that are there but too short to hold what they should. */
static void test_short(void)
{
	struct nfl_connection got;
	struct message message;
	struct case_of one;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		case_make(&one);
		protocol_short = random_below(2);
		address_short = random_below((one.connection.family == AF_INET ? 4 : 16) + 1);
		message_make(&message, &one);
		check(parse(&message, message.length, &got) == !(address_short || protocol_short),
		      "an address is %u octets short, a protocol %u", address_short,
		      protocol_short);
	}
	address_short = 0;
	protocol_short = 0;
	test("messages that are too short are rejected");
}

/* Octets changed: whatever it makes of them, it reads nothing beyond. */
static void test_changed(void)
{
	struct nfl_connection got;
	struct message message;
	unsigned long good = 0;
	struct case_of one;
	unsigned int i, n;

	for (i = 0; i < ROUNDS; i++) {
		case_make(&one);
		message_make(&message, &one);
		for (n = 1 + random_below(4); n--;)
			message.octets[NLMSG_HDRLEN + random_below(message.length - NLMSG_HDRLEN)] =
				random_u64();
		good += parse(&message, message.length, &got);
	}
	check(good && good < ROUNDS, "%lu of %u are taken", good, ROUNDS);
	test("messages with changed octets");
}

static void test_other(void)
{
	struct nfl_connection got;
	struct message message;
	struct case_of one;
	unsigned int type;

	for (type = 0; type < 65536; type++) {
		const bool ours = type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW) ||
				  type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE);

		case_make(&one);
		message_make(&message, &one);
		((struct nlmsghdr *)message.octets)->nlmsg_type = type;
		check(parse(&message, message.length, &got) == ours, "type %x", type);
	}
	for (type = 0; type < 256; type++) {
		case_make(&one);
		message_make(&message, &one);
		((struct nfgenmsg *)(message.octets + NLMSG_HDRLEN))->nfgen_family = type;
		check(parse(&message, message.length, &got) == (type == one.connection.family),
		      "family %u", type);
	}
	test("messages of other kinds are rejected");
}

int main(void)
{
	tap_begin();
	test_all();
	test_cut();
	test_short();
	test_changed();
	test_other();
	return tap_end();
}
