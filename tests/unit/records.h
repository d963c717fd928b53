/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An encoder with templates against a strict decoder: records of every kind go
 * in, in messages of every size, and must come out with the elements that they
 * should have and the values that were put in. What includes this says which
 * protocol it is, and how a message is decoded.
 */
#ifndef TESTS_UNIT_RECORDS_H
#define TESTS_UNIT_RECORDS_H

#include "values.h"

#define ITEMS		1024	/* records on their way */

static struct item items[ITEMS];
static unsigned int items_in, items_out;

static void compare_field(const struct item *item, const struct decoder_field *field,
			  const u8 *at, bool again)
{
	struct value want;
	u64 number;

	if (item->kind == NFL_RECORD_FLOW)
		want = flow_value(item, field->id);
	else if (item->kind == NFL_RECORD_NAT_EVENT)
		want = nat_value(item, field->id);
	else if (item->which >= NFL_TEMPLATE_SELECT_FLOWS)
		want = selector_value(item, field->id);
	else
		want = options_value(item, field->id, again);
	if (want.octets) {
		check(!memcmp(at, want.octets, field->length), "element %u: its octets", field->id);
		return;
	}
	number = decoder_number(at, field->length);
	check(number == want.number, "element %u: %llu, not %llu", field->id,
	      (unsigned long long)number, (unsigned long long)want.number);
}

/* The decoder has a record: it is the next that was put in. */
static void compare(void *argument, const struct decoder_record *record)
{
	const struct decoder_template *template = record->template;
	const struct item *item = &items[items_out++ % ITEMS];
	const u8 *at = record->octets;
	unsigned int i, j, want = 0;

	if (!check(items_out <= items_in, "a record that was not put in"))
		return;
	check(template->scope == item->scope, "template %u: a scope of %u", template->id,
	      template->scope);
	while (item->elements[want])
		want++;
	check(template->count == want, "template %u: %u elements, not %u", template->id,
	      template->count, want);
	for (i = 0; i < template->count; at += template->fields[i++].length) {
		const u16 id = template->fields[i].id;
		bool again = false;

		for (j = 0; j < i; j++)
			again |= template->fields[j].id == id;
		for (j = 0; item->elements[j] && item->elements[j] != id;)
			j++;
		if (check(item->elements[j], "template %u: element %u", template->id, id))
			compare_field(item, &template->fields[i], at, again);
		check(i >= item->scope || item->elements[i] == id, "template %u: its scope",
		      template->id);
	}
}

static struct nfl_header session;

/* Send a message, as the transport would: the decoder has it. */
static unsigned int transmit(struct nfl_body *body, unsigned int size)
{
	const struct nfl_protocol *protocol = under_test.protocol;
	const char *error;
	unsigned int length;
	u8 *datagram;

	protocol->finish(body);
	protocol->finish(body);		/* twice does no harm */
	length = protocol->header_length + body->length;
	datagram = malloc(length);
	shim_real_ns = random_u64();
	protocol->header(datagram, body, &session);
	memcpy(datagram + protocol->header_length, body->octets, body->length);

	error = under_test.decode(&decoder, datagram, length);
	check(!error, "%u octets at the most: %s", size, error ?: "");
	check(length <= size, "%u octets in a message of %u", length, size);
	check(decoder.records == body->records, "%u records, not %u", decoder.records,
	      body->records);
	under_test.check_header(datagram, body->records, body->templates);
	session.sequence += protocol->counts(body);
	free(datagram);
	kfree(body);
	return length;
}

static struct nfl_body *body_new(unsigned int size)
{
	return nfl_body_alloc(size - under_test.protocol->header_length);
}

