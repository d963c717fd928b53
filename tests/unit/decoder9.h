/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoder of NetFlow v9 messages that forgives nothing, written from the words
 * of RFC 3954. Beside what that RFC says, it refuses what collectors choke on.
 */
#ifndef TESTS_UNIT_DECODER9_H
#define TESTS_UNIT_DECODER9_H

#include "decoder.h"

/* RFC 3954 section 6.1: what a scope is of. */
static inline bool decoder9_is_scope(uint16_t type)
{
	return type >= 1 && type <= 5;
}

static inline const char *decoder9_check_specifier(const struct decoder_template *new,
						   unsigned int i)
{
	if (i >= new->scope)
		return decoder_check_field(&new->fields[i]);
	if (!decoder9_is_scope(new->fields[i].id) || new->fields[i].length != 4)
		return "a scope's type is 1 to 5, and it has 4 octets (6.1)";
	return NULL;
}

/* RFC 3954 section 5.2, or 6.1 with lengths in octets. */
static inline const char *decoder9_read_template(struct decoder *d, const uint8_t **at,
						 const uint8_t *end, bool options)
{
	const unsigned int header = options ? 6 : 4;
	struct decoder_template new = { 0 };
	const char *error;

	if (end - *at < header)
		return "a template is cut off";
	new.id = decoder_number(*at, 2);
	if (new.id < 256)
		return "template ids begin at 256 (5.2)";
	if (options) {
		const unsigned int scope = decoder_number(*at + 2, 2);
		const unsigned int option = decoder_number(*at + 4, 2);

		if (!scope || scope % 4 || !option || option % 4)
			return "lengths are of whole field specifiers (6.1)";
		new.scope = scope / 4;
		new.count = (scope + option) / 4;
	} else {
		new.count = decoder_number(*at + 2, 2);
	}
	if (!new.count || new.count > DECODER_FIELDS)
		return "no fields, or more than this decoder has room for";
	*at += header;
	d->templates_seen++;
	error = decoder_read_fields(&new, at, end, decoder9_check_specifier);
	return error ? error : decoder_learn(d, &new);
}

/* Times are of sysUptime and none is to come. */
static inline const char *decoder9_check_times(const struct decoder_record *record,
					       uint32_t uptime)
{
	const struct decoder_template *template = record->template;
	const uint8_t *at = record->octets;
	uint32_t first = 0, last = 0;
	unsigned int i, seen = 0;

	for (i = 0; i < template->count; at += template->fields[i++].length) {
		if (i < template->scope)
			continue;
		if (template->fields[i].id == 22)
			first = decoder_number(at, 4), seen |= 1;
		if (template->fields[i].id == 21)
			last = decoder_number(at, 4), seen |= 2;
		if (template->fields[i].id == 152 || template->fields[i].id == 153)
			return "times of flows are FIRST_SWITCHED and LAST_SWITCHED (8)";
	}
	if (!template->scope && seen != 3)
		return "a flow has a first and a last time (8)";
	if (seen && ((int32_t)(last - first) < 0 || (int32_t)(uptime - last) < 0))
		return "times follow each other: first, last, the header's";
	return NULL;
}

static inline const char *decoder9_read_set(struct decoder *d, uint16_t id, const uint8_t *at,
					    const uint8_t *end, uint32_t uptime)
{
	const char *error;

	if (id == 0) {
		while (at < end) {
			error = decoder9_read_template(d, &at, end, false);
			if (error)
				return error;
		}
		return NULL;
	}
	if (id == 1) {
		error = decoder9_read_template(d, &at, end, true);
		if (!error && end - at > 3)
			return "nfdump reads but one options template of a FlowSet";
		return error ? error : decoder_check_padding(at, end, 4);
	}
	if (id < 256)
		return "FlowSet ids 2 to 255 are not used (5.3)";
	error = decoder_read_records(d, id, &at, end, decoder9_check_times, uptime);
	return error ? error : decoder_check_padding(at, end, end - at > 3 ? 0 : 4);
}

/* As decode(), of RFC 3954. */
static inline const char *decode9(struct decoder *d, const uint8_t *message, size_t length)
{
	const char *error;

	if (length < 20)
		return "a message has a header of 20 octets (5.1)";
	if (decoder_number(message, 2) != 9)
		return "the version is 9 (5.1)";
	if (d->started && decoder_number(message + 12, 4) != d->sequence)
		return "the sequence number counts the messages before (5.1)";
	error = decoder_read_sets(d, message + 20, message + length, 4, decoder9_read_set,
				  decoder_number(message + 4, 4));
	if (error)
		return error;
	if (decoder_number(message + 2, 2) != d->records + d->templates_seen)
		return "the count is that of all records (5.1)";
	d->sequence = decoder_number(message + 12, 4) + 1;
	return decoder_check_order(d, length);
}

#endif /* TESTS_UNIT_DECODER9_H */
