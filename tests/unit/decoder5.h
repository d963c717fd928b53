/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoder of NetFlow v5 messages that forgives nothing: a header of 24 octets,
 * records of 48, as Cisco's documents have them.
 */
#ifndef TESTS_UNIT_DECODER5_H
#define TESTS_UNIT_DECODER5_H

#include "decoder.h"

/**
 * struct decoder5 - a collector's memory of one engine
 * @sequence: what the next message must say
 * @started: there was a message before
 * @records: records of the last message
 * @record: called for each record, its octets
 */
struct decoder5 {
	uint32_t sequence;
	bool started;
	unsigned int records;
	void (*record)(const uint8_t *octets);
};

static inline const char *decoder5_check_record(const uint8_t *at, uint32_t uptime)
{
	const uint32_t packets = decoder_number(at + 16, 4), octets = decoder_number(at + 20, 4);
	const uint32_t first = decoder_number(at + 24, 4), last = decoder_number(at + 28, 4);

	if (at[36] || decoder_number(at + 46, 2))
		return "octets that pad are zero";
	if ((int32_t)(last - first) < 0 || (int32_t)(uptime - last) < 0)
		return "times follow each other: first, last, the header's";
	if (!packets != !octets)
		return "packets have octets, and octets are of packets";
	return NULL;
}

/* As decode(). */
static inline const char *decode5(struct decoder5 *d, const uint8_t *message, size_t length)
{
	unsigned int i;

	if (length < 24 || decoder_number(message, 2) != 5)
		return "a message has a header of 24 octets and version 5";
	d->records = decoder_number(message + 2, 2);
	if (d->records < 1 || d->records > 30)
		return "1 to 30 records";
	if (length != 24 + 48 * d->records)
		return "a header and as many records as it says";
	if (decoder_number(message + 12, 4) >= 1000000000)
		return "nanoseconds are a part of a second";
	if (d->started && decoder_number(message + 16, 4) != d->sequence)
		return "the sequence number counts the records before";
	d->started = true;
	d->sequence = decoder_number(message + 16, 4) + d->records;
	for (i = 0; i < d->records; i++) {
		const uint8_t *at = message + 24 + 48 * i;
		const char *error = decoder5_check_record(at, decoder_number(message + 4, 4));

		if (error)
			return error;
		if (d->record)
			d->record(at);
	}
	return NULL;
}

#endif /* TESTS_UNIT_DECODER5_H */
