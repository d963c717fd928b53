/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Common code to fuzz an encoder: input and messages. A file that includes this defines
 * PROTOCOL, DECODE, and DECODER, the type of the decoder's state.
 */
#ifndef TESTS_FUZZ_MESSAGE_H
#define TESTS_FUZZ_MESSAGE_H

static const u8 *input_at, *input_end;

/* Take the next octets of the input; zeros after its end. */
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

static DECODER decoder;
static struct nfl_header session;
static u32 records;

/* Send the message, if it is not empty, and start another. */
static struct nfl_body *turn_over(struct nfl_body *body, unsigned int size)
{
	const unsigned int header = PROTOCOL.header_length;
	const char *error = NULL;
	u8 *datagram;

	if (body && body->length) {
		PROTOCOL.finish(body);
		datagram = malloc(header + body->length);
		PROTOCOL.header(datagram, body, &session);
		memcpy(datagram + header, body->octets, body->length);
		error = DECODE(&decoder, datagram, header + body->length);
		if (!error && (decoder.records != body->records || decoder.records != records))
			error = "the number of records is not what was put in";
		if (!error && header + body->length > size)
			error = "it is larger than it may be";
		session.sequence += PROTOCOL.counts(body);
		free(datagram);
	}
	if (error) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	kfree(body);
	records = 0;
	return nfl_body_alloc(size - header);
}

/* Limit the times of a flow from the input: it has ended, and not before its start. */
static void flow_ended(struct nfl_flow *flow)
{
	flow->last = (u32)shim_boot_ms - (flow->last & 0x3fffffff);
	flow->first = flow->last - (flow->first & 0x3fffffff);
}

/* Addresses and ports of a connection, before and after translation. */
struct connection {
	struct nfl_endpoints before, after;
};

/* Make a NAT event from the input; @connection keeps the addresses and ports. */
static void nat_take(struct nfl_nat_record *nat, struct connection *connection, u8 what)
{
	*nat = (struct nfl_nat_record) {
		.event = take_octet(),
		.family = what & 4 ? AF_INET : AF_INET6,
		.has_counters = what & 8,
		.clock = shim_boot_ms,
		.before = &connection->before,
		.after = &connection->after,
	};
	take(&connection->before, sizeof(connection->before));
}

#endif /* TESTS_FUZZ_MESSAGE_H */
