// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the NetFlow v5 encoder. The input is a list of flows and NAT events to be added to
 * messages, and the sizes of the messages. A strict decoder must accept each message, and
 * the numbers of records, packets and octets that it finds must match the input.
 */
#include "../unit/layouts.h"

#include "../../src/protocol/netflow5.c"

#include "../unit/decoder5.h"

#define PROTOCOL	nfl_netflow5
#define DECODE		decode5
#define DECODER		struct decoder5

#include "message.h"

static u64 packets_in, octets_in, packets_out, octets_out;

static void sum_up(const uint8_t *record)
{
	packets_out += decoder_number(record + 16, 4);
	octets_out += decoder_number(record + 20, 4);
}

/* Counters above 32 bits are split into several records by export.c, so none occur here. */
static bool add_flow(struct nfl_body *body)
{
	struct nfl_flow4 flow;
	const struct nfl_record record = { .flow = &flow.flow, .clock = shim_boot_ms };

	take(&flow, sizeof(flow));
	flow_ended(&flow.flow);
	flow.flow.packets = (u32)flow.flow.packets | 1;
	flow.flow.octets = (u32)flow.flow.octets | 1;
	if (!PROTOCOL.add(body, NFL_RECORD_FLOW, NFL_IPV4, &record))
		return false;
	packets_in += flow.flow.packets;
	octets_in += flow.flow.octets;
	records++;
	return true;
}

/* Add two records if both ends were translated. NetFlow v5 cannot carry IPv6. */
static bool add_nat(struct nfl_body *body, u8 what)
{
	static struct connection connection;
	struct nfl_nat_record nat;
	const u16 before = body->records;

	nat_take(&nat, &connection, what);
	take(&connection.after, what & 16 ? sizeof(connection.after) : 0);
	nat.realtime = 1600000000000ULL;
	nat.time = nat.realtime + (shim_boot_ms & 0xffffffff) - take_octet();
	nat.start = nat.time;
	if (!PROTOCOL.takes(NFL_RECORD_NAT_EVENT, 0, &nat))
		return true;
	if (!PROTOCOL.add(body, NFL_RECORD_NAT_EVENT, 0, &nat))
		return false;
	if (body->records != before + 1 && body->records != before + 2) {
		fprintf(stderr, "%u records of a NAT event\n", body->records - before);
		abort();
	}
	records += body->records - before;
	return true;
}

static bool add(struct nfl_body *body, u8 what)
{
	return what & 1 ? add_nat(body, what) : add_flow(body);
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	struct nfl_body *body;
	unsigned int limit;

	input_at = input;
	input_end = input + size;
	limit = min(512U + take_octet() * 4, PROTOCOL.header_length + (u32)PROTOCOL.body_max);
	shim_boot_ms = (1ULL << 33) + ((u64)take_octet() << 24);
	decoder = (struct decoder5) { .record = sum_up };
	session.sequence = (u32)take_octet() << 24;
	packets_in = 0;
	octets_in = 0;
	packets_out = 0;
	octets_out = 0;
	body = turn_over(NULL, limit);
	while (input_at < input_end) {
		const u8 *before = input_at;
		const u8 what = take_octet();

		if (add(body, what))
			continue;
		body = turn_over(body, limit);
		input_at = before + 1;
		if (!add(body, what)) {
			fprintf(stderr, "an empty message has no room for a record\n");
			abort();
		}
	}
	kfree(turn_over(body, limit));
	if (packets_in != packets_out || octets_in != octets_out) {
		fprintf(stderr, "packets or octets are others than were put in\n");
		abort();
	}
	return 0;
}
