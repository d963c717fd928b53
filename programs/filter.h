/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which flows are looked at.
 */
#ifndef PROGRAMS_FILTER_H
#define PROGRAMS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "flowfile.h"

/* On which side of a flow a term looks: on either, if no other is said. */
enum filter_side {
	SIDE_EITHER,
	SIDE_SOURCE,		/* an interface: the one it comes in by */
	SIDE_DESTINATION,	/* the one it leaves by */
};

/**
 * struct filter_value - one of those that a term takes
 * @family: of an address
 * @address: a network's
 * @prefix: bits of it that count
 * @least: of ports, the first; a protocol, a family, an interface's number
 * @most: the last port
 * @interface: an interface's name; its number is looked up at each read
 */
struct filter_value {
	uint8_t family;
	uint8_t address[16];
	unsigned int prefix;
	uint32_t least;
	uint32_t most;
	char interface[16];
};

/**
 * struct filter_term - what a flow must have
 * @takes: whether a value is what the flow has on a side
 * @side: where to look
 * @negated: the flow must not have it
 * @values: one of these is enough
 * @count: how many they are
 */
struct filter_term {
	bool (*takes)(const struct filter_value *value, enum filter_side side,
		      const struct flow *flow);
	enum filter_side side;
	bool negated;
	struct filter_value *values;
	unsigned int count;
};

/**
 * struct filter - all terms, each of which must hold
 */
struct filter {
	struct filter_term *terms;
	unsigned int count;
};

bool filter_parse(struct filter *filter, const char *text, char *error, size_t size);
void filter_free(struct filter *filter);
void filter_refresh(struct filter *filter);
bool filter_takes(const struct filter *filter, const struct flow *flow);

#endif /* PROGRAMS_FILTER_H */
