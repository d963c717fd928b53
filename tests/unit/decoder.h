/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoder of IPFIX messages that forgives nothing. It is written from the words
 * of RFC 7011 and IANA's registry, knows nothing of the exporter, and says of
 * what it does not like what the RFC wants.
 */
#ifndef TESTS_UNIT_DECODER_H
#define TESTS_UNIT_DECODER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DECODER_TEMPLATES	128
#define DECODER_FIELDS		64

/* Abstract data types (RFC 7012 section 3.1) that the elements below have. */
enum decoder_type {
	DECODER_UNSIGNED8 = 1,
	DECODER_UNSIGNED16 = 2,
	DECODER_UNSIGNED32 = 4,
	DECODER_UNSIGNED64 = 8,
	DECODER_MILLISECONDS,
	DECODER_IPV4,
	DECODER_IPV6,
	DECODER_STRING,
	DECODER_MAC,
	DECODER_OCTETS,
};

static const struct decoder_element {
	uint16_t id;
	uint8_t type;
} decoder_elements[] = {
	{ 1, DECODER_UNSIGNED64 },	/* octetDeltaCount */
	{ 2, DECODER_UNSIGNED64 },	/* packetDeltaCount */
	{ 4, DECODER_UNSIGNED8 },	/* protocolIdentifier */
	{ 5, DECODER_UNSIGNED8 },	/* ipClassOfService */
	{ 6, DECODER_UNSIGNED16 },	/* tcpControlBits */
	{ 7, DECODER_UNSIGNED16 },	/* sourceTransportPort */
	{ 8, DECODER_IPV4 },		/* sourceIPv4Address */
	{ 9, DECODER_UNSIGNED8 },		/* sourceIPv4PrefixLength */
	{ 10, DECODER_UNSIGNED32 },	/* ingressInterface */
	{ 11, DECODER_UNSIGNED16 },	/* destinationTransportPort */
	{ 12, DECODER_IPV4 },		/* destinationIPv4Address */
	{ 13, DECODER_UNSIGNED8 },		/* destinationIPv4PrefixLength */
	{ 14, DECODER_UNSIGNED32 },	/* egressInterface */
	{ 15, DECODER_IPV4 },		/* ipNextHopIPv4Address */
	{ 21, DECODER_UNSIGNED32 },	/* flowEndSysUpTime */
	{ 22, DECODER_UNSIGNED32 },	/* flowStartSysUpTime */
	{ 27, DECODER_IPV6 },		/* sourceIPv6Address */
	{ 28, DECODER_IPV6 },		/* destinationIPv6Address */
	{ 29, DECODER_UNSIGNED8 },		/* sourceIPv6PrefixLength */
	{ 30, DECODER_UNSIGNED8 },		/* destinationIPv6PrefixLength */
	{ 31, DECODER_UNSIGNED32 },	/* flowLabelIPv6 */
	{ 32, DECODER_UNSIGNED16 },	/* icmpTypeCodeIPv4 */
	{ 33, DECODER_UNSIGNED8 },	/* igmpType */
	{ 34, DECODER_UNSIGNED32 },		/* samplingInterval */
	{ 35, DECODER_UNSIGNED8 },		/* samplingAlgorithm */
	{ 40, DECODER_UNSIGNED64 },	/* exportedOctetTotalCount */
	{ 41, DECODER_UNSIGNED64 },	/* exportedMessageTotalCount */
	{ 42, DECODER_UNSIGNED64 },	/* exportedFlowRecordTotalCount */
	{ 48, DECODER_UNSIGNED8 },		/* samplerId */
	{ 49, DECODER_UNSIGNED8 },		/* samplerMode */
	{ 50, DECODER_UNSIGNED32 },		/* samplerRandomInterval */
	{ 56, DECODER_MAC },		/* sourceMacAddress */
	{ 58, DECODER_UNSIGNED16 },	/* vlanId */
	{ 60, DECODER_UNSIGNED8 },	/* ipVersion */
	{ 61, DECODER_UNSIGNED8 },	/* flowDirection */
	{ 62, DECODER_IPV6 },		/* ipNextHopIPv6Address */
	{ 64, DECODER_UNSIGNED32 },	/* ipv6ExtensionHeaders */
	{ 70, DECODER_OCTETS },		/* mplsTopLabelStackSection */
	{ 71, DECODER_OCTETS },		/* mplsLabelStackSection2 and so on */
	{ 72, DECODER_OCTETS }, { 73, DECODER_OCTETS }, { 74, DECODER_OCTETS },
	{ 75, DECODER_OCTETS }, { 76, DECODER_OCTETS }, { 77, DECODER_OCTETS },
	{ 78, DECODER_OCTETS }, { 79, DECODER_OCTETS },
	{ 80, DECODER_MAC },		/* destinationMacAddress */
	{ 82, DECODER_STRING },		/* interfaceName */
	{ 83, DECODER_STRING },		/* interfaceDescription */
	{ 136, DECODER_UNSIGNED8 },	/* flowEndReason */
	{ 139, DECODER_UNSIGNED16 },	/* icmpTypeCodeIPv6 */
	{ 143, DECODER_UNSIGNED32 },	/* meteringProcessId */
	{ 144, DECODER_UNSIGNED32 },	/* exportingProcessId */
	{ 145, DECODER_UNSIGNED16 },	/* templateId */
	{ 149, DECODER_UNSIGNED32 },	/* observationDomainId */
	{ 152, DECODER_MILLISECONDS },	/* flowStartMilliseconds */
	{ 153, DECODER_MILLISECONDS },	/* flowEndMilliseconds */
	{ 160, DECODER_MILLISECONDS },	/* systemInitTimeMilliseconds */
	{ 163, DECODER_UNSIGNED64 },	/* observedFlowTotalCount */
	{ 164, DECODER_UNSIGNED64 },	/* ignoredPacketTotalCount */
	{ 165, DECODER_UNSIGNED64 },	/* ignoredOctetTotalCount */
	{ 166, DECODER_UNSIGNED64 },	/* notSentFlowTotalCount */
	{ 167, DECODER_UNSIGNED64 },	/* notSentPacketTotalCount */
	{ 168, DECODER_UNSIGNED64 },	/* notSentOctetTotalCount */
	{ 173, DECODER_UNSIGNED64 },	/* flowKeyIndicator */
	{ 208, DECODER_UNSIGNED32 },	/* ipv4Options */
	{ 209, DECODER_UNSIGNED64 },	/* tcpOptions */
	{ 225, DECODER_IPV4 },		/* postNATSourceIPv4Address */
	{ 226, DECODER_IPV4 },		/* postNATDestinationIPv4Address */
	{ 227, DECODER_UNSIGNED16 },	/* postNAPTSourceTransportPort */
	{ 228, DECODER_UNSIGNED16 },	/* postNAPTDestinationTransportPort */
	{ 230, DECODER_UNSIGNED8 },	/* natEvent */
	{ 231, DECODER_UNSIGNED64 },	/* initiatorOctets */
	{ 232, DECODER_UNSIGNED64 },	/* responderOctets */
	{ 234, DECODER_UNSIGNED32 },	/* ingressVRFID */
	{ 235, DECODER_UNSIGNED32 },	/* egressVRFID */
	{ 236, DECODER_STRING },	/* VRFname */
	{ 243, DECODER_UNSIGNED16 },	/* dot1qVlanId */
	{ 244, DECODER_UNSIGNED8 },	/* dot1qPriority */
	{ 245, DECODER_UNSIGNED16 },	/* dot1qCustomerVlanId */
	{ 246, DECODER_UNSIGNED8 },	/* dot1qCustomerPriority */
	{ 252, DECODER_UNSIGNED32 },	/* ingressPhysicalInterface */
	{ 253, DECODER_UNSIGNED32 },	/* egressPhysicalInterface */
	{ 256, DECODER_UNSIGNED16 },	/* ethernetType */
	{ 281, DECODER_IPV6 },		/* postNATSourceIPv6Address */
	{ 282, DECODER_IPV6 },		/* postNATDestinationIPv6Address */
	{ 295, DECODER_UNSIGNED32 },	/* IPSecSPI */
	{ 298, DECODER_UNSIGNED64 },	/* initiatorPackets */
	{ 299, DECODER_UNSIGNED64 },	/* responderPackets */
	{ 300, DECODER_STRING },	/* observationDomainName */
	{ 302, DECODER_UNSIGNED64 },		/* selectorId */
	{ 304, DECODER_UNSIGNED16 },		/* selectorAlgorithm */
	{ 305, DECODER_UNSIGNED32 },		/* samplingPacketInterval */
	{ 306, DECODER_UNSIGNED32 },		/* samplingPacketSpace */
	{ 309, DECODER_UNSIGNED32 },		/* samplingSize */
	{ 310, DECODER_UNSIGNED32 },		/* samplingPopulation */
	{ 311, DECODER_UNSIGNED64 },		/* samplingProbability, a float64 */
	{ 318, DECODER_UNSIGNED64 },		/* selectorIdTotalPktsObserved */
	{ 319, DECODER_UNSIGNED64 },		/* selectorIdTotalPktsSelected */
	{ 323, DECODER_MILLISECONDS },	/* observationTimeMilliseconds */
	{ 359, DECODER_MILLISECONDS },	/* monitoringIntervalStartMilliSeconds */
	{ 390, DECODER_UNSIGNED16 },	/* flowSelectorAlgorithm */
	{ 394, DECODER_UNSIGNED64 },	/* selectorIDTotalFlowsObserved */
	{ 395, DECODER_UNSIGNED64 },	/* selectorIDTotalFlowsSelected */
	{ 396, DECODER_UNSIGNED64 },	/* samplingFlowInterval */
	{ 397, DECODER_UNSIGNED64 },	/* samplingFlowSpacing */
};