/* All layouts, by number: those of the templates, then those with extra fields. */
static bool layout_next(unsigned int *number, struct nfl_layout *layout)
{
	const struct nfl_templates *templates = under_test.protocol->templates;
	const struct nfl_template *template;
	unsigned int wide;

	if (*number < NFL_TEMPLATES) {
		template = nfl_template_next(templates, number);
		if (template) {
			*layout = nfl_layout_plain(template);
			return true;
		}
	}
	for (wide = *number - NFL_TEMPLATES; wide < SETS * NFL_FLOW_TEMPLATES; wide++) {
		if (sets[wide / NFL_FLOW_TEMPLATES]) {
			*layout = nfl_layout_of_flow(templates, wide % NFL_FLOW_TEMPLATES,
						     sets[wide / NFL_FLOW_TEMPLATES]);
			*number = NFL_TEMPLATES + wide;
			return true;
		}
	}
	return false;
}

/* All templates, in as many messages as it takes. */
static void send_templates(unsigned int size)
{
	static bool seen[65536];
	struct nfl_body *body = body_new(size);
	unsigned int next = 0, ids = 0;
	struct nfl_layout layout;

	memset(seen, 0, sizeof(seen));
	for (; layout_next(&next, &layout); next++) {
		/* two sets may differ in fields that a template does not have */
		ids += !seen[layout.id];
		seen[layout.id] = true;
		if (under_test.protocol->add_template(body, &layout))
			continue;
		transmit(body, size);
		body = body_new(size);
		check(under_test.protocol->add_template(body, &layout),
		      "messages of %u octets take templates", size);
	}
	transmit(body, size);
	check(decoder.count == ids, "%u templates, not %u", decoder.count, ids);
}

static void begin(void)
{
	memset(&decoder, 0, sizeof(decoder));
	decoder.record = compare;
	items_in = 0;
	items_out = 0;
	session = (struct nfl_header) { .domain = 0x12345678, .sequence = random_u64() };
	shim_boot_ms = (1ULL << 33) + (random_u64() & 0xffffffff);
	sets[0] = set_of(1 + random_below(NFL_EXTRAS_ALL - 1));
	sets[1] = NFL_EXTRAS_ALL;
	sets[2] = set_of((1 + random_below(3)) << NFL_EXTRA_WORDS);
}

/* Does its record have a set of its own? test_alone() sees to that. */
static bool stands_alone(const struct item *item)
{
	return item->kind == NFL_RECORD_OPTIONS &&
	       under_test.protocol->templates->options[item->which].alone;
}

/*
 * Records at random, until the message has no room; and none that had room is
 * turned away.
 */
static void send_records(unsigned int size, unsigned int count)
{
	const unsigned int align = under_test.align;
	struct nfl_body *body = body_new(size);

	while (count--) {
		struct item *item = &items[items_in++ % ITEMS];
		const void *source = item_make(item);
		struct nfl_body before = *body;
		unsigned int needed;

		if (under_test.protocol->add(body, item->kind, item->which, source)) {
			check(body->records == before.records + 1, "it counts records");
			/* the ring of items must not be overrun */
			if (body->records < ITEMS - 1)
				continue;
			transmit(body, size);
			body = body_new(size);
			continue;
		}
		check(body->records == before.records, "a record without room changes nothing");
		transmit(body, size);
		body = body_new(size);
		if (!check(under_test.protocol->add(body, item->kind, item->which, source),
			   "%u octets have room for a record", size))
			return;
		needed = body->length;		/* with its set's header */
		if (before.set != NFL_SET_NONE && before.set_id == body->set_id &&
		    !stands_alone(item))
			needed += before.length - NFL_SET_HEADER;
		else
			needed += ALIGN(before.length, align);
		check(ALIGN(needed, align) > before.limit,
		      "%u octets: %u of %u were used, %u had room", size, before.length,
		      before.limit, needed);
	}
	if (body->records)
		transmit(body, size);
	else
		kfree(body);
	check(items_out == items_in, "%u records came out, of %u", items_out, items_in);
}

