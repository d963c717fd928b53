/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selection of flows.
 */
#ifndef PROGRAMS_FILTER_H
#define PROGRAMS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "flowfile.h"

/* The side of a flow that a term is compared with. */
enum filter_side {
	SIDE_EITHER,
	SIDE_SOURCE,		/* for an interface: ingress */
	SIDE_DESTINATION,	/* for an interface: egress */
};

/**
 * struct filter_value - one of the values of a term
 * @family: address family
 * @address: network address
 * @prefix: prefix length
 * @least: the first port; or the number of a protocol or an interface
 * @most: the last port
 * @interface: name of an interface; its number is looked up at each read
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
 * struct filter_term - a condition on a flow
 * @takes: whether the flow has a value on a side
 * @side: the side to compare
 * @negated: the flow must not have any of the values
 * @values: the values; one of them must match
 * @count: number of @values
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
 * struct filter - the terms; a flow must match all of them
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