struct decoder_field {
	uint16_t id;
	uint16_t length;
};

struct decoder_template {
	uint16_t id;
	uint16_t count;
	uint16_t scope;			/* 0: no options template */
	unsigned int length;		/* of a record */
	struct decoder_field fields[DECODER_FIELDS];
};

/* A record: its fields lie behind each other from @octets on. */
struct decoder_record {
	const struct decoder_template *template;
	const uint8_t *octets;
};

/* Kinds of content of a message. */
#define DECODER_RECORDS		1U
#define DECODER_DATA		2U	/* templates of data */
#define DECODER_OPTIONS		4U	/* options templates */
#define DECODER_REPEATING	8U	/* options templates with a repeated element */

/*
 * Octets of a message with templates: with headers of IPv4 and UDP it is 512 octets long, so
 * that it passes any path.
 */
#define DECODER_SHORT		(512 - 28)

/**
 * struct decoder - a collector's memory of one transport session and domain
 * @templates: the known templates
 * @count: how many
 * @sequence: what the next message must say
 * @started: there was a message before
 * @records: data records of the last message
 * @sets: sets of the last message
 * @templates_seen: templates in the message (decoder9.h)
 * @is_session: it is a whole session from its begin: the order of templates is checked, too
 * @has_data: a template of data was seen
 * @kinds: what the message contains
 * @record: called for each data record
 * @argument: for @record
 */
