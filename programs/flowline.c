// SPDX-License-Identifier: GPL-2.0-only
/*
 * A line of the file of flows. The first line names the words of the others:
 *
 *   # hash a dev:i,o proto src:ip,port dst:ip,port nexthop
 *   tos,tcpflags,options,tcpoptions packets bytes ts:first,last
 *
 * There may be more words, depending on settings and version, so words are found by
 * these names and not by position. A line with more or fewer words than the first
 * line is not parsed, since the missing word is unknown.
 */
#include <arpa/inet.h>
#include <string.h>

#include "flowfile.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

/* Parse a number up to @most. *@text is moved to the octet after it. */
static bool number(char **text, unsigned int base, uint64_t most, uint64_t *value)
{
	char *at = *text;

	*value = 0;
	for (; digit(*at) < (int)base; at++) {
		if (*value > (most - digit(*at)) / base)
			return false;
		*value = *value * base + digit(*at);
	}
	if (at == *text)
		return false;
	*text = at;
	return true;
}

static bool whole_number(char *text, unsigned int base, uint64_t most, uint64_t *value)
{
	return number(&text, base, most, value) && !*text;
}

/* Parse two numbers with a comma between them. Another comma and more text may follow. */
static bool pair(char *text, unsigned int base, uint64_t most, uint64_t *first, uint64_t *second)
{
	if (!number(&text, base, most, first) || *text++ != ',' ||
	    !number(&text, base, most, second))
		return false;
	return !*text || *text == ',';
}

static bool parse_hash(char *word, struct flow *flow)
{
	uint64_t value;

	if (!whole_number(word, 16, UINT32_MAX, &value))
		return false;
	flow->key.hash = value;
	return true;
}

/* Parse an interface's number. Any negative number means no interface. */
static bool interface(char **text, uint32_t *index)
{
	const bool none = **text == '-';
	uint64_t value;

	if (none)
		++*text;
	if (!number(text, 10, INT32_MAX, &value))
		return false;
	*index = none ? 0 : value;
	return true;
}

static bool parse_interfaces(char *word, struct flow *flow)
{
	return interface(&word, &flow->key.in) && *word++ == ',' && interface(&word, &flow->out) &&
	       !*word;
}

static bool parse_protocol(char *word, struct flow *flow)
{
	uint64_t value;

	if (!whole_number(word, 10, UINT8_MAX, &value))
		return false;
	flow->key.protocol = value;
	return true;
}

/* ADDRESS,PORT */
static bool end_point(char *word, struct flow *flow, uint8_t *address, uint16_t *port)
{
	const uint8_t family = strchr(word, ':') ? AF_INET6 : AF_INET;
	char *comma = strchr(word, ',');
	uint64_t value;

	if (!comma || (flow->key.family && flow->key.family != family))
		return false;
	*comma = '\0';
	flow->key.family = family;
	if (inet_pton(family, word, address) != 1 ||
	    !whole_number(comma + 1, 10, UINT16_MAX, &value))
		return false;
	*port = value;
	return true;
}

static bool parse_source(char *word, struct flow *flow)
{
	return end_point(word, flow, flow->key.source, &flow->key.source_port);
}

static bool parse_destination(char *word, struct flow *flow)
{
	return end_point(word, flow, flow->key.destination, &flow->key.destination_port);
}

static bool parse_tos(char *word, struct flow *flow)
{
	uint64_t tos, flags;

	if (!pair(word, 16, UINT32_MAX, &tos, &flags) || tos > UINT8_MAX)
		return false;
	flow->key.tos = tos;
	flow->tcp_flags = flags;
	return true;
}

static bool parse_packets(char *word, struct flow *flow)
{
	return whole_number(word, 10, UINT64_MAX, &flow->packets);
}

static bool parse_octets(char *word, struct flow *flow)
{
	return whole_number(word, 10, UINT64_MAX, &flow->octets);
}

static bool parse_times(char *word, struct flow *flow)
{
	return pair(word, 10, UINT64_MAX, &flow->age, &flow->idle);
}

/* The columns that are parsed. */
static const struct {
	const char *name;
	bool (*parse)(char *word, struct flow *flow);
	bool needed;
} words[] = {
	{ "hash", parse_hash, false },
	{ "dev", parse_interfaces, false },
	{ "proto", parse_protocol, true },
	{ "src", parse_source, true },
	{ "dst", parse_destination, true },
	{ "tos", parse_tos, false },
	{ "packets", parse_packets, true },
	{ "bytes", parse_octets, true },
	{ "ts", parse_times, true },
};

#define WORDS	(sizeof(words) / sizeof(words[0]))

/**
 * flow_columns_parse() - parse the first line
 * @columns: the columns, filled in here
 * @line: the line without its newline; it is modified
 *
 * Return: true if all required columns are named and none is named twice.
 */
bool flow_columns_parse(struct flow_columns *columns, char *line)
{
	unsigned int found[WORDS] = { 0 }, i;
	char *word, *rest = line;

	memset(columns, 0, sizeof(*columns));
	while ((word = strtok_r(NULL, " ", &rest))) {
		if (columns->count == FLOW_COLUMNS_MAX)
			return false;
		word[strcspn(word, ":,")] = '\0';
		for (i = 0; i < WORDS; i++) {
			if (strcmp(word, words[i].name))
				continue;
			columns->parse[columns->count] = words[i].parse;
			found[i]++;
		}
		columns->count++;
	}
	for (i = 0; i < WORDS; i++) {
		if (found[i] > 1 || (words[i].needed && !found[i]))
			return false;
	}
	return true;
}

/**
 * flow_parse() - parse a line
 * @columns: the columns
 * @line: the line without its newline; it is modified
 * @flow: the flow, filled in here
 *
 * Return: true if the line is valid.
 */
bool flow_parse(const struct flow_columns *columns, char *line, struct flow *flow)
{
	unsigned int i;
	char *word;

	memset(flow, 0, sizeof(*flow));
	for (i = 0; *line; i++) {
		word = line;
		line += strcspn(line, " ");
		if (*line)
			*line++ = '\0';
		if (i >= columns->count || !*word)
			return false;
		if (columns->parse[i] && !columns->parse[i](word, flow))
			return false;
	}
	return i == columns->count;
}
