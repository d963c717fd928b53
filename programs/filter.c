// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filters: a sequence of terms [not] [source|destination] KIND VALUE[,VALUE...]. A flow
 * matches if it matches every term.
 *
 *	host 10.0.0.1		net 10.0.0.0/8,fd00::/8		port 53,8000-8999
 *	proto tcp		interface eth0			in eth0, out ppp3
 *	ip, ip6
 */
#include <arpa/inet.h>
#include <err.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "names.h"

static bool in_network(const struct filter_value *value, const uint8_t *address)
{
	const unsigned int whole = value->prefix / 8, rest = value->prefix % 8;

	if (memcmp(value->address, address, whole))
		return false;
	return !rest || !((value->address[whole] ^ address[whole]) >> (8 - rest));
}

static bool takes_address(const struct filter_value *value, enum filter_side side,
			  const struct flow *flow)
{
	if (flow->key.family != value->family)
		return false;
	return (side != SIDE_DESTINATION && in_network(value, flow->key.source)) ||
	       (side != SIDE_SOURCE && in_network(value, flow->key.destination));
}

static bool has_ports(const struct flow *flow)
{
	return flow->key.protocol != IPPROTO_ICMP && flow->key.protocol != IPPROTO_ICMPV6;
}

static bool takes_port(const struct filter_value *value, enum filter_side side,
		       const struct flow *flow)
{
	const uint16_t source = flow->key.source_port, destination = flow->key.destination_port;

	if (!has_ports(flow))
		return false;
	return (side != SIDE_DESTINATION && source >= value->least && source <= value->most) ||
	       (side != SIDE_SOURCE && destination >= value->least && destination <= value->most);
}

static bool takes_protocol(const struct filter_value *value, enum filter_side side,
			   const struct flow *flow)
{
	return flow->key.protocol == value->least;
}

static bool takes_interface(const struct filter_value *value, enum filter_side side,
			    const struct flow *flow)
{
	if (!value->least)
		return false;
	return (side != SIDE_DESTINATION && flow->key.in == value->least) ||
	       (side != SIDE_SOURCE && flow->out == value->least);
}

static bool takes_family(const struct filter_value *value, enum filter_side side,
			 const struct flow *flow)
{
	return flow->key.family == value->family;
}

static bool parse_number(const char *text, uint32_t most, uint32_t *number)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value > most)
		return false;
	*number = value;
	return true;
}

static bool parse_host(char *text, struct filter_value *value)
{
	value->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	value->prefix = value->family == AF_INET6 ? 128 : 32;
	return inet_pton(value->family, text, value->address) == 1;
}

static bool parse_network(char *text, struct filter_value *value)
{
	char *slash = strchr(text, '/');

	if (slash)
		*slash++ = '\0';
	if (!parse_host(text, value))
		return false;
	return !slash || parse_number(slash, value->prefix, &value->prefix);
}

static bool parse_ports(char *text, struct filter_value *value)
{
	char *dash = strchr(text, '-');

	if (dash)
		*dash++ = '\0';
	return parse_number(text, UINT16_MAX, &value->least) &&
	       parse_number(dash ?: text, UINT16_MAX, &value->most) &&
	       value->least <= value->most;
}

static bool parse_protocol(char *text, struct filter_value *value)
{
	uint8_t number;

	if (!protocol_number(text, &number))
		return false;
	value->least = number;
	return true;
}

/* The interface may appear later. */
static bool parse_interface(char *text, struct filter_value *value)
{
	if (!*text || strlen(text) >= sizeof(value->interface))
		return false;
	strcpy(value->interface, text);
	return true;
}

/*
 * The kinds of terms, with the values and the parser of each. A kind that implies a side
 * cannot be combined with "source" or "destination".
 */
static const struct kind {
	const char *name;
	const char *value;
	bool (*parse)(char *text, struct filter_value *value);
	bool (*takes)(const struct filter_value *value, enum filter_side side,
		      const struct flow *flow);
	enum filter_side side;
	uint8_t family;
	bool sided;
} kinds[] = {
	{ "host", "an address", parse_host, takes_address, .sided = true },
	{ "net", "ADDRESS/BITS", parse_network, takes_address, .sided = true },
	{ "port", "a port or FIRST-LAST", parse_ports, takes_port, .sided = true },
	{ "proto", "a protocol's name or number", parse_protocol, takes_protocol, .side = 0 },
	{ "interface", "an interface", parse_interface, takes_interface, .side = 0 },
	{ "in", "an interface", parse_interface, takes_interface, .side = SIDE_SOURCE },
	{ "out", "an interface", parse_interface, takes_interface, .side = SIDE_DESTINATION },
	{ "ip", NULL, NULL, takes_family, .family = AF_INET },
	{ "ip6", NULL, NULL, takes_family, .family = AF_INET6 },
};