struct decoder {
	struct decoder_template templates[DECODER_TEMPLATES];
	unsigned int count;
	uint32_t sequence;
	bool started;
	unsigned int records;
	unsigned int sets;
	unsigned int templates_seen;
	bool is_session;
	bool has_data;
	unsigned int kinds;
	void (*record)(void *argument, const struct decoder_record *record);
	void *argument;
};

static inline uint64_t decoder_number(const uint8_t *at, unsigned int octets)
{
	uint64_t number = 0;

	while (octets--)
		number = number << 8 | *at++;
	return number;
}

/* RFC 7011 section 6.1.6: well-formed UTF-8; zeros may fill it up. */
static inline bool decoder_is_text(const uint8_t *at, unsigned int length)
{
	while (length && !at[length - 1])
		length--;
	while (length) {
		const unsigned int more = *at < 0x80 ? 0 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
		static const uint32_t first[] = { 0, 0x80, 0x800, 0x10000 };
		uint32_t code = more ? *at & (0x3f >> more) : *at;
		unsigned int i;

		if (!*at || (*at >= 0x80 && *at < 0xc0) || *at >= 0xf8 || more >= length)
			return false;
		for (i = 1; i <= more; i++) {
			if ((at[i] & 0xc0) != 0x80)
				return false;
			code = code << 6 | (at[i] & 0x3f);
		}
		if (code < first[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return false;
		at += more + 1;
		length -= more + 1;
	}
	return true;
}

static inline const struct decoder_element *decoder_element(uint16_t id)
{
	unsigned int i;

	for (i = 0; i < sizeof(decoder_elements) / sizeof(decoder_elements[0]); i++) {
		if (decoder_elements[i].id == id)
			return &decoder_elements[i];
	}
	return NULL;
}

/* RFC 7011 section 6: lengths; 6.2: what may have a reduced one. */
static inline const char *decoder_check_field(const struct decoder_field *field)
{
	const struct decoder_element *element = decoder_element(field->id);

	if (!element)
		return "this element is not in the registry (6.1)";
	switch (element->type) {
	case DECODER_MILLISECONDS:
		return field->length == 8 ? NULL : "milliseconds have 8 octets (6.1.8)";
	case DECODER_IPV4:
		return field->length == 4 ? NULL : "an IPv4 address has 4 octets (6.1.6)";
	case DECODER_IPV6:
		return field->length == 16 ? NULL : "an IPv6 address has 16 octets (6.1.6)";
	case DECODER_MAC:
		return field->length == 6 ? NULL : "a MAC address has 6 octets (6.1.7)";
	case DECODER_OCTETS:
		return field->length == 3 ? NULL : "a label is 3 octets (IANA)";
	case DECODER_STRING:
		return field->length && field->length < 65535 ? NULL :
							      "a string of fixed length";
	default:
		return field->length && field->length <= element->type ? NULL :
			"a number has as many octets as its type, or fewer (6.2)";
	}
}

static inline struct decoder_template *decoder_template(struct decoder *d, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < d->count; i++) {
		if (d->templates[i].id == id)
			return &d->templates[i];
	}
	return NULL;
}

static inline unsigned int decoder_kind(const struct decoder_template *template)
{
	unsigned int i, j;

	if (!template->scope)
		return DECODER_DATA;
	for (i = 0; i < template->count; i++) {
		for (j = 0; j < i; j++) {
			if (template->fields[i].id == template->fields[j].id)
				return DECODER_REPEATING;
		}
	}
	return DECODER_OPTIONS;
}

/*
 * What collectors need beyond the RFCs: Logstash ignores what follows an options template with
 * a repeated element in its message; some ignore options templates before the first one of
 * data; and a message with templates should pass where short messages with data do.
 */
static inline const char *decoder_check_order(struct decoder *d, size_t length)
{
	if (!d->is_session)
		return NULL;
	if (d->kinds & (d->kinds - 1))
		return "templates of a kind are in a message of their own";
	if (d->kinds & (DECODER_OPTIONS | DECODER_REPEATING) && !d->has_data)
		return "options templates follow the first template of data";
	if (d->kinds & ~DECODER_RECORDS && length > DECODER_SHORT)
		return "a message with templates is short";
	d->has_data |= d->kinds & DECODER_DATA;
	return NULL;
}

/* RFC 7011 section 8.1, 8.4: a repeated template must be the same. */
static inline const char *decoder_learn(struct decoder *d, const struct decoder_template *new)
{
	struct decoder_template *old = decoder_template(d, new->id);

	d->kinds |= decoder_kind(new);
	if (!old) {
		if (d->count == DECODER_TEMPLATES)
			return "more templates than this decoder has room for";
		d->templates[d->count++] = *new;
		return NULL;
	}
	if (old->count != new->count || old->scope != new->scope ||
	    memcmp(old->fields, new->fields, new->count * sizeof(new->fields[0])))
		return "a template id must not change its meaning (8.1)";
	return NULL;
}

/*
 * The field specifiers at *@at, as many as @new->count says; @check says what is wrong
 * with one of them.
 */
static inline const char *
decoder_read_fields(struct decoder_template *new, const uint8_t **at, const uint8_t *end,
		    const char *(*check)(const struct decoder_template *new, unsigned int i))
{
	unsigned int i;

	for (i = 0; i < new->count; i++, *at += 4) {
		struct decoder_field *field = &new->fields[i];
		const char *error;

		if (end - *at < 4)
			return "a template is cut off in its fields";
		field->id = decoder_number(*at, 2);
		field->length = decoder_number(*at + 2, 2);
		error = check(new, i);
		if (error)
			return error;
		new->length += field->length;
	}
	return NULL;
}

static inline const char *decoder_check_specifier(const struct decoder_template *new,
						  unsigned int i)
{
	if (new->fields[i].id & 0x8000)
		return "an enterprise's element, which we have none of";
	return decoder_check_field(&new->fields[i]);
}

/* One template at *@at (3.4.1) or options template (3.4.2.2). */
static inline const char *decoder_read_template(struct decoder *d, const uint8_t **at,
						const uint8_t *end, bool options)
{
	const unsigned int header = options ? 6 : 4;
	struct decoder_template new = { 0 };
	const char *error;

	if (end - *at < header)
		return "a template is cut off";
	new.id = decoder_number(*at, 2);
	new.count = decoder_number(*at + 2, 2);
	if (new.id < 256)
		return "template ids begin at 256 (3.4.1)";
	if (!new.count)
		return "templates are not withdrawn over UDP (8.4)";
	if (new.count > DECODER_FIELDS)
		return "more fields than this decoder has room for";
	if (options) {
		new.scope = decoder_number(*at + 4, 2);
		if (!new.scope || new.scope > new.count)
			return "a scope has at least one field, and no more than all (3.4.2.2)";
	}
	*at += header;
	error = decoder_read_fields(&new, at, end, decoder_check_specifier);
	return error ? error : decoder_learn(d, &new);
}

/* Strings of a data record. */
static inline const char *decoder_check_record(const struct decoder_record *record)
{
	const struct decoder_template *template = record->template;
	const uint8_t *at = record->octets;
	unsigned int i;

	for (i = 0; i < template->count; at += template->fields[i++].length) {
		if (decoder_element(template->fields[i].id)->type == DECODER_STRING &&
		    !decoder_is_text(at, template->fields[i].length))
			return "strings are UTF-8 (6.1.6)";
	}
	return NULL;
}

/* RFC 7011 section 3.3.1: zeros, and less than a record. */
static inline const char *decoder_check_padding(const uint8_t *at, const uint8_t *end,
						unsigned int record)
{
	if (end - at >= record)
		return "padding is shorter than a record (3.3.1)";
	while (at < end) {
		if (*at++)
			return "padding is zeros (3.3.1)";
	}
	return NULL;
}

/*
 * The records of a data set with this id, up to less than another one; *@at is moved
 * behind them. @check says what else is wrong with one, NULL if nothing can be; @uptime
 * is for it.
 */
static inline const char *
decoder_read_records(struct decoder *d, uint16_t id, const uint8_t **at, const uint8_t *end,
		     const char *(*check)(const struct decoder_record *record, uint32_t uptime),
		     uint32_t uptime)
{
	const struct decoder_template *template = decoder_template(d, id);

	if (!template)
		return "data of an unknown template (RFC 7011 8, RFC 3954 5.3)";
	if ((unsigned int)(end - *at) < template->length)
		return "a set has one record or more (RFC 7011 3.3.1, RFC 3954 5.3)";
	for (; (unsigned int)(end - *at) >= template->length; *at += template->length) {
		const struct decoder_record record = { template, *at };
		const char *error = decoder_check_record(&record);

		if (!error && check)
			error = check(&record, uptime);
		if (error)
			return error;
		d->records++;
		d->kinds |= DECODER_RECORDS;
		if (d->record)
			d->record(d->argument, &record);
	}
	return NULL;
}

static inline const char *decoder_read_set(struct decoder *d, uint16_t id, const uint8_t *at,
					   const uint8_t *end, uint32_t uptime)
{
	const char *error;

	if (id == 2 || id == 3) {
		if (end - at < 4)
			return "a set has one record or more (3.3.1)";
		while (end - at >= 4) {
			error = decoder_read_template(d, &at, end, id == 3);
			if (!error && id == 3 && end - at > 3)
				error = "nfacctd reads but one options template of a set";
			if (error)
				return error;
		}
		return decoder_check_padding(at, end, 4);
	}
	if (id < 256)
		return "set ids 0, 1 and 4 to 255 are not used (3.3.2)";
	error = decoder_read_records(d, id, &at, end, NULL, uptime);
	return error ? error : decoder_check_padding(at, end, decoder_template(d, id)->length);
}

/*
 * The sets from @at to @end. @align: a set's length is a multiple of it. @read_set reads
 * the content of one; @uptime is for it.
 */
static inline const char *
decoder_read_sets(struct decoder *d, const uint8_t *at, const uint8_t *end, unsigned int align,
		  const char *(*read_set)(struct decoder *d, uint16_t id, const uint8_t *at,
					  const uint8_t *end, uint32_t uptime),
		  uint32_t uptime)
{
	if (at == end)
		return "a message has a set or more (RFC 7011 3, RFC 3954 5)";
	d->started = true;
	d->records = 0;
	d->templates_seen = 0;
	d->kinds = 0;
	d->sets = 0;
	while (at < end) {
		const char *error;
		unsigned int size;

		if (end - at < 4)
			return "a set has a header of 4 octets (RFC 7011 3.3.2, RFC 3954 5.2)";
		size = decoder_number(at + 2, 2);
		if (size <= 4 || size > end - at)
			return "a set ends within its message, and counts its header (the same)";
		if (size % align)
			return "a FlowSet is padded to 4 octets (RFC 3954 5.3)";
		error = read_set(d, decoder_number(at, 2), at + 4, at + size, uptime);
		if (error)
			return error;
		d->sets++;
		at += size;
	}
	return NULL;
}

/*
 * A message as it came in a datagram. Returns NULL if it is good, or what RFC
 * 7011 has against it (the section in parentheses).
 */
static inline const char *decode(struct decoder *d, const uint8_t *message, size_t length)
{
	const char *error;

	if (length < 16)
		return "a message has a header of 16 octets (3.1)";
	if (decoder_number(message, 2) != 10)
		return "the version is 10 (3.1)";
	if (decoder_number(message + 2, 2) != length)
		return "the length is that of the message with its header (3.1)";
	if (d->started && decoder_number(message + 8, 4) != d->sequence)
		return "the sequence number counts the data records before (3.1)";
	error = decoder_read_sets(d, message + 16, message + length, 1, decoder_read_set, 0);
	if (error)
		return error;
	d->sequence = decoder_number(message + 8, 4) + d->records;
	return decoder_check_order(d, length);
}

#endif /* TESTS_UNIT_DECODER_H */