static void test_sizes(unsigned int from, unsigned int to)
{
	unsigned int size;

	for (size = from; size <= to; size++) {
		begin();
		send_templates(size);
		send_records(size, 60);
		send_templates(size);	/* told again: the same */
		send_records(size, 20);
	}
	test("messages of %u to %u octets", from, to);
}

static void test_large(void)
{
	begin();
	send_templates(NFL_MESSAGE_MAX);
	send_records(NFL_MESSAGE_MAX, 100000);
	test("messages of %u octets", NFL_MESSAGE_MAX);
}

/* Sequence number and sysUptime wrap, each after some messages of many. */
static void test_wrap(void)
{
	unsigned int n;

	begin();
	session.sequence = -100U;
	shim_boot_ms = (7ULL << 32) - 1000;
	send_templates(1500);
	for (n = 0; n < 200; n++) {
		send_records(1500, 5);
		shim_boot_ms += 10;
	}
	check(session.sequence >= 100 && session.sequence < 1000, "sequence number %u",
	      session.sequence);
	test("sequence number and sysUptime wrap");
}

/* A record that is to have a set of its own has one. */
static void test_alone(void)
{
	struct nfl_body *body = body_new(1500);
	unsigned int i;

	begin();
	send_templates(1500);
	for (i = 0; i < 10; i++) {
		struct item *item = &items[items_in++ % ITEMS];

		memset(item, 0, sizeof(*item));
		item->kind = NFL_RECORD_OPTIONS;
		item->which = NFL_TEMPLATE_INTERFACE;
		elements_add(item, options[is_v9()][item->which].elements);
		item->scope = 1;
		item->interface.index = i;
		under_test.protocol->add(body, item->kind, item->which, &item->interface);
	}
	transmit(body, 1500);
	check(decoder.sets == 10 && decoder.records == 10, "%u sets, %u records", decoder.sets,
	      decoder.records);
	test("the record of an interface is the only one of its set");
}

/*
 * The decoder is strict: an octet changed, and it finds fault, but in those of the
 * header behind the first @known, which may be anything. The templates are the same
 * each time, and so is how many of their octets may be changed.
 */
static void test_decoder(unsigned int known)
{
	const unsigned int header = under_test.protocol->header_length;
	unsigned int next = 0, length, i, missed = 0;
	struct nfl_body *body = body_new(9000);
	struct nfl_layout layout;
	static struct decoder fresh;
	static u8 datagram[9000];

	memset(sets, 0, sizeof(sets));
	sets[0] = NFL_EXTRAS_ALL;
	for (; layout_next(&next, &layout); next++)
		check(under_test.protocol->add_template(body, &layout), "there is room");
	under_test.protocol->finish(body);
	session = (struct nfl_header) { };
	under_test.protocol->header(datagram, body, &session);
	memcpy(datagram + header, body->octets, body->length);
	length = header + body->length;
	check(!under_test.decode(&fresh, datagram, length), "as it is it is good");
	for (i = 0; i < length; i++) {
		memset(&fresh, 0, sizeof(fresh));
		check(under_test.decode(&fresh, datagram, i), "cut off at %u", i);
		memset(&fresh, 0, sizeof(fresh));
		datagram[i] ^= 0x80;
		if (i < known || i >= header)
			missed += !under_test.decode(&fresh, datagram, length);
		datagram[i] ^= 0x80;
	}
	/* other ids of templates are as good; so are other lengths of numbers */
	check(missed < length / 8, "%u of %u changed octets are missed", missed, length);
	kfree(body);
	test("the decoder finds %u of %u changed octets", length - missed, length);
}

/* All of these. @known: octets of the header that cannot be other than they are. */
static void test_protocol(unsigned int known)
{
	unsigned int size;

	for (size = 512; size < 1500; size += 100)
		test_sizes(size, min(size + 99, 1500U));
	test_large();
	test_wrap();
	test_alone();
	test_decoder(known);
}

#endif /* TESTS_UNIT_RECORDS_H */
