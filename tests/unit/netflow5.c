// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NetFlow v5 encoder against a strict decoder: flows and NAT events at random,
 * in messages of every size; and messages with a body of each protocol, which all
 * have the same records, or none of them.
 */
#include "layouts.h"

#include "../../src/protocol/ipfix.c"
#include "../../src/protocol/netflow9.c"
#include "../../src/protocol/netflow5.c"
#include "../../src/protocol/protocols.c"

#include "decoder5.h"
#include "tap.h"

#define EXPECTED	64

/* Records that should come out next. */
static struct expected {
	u32 saddr, daddr, nexthop, packets, octets, first, last;
	u16 iif, oif, sport, dport, source_as, destination_as;
	u8 tcp_flags, protocol, tos, source_mask, destination_mask;
} expected[EXPECTED];

static unsigned int records_in, records_out;

static void compare(const uint8_t *at)
{
	const struct expected *e = &expected[records_out++ % EXPECTED];
	const struct {
		const char *name;
		unsigned int offset, octets;
		u32 want;
	} fields[] = {
		{ "source", 0, 4, e->saddr }, { "destination", 4, 4, e->daddr },
		{ "next hop", 8, 4, e->nexthop }, { "input", 12, 2, e->iif },
		{ "output", 14, 2, e->oif }, { "packets", 16, 4, e->packets },
		{ "octets", 20, 4, e->octets }, { "first", 24, 4, e->first },
		{ "last", 28, 4, e->last }, { "source port", 32, 2, e->sport },
		{ "destination port", 34, 2, e->dport }, { "flags", 37, 1, e->tcp_flags },
		{ "protocol", 38, 1, e->protocol }, { "class of service", 39, 1, e->tos },
		{ "source AS", 40, 2, e->source_as },
		{ "destination AS", 42, 2, e->destination_as },
		{ "source mask", 44, 1, e->source_mask },
		{ "destination mask", 45, 1, e->destination_mask },
	};
	unsigned int i;

	if (!check(records_out <= records_in, "a record that was not put in"))
		return;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		const u64 got = decoder_number(at + fields[i].offset, fields[i].octets);

		check(got == fields[i].want, "%s: %llu, not %u", fields[i].name,
		      (unsigned long long)got, fields[i].want);
	}
}

/* The message has a flow, by which it says how all of them were sampled. */
static bool has_flow;

static struct decoder5 decoder = { .record = compare };
static struct nfl_header session;

static void transmit(struct nfl_body *body, unsigned int size)
{
	u8 datagram[24 + 30 * 48];
	const char *error;

	nfl_netflow5.finish(body);
	shim_real_ns = random_u64() >> 4;
	nfl_netflow5.header(datagram, body, &session);
	memcpy(datagram + 24, body->octets, body->length);
	error = decode5(&decoder, datagram, 24 + body->length);
	check(!error, "%u octets at the most: %s", size, error ?: "");
	check(24 + body->length <= size, "%u octets", 24 + body->length);
	check(decoder_number(datagram + 4, 4) == (u32)shim_boot_ms, "uptime");
	check(decoder_number(datagram + 8, 4) * 1000000000 +
	      decoder_number(datagram + 12, 4) == shim_real_ns, "time");
	check(!datagram[20] && datagram[21] == 0x78, "engine");
	/* mode 1, systematic, in the upper two bits, the interval below */
	check(decoder_number(datagram + 22, 2) == (has_flow ? 0x4000 + 100 : 0), "sampling");
	has_flow = false;
	session.sequence += nfl_netflow5.counts(body);
	kfree(body);
}

static void flow_make(struct nfl_flow4 *flow, struct nfl_record *record)
{
	u8 *at = (u8 *)flow;
	unsigned int i;

	for (i = 0; i < sizeof(*flow); i++)
		at[i] = random_u64();
	flow->flow.packets = 1 + random_below(0xfffffffe);
	flow->flow.octets = 1 + random_below(0xfffffffe);
	flow->flow.last = shim_boot_ms - random_below(100000);
	flow->flow.first = flow->flow.last - random_below(1000000);
	if (random_below(2))
		flow->key.iif = random_below(65536);
	if (random_below(2))
		flow->flow.oif = random_below(65536);
	*record = (struct nfl_record) {
		.flow = &flow->flow,
		.clock = shim_boot_ms,
		.iif = flow->key.iif,
		.oif = flow->flow.oif,
		.source_length = random_below(33),
		.destination_length = random_below(33),
		.selector = nfl_selector(NFL_SELECT_PACKETS, 100),
	};
}

static void flow_expect(const struct nfl_flow4 *flow, const struct nfl_record *record)
{
	expected[records_in++ % EXPECTED] = (struct expected) {
		.saddr = ntohl(flow->key.saddr),
		.daddr = ntohl(flow->key.daddr),
		.nexthop = ntohl(flow->nexthop),
		.packets = flow->flow.packets,
		.octets = flow->flow.octets,
		.first = flow->flow.first,
		.last = flow->flow.last,
		.iif = flow->key.iif > 65535 ? 65535 : flow->key.iif,
		.oif = flow->flow.oif > 65535 ? 65535 : flow->flow.oif,
		.sport = ntohs(flow->key.ports.sport),
		.dport = ntohs(flow->key.ports.dport),
		.tcp_flags = flow->flow.tcp_flags,
		.protocol = flow->key.protocol,
		.tos = flow->key.tos,
		.source_mask = record->source_length,
		.destination_mask = record->destination_length,
	};
	has_flow = true;
}