static const struct {
	const char *name;
	enum filter_side side;
} sides[] = {
	{ "source", SIDE_SOURCE },
	{ "src", SIDE_SOURCE },
	{ "destination", SIDE_DESTINATION },
	{ "dst", SIDE_DESTINATION },
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))
#define SIDES	(sizeof(sides) / sizeof(sides[0]))
#define SPACES	" \t\n"

static struct filter_value *add_value(struct filter_term *term)
{
	term->values = realloc(term->values, (term->count + 1) * sizeof(*term->values));
	if (!term->values)
		err(1, NULL);
	memset(&term->values[term->count], 0, sizeof(*term->values));
	return &term->values[term->count++];
}

static bool __attribute__((format(printf, 3, 4)))
wrong(char *error, size_t size, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(error, size, format, list);
	va_end(list);
	return false;
}

static bool parse_values(struct filter_term *term, const struct kind *kind, char *text,
			 char *error, size_t size)
{
	char *value;

	if (!kind->parse) {
		add_value(term)->family = kind->family;
		return true;
	}
	if (!text)
		return wrong(error, size, "\"%s\" needs %s behind it", kind->name, kind->value);
	while ((value = strsep(&text, ","))) {
		char *copy = strdup(value);
		bool good;

		if (!copy)
			err(1, NULL);
		good = kind->parse(copy, add_value(term));
		free(copy);
		if (!good)
			return wrong(error, size, "\"%s %s\": not %s", kind->name, value,
				     kind->value);
	}
	return true;
}

static bool parse_term(struct filter_term *term, char *word, char **rest, char *error,
		       size_t size)
{
	const char *side = NULL;
	unsigned int i;

	if (!strcmp(word, "not")) {
		term->negated = true;
		word = strtok_r(NULL, SPACES, rest) ?: "";
	}
	for (i = 0; i < SIDES; i++) {
		if (strcmp(word, sides[i].name))
			continue;
		side = word;
		term->side = sides[i].side;
		word = strtok_r(NULL, SPACES, rest) ?: "";
		break;
	}
	for (i = 0; i < KINDS; i++) {
		const struct kind *kind = &kinds[i];

		if (strcmp(word, kind->name))
			continue;
		if (side && !kind->sided)
			return wrong(error, size, "\"%s\" does not go with \"%s\"", side, word);
		if (kind->side)
			term->side = kind->side;
		term->takes = kind->takes;
		return parse_values(term, kind, kind->parse ? strtok_r(NULL, SPACES, rest) : NULL,
				    error, size);
	}
	return wrong(error, size,
		     "\"%s\" is no filter: [not] [src|dst] host|net|port VALUE, proto, interface, in, out, ip, ip6",
		     word);
}

/**
 * filter_parse() - parse a filter
 * @filter: the filter, filled in here; previous content is ignored
 * @text: the text
 * @error: buffer for an error message
 * @size: size of @error
 *
 * Return: true if the text is valid. If not, there is nothing to free.
 */
bool filter_parse(struct filter *filter, const char *text, char *error, size_t size)
{
	char *copy = strdup(text), *rest = copy, *word;
	bool good = true;

	*filter = (struct filter) { 0 };
	if (!copy)
		err(1, NULL);
	while (good && (word = strtok_r(NULL, SPACES, &rest))) {
		filter->terms = realloc(filter->terms,
					(filter->count + 1) * sizeof(*filter->terms));
		if (!filter->terms)
			err(1, NULL);
		memset(&filter->terms[filter->count], 0, sizeof(*filter->terms));
		good = parse_term(&filter->terms[filter->count++], word, &rest, error, size);
	}
	free(copy);
	if (!good)
		filter_free(filter);
	return good;
}

void filter_free(struct filter *filter)
{
	unsigned int i;

	for (i = 0; i < filter->count; i++)
		free(filter->terms[i].values);
	free(filter->terms);
	*filter = (struct filter) { 0 };
}

/* Look up the interfaces' numbers again: interfaces appear and disappear. */
void filter_refresh(struct filter *filter)
{
	unsigned int i, j;

	for (i = 0; i < filter->count; i++) {
		for (j = 0; j < filter->terms[i].count; j++) {
			struct filter_value *value = &filter->terms[i].values[j];

			if (!value->interface[0])
				continue;
			value->least = if_nametoindex(value->interface);
			if (!value->least)
				parse_number(value->interface, INT32_MAX, &value->least);
		}
	}
}

static bool term_takes(const struct filter_term *term, const struct flow *flow)
{
	unsigned int i;

	for (i = 0; i < term->count; i++) {
		if (term->takes(&term->values[i], term->side, flow))
			return true;
	}
	return false;
}

/* Whether a flow matches the filter. */
bool filter_takes(const struct filter *filter, const struct flow *flow)
{
	unsigned int i;

	for (i = 0; i < filter->count; i++) {
		if (term_takes(&filter->terms[i], flow) == filter->terms[i].negated)
			return false;
	}
	return true;
}