/* What NAT changes, and the number of records for it. */
static const struct {
	bool source, destination;
	unsigned int records;
} translations[] = { { true, false, 1 }, { false, true, 1 }, { true, true, 2 } };

static struct nfl_endpoints before, after;

static unsigned int nat_make(struct nfl_nat_record *nat)
{
	const unsigned int how = random_below(3);
	u8 *at = (u8 *)&before;
	unsigned int i;

	for (i = 0; i < sizeof(before); i++)
		at[i] = random_u64();
	after = before;
	if (translations[how].source) {
		after.source.ip ^= random_u64();
		after.source_port ^= 1 + random_below(0xffff);
	}
	if (translations[how].destination)
		after.destination.ip ^= 1 + random_below(0xffff);
	*nat = (struct nfl_nat_record) {
		.event = 4 + random_below(2),
		.family = AF_INET,
		.protocol = random_u64(),
		.before = &before,
		.after = &after,
		.realtime = 1600000000000ULL,
		.clock = shim_boot_ms,
		.time = 1600000000000ULL + shim_boot_ms - random_below(100000),
	};
	nat->start = nat->time;
	return how;
}

static void nat_expect(const struct nfl_nat_record *nat, unsigned int how)
{
	const u32 time = nat->time - nat->realtime;
	const struct expected common = {
		.saddr = ntohl(before.source.ip),
		.daddr = ntohl(after.destination.ip),
		.sport = ntohs(before.source_port),
		.dport = ntohs(after.destination_port),
		.first = time,
		.last = time,
		.protocol = nat->protocol,
		/* SYN and ACK, or FIN and RST */
		.tcp_flags = nat->event == 4 ? 0x12 : 0x05,
	};
	struct expected *e;

	if (translations[how].source) {
		e = &expected[records_in++ % EXPECTED];
		*e = common;
		e->nexthop = ntohl(after.source.ip);
		e->source_as = ntohs(after.source_port);
	}
	if (translations[how].destination) {
		e = &expected[records_in++ % EXPECTED];
		*e = common;
		e->nexthop = ntohl(before.destination.ip);
		e->destination_as = ntohs(before.destination_port);
	}
}

static void begin(void)
{
	memset(&decoder, 0, sizeof(decoder));
	decoder.record = compare;
	records_in = 0;
	records_out = 0;
	session = (struct nfl_header) { .domain = 0x12345678, .sequence = random_u64() };
	shim_boot_ms = (1ULL << 33) + (random_u64() & 0xffffffff);
}

static struct nfl_body *body_new(unsigned int size)
{
	return nfl_body_alloc(min(size - 24, (unsigned int)nfl_netflow5.body_max));
}

static void send_records(unsigned int size, unsigned int count)
{
	struct nfl_body *body = body_new(size);

	while (count--) {
		const bool is_nat = !random_below(4);
		struct nfl_nat_record nat;
		struct nfl_record record;
		struct nfl_flow4 flow;
		unsigned int how = 0, needed = 1;

		if (is_nat) {
			how = nat_make(&nat);
			needed = translations[how].records;
		} else {
			flow_make(&flow, &record);
		}
		while (!nfl_netflow5.add(body, is_nat ? NFL_RECORD_NAT_EVENT : NFL_RECORD_FLOW,
					 NFL_IPV4, is_nat ? (void *)&nat : &record)) {
			if (!check(body->length + 48 * needed > body->limit, "there was room"))
				return;
			transmit(body, size);
			body = body_new(size);
		}
		if (is_nat)
			nat_expect(&nat, how);
		else
			flow_expect(&flow, &record);
	}
	transmit(body, size);
	check(records_in == records_out, "%u records came out, of %u", records_out, records_in);
}

/* Sequence number and sysUptime wrap, each after some messages of many. */
static void test_wrap(void)
{
	unsigned int n;

	begin();
	session.sequence = -100U;
	shim_boot_ms = (7ULL << 32) - 1000;
	for (n = 0; n < 200; n++) {
		send_records(1500, 5);
		shim_boot_ms += 10;
	}
	check(session.sequence >= 100 && session.sequence < 2000, "sequence number %u",
	      session.sequence);
	test("sequence number and sysUptime wrap");
}

static void test_sizes(void)
{
	unsigned int size;

	for (size = 512; size <= 1500; size++) {
		begin();
		send_records(size, 200);
	}
	begin();
	send_records(65000, 1000);
	test("messages of 512 to 1500 octets, and large ones");
}

static void test_takes(void)
{
	struct nfl_nat_record nat = { .family = AF_INET };
	struct nfl_body *body = body_new(1500);

	check(nfl_netflow5.takes(NFL_RECORD_FLOW, NFL_IPV4, NULL) &&
	      nfl_netflow5.takes(NFL_RECORD_FLOW, NFL_IPV4_WIDE, NULL), "IPv4");
	check(!nfl_netflow5.takes(NFL_RECORD_FLOW, NFL_IPV6, NULL) &&
	      !nfl_netflow5.takes(NFL_RECORD_FLOW, NFL_IPV6_WIDE, NULL), "IPv6");
	check(nfl_netflow5.takes(NFL_RECORD_NAT_EVENT, 0, &nat), "IPv4 NAT");
	nat.family = AF_INET6;
	check(!nfl_netflow5.takes(NFL_RECORD_NAT_EVENT, 0, &nat), "IPv6 NAT");
	check(nfl_netflow5.add(body, NFL_RECORD_OPTIONS, 0, NULL) && !body->length,
	      "options data are left out");
	kfree(body);
	test("records that it accepts");
}

int main(void)
{
	tap_begin();
	test_sizes();
	test_wrap();
	test_takes();
	return tap_end();
}
