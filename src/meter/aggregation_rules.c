// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the setting "aggregation": parsed and applied.
 *
 * NETWORK/P=Q: the first Q bits of an address in this network are kept, the others are set
 * to zero. FIRST-LAST=PORT, or FIRST=PORT: these ports are replaced by PORT. Rules are
 * separated by any of ",; \t\n". If one rule is invalid the whole text is rejected.
 */
#include <linux/ctype.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "meter/aggregation_rules.h"

#define RULE_GAPS	",; \t\n"

static unsigned int words_of(enum nfl_rewrite_kind kind)
{
	return kind == NFL_REWRITE_IPV4 ? 1 : NFL_REWRITE_WORDS;
}

static unsigned int bits_of(enum nfl_rewrite_kind kind)
{
	return words_of(kind) * 32;
}

/* Parse the text from @text to @end, which must be a decimal number and nothing else. */
static int parse_number(const char *text, const char *end, unsigned int most)
{
	unsigned int number = 0;

	if (text == end)
		return -EINVAL;
	for (; text < end; text++) {
		if (!isdigit(*text))
			return -EINVAL;
		number = number * 10 + (*text - '0');
		if (number > most)
			return -EINVAL;
	}
	return number;
}

static void set_bits(__be32 *words, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < NFL_REWRITE_WORDS; i++) {
		const unsigned int here = min(bits, 32U);

		words[i] = here ? htonl(~0U << (32 - here)) : 0;
		bits -= here;
	}
}

static int parse_network(const char *text, const char *slash, const char *equals, const char *end,
			 struct nfl_rewrite *rule)
{
	u8 *address = (u8 *)rule->address;
	int length, left, i;

	if (memchr(text, ':', slash - text)) {
		rule->kind = NFL_REWRITE_IPV6;
		if (!in6_pton(text, slash - text, address, -1, NULL))
			return -EINVAL;
	} else {
		rule->kind = NFL_REWRITE_IPV4;
		if (!in4_pton(text, slash - text, address, -1, NULL))
			return -EINVAL;
	}
	length = parse_number(slash + 1, equals, bits_of(rule->kind));
	left = parse_number(equals + 1, end, bits_of(rule->kind));
	if (length < 0 || left < 0)
		return -EINVAL;
	rule->length = length;
	rule->left = left;
	set_bits(rule->mask, length);
	set_bits(rule->keep, left);
	for (i = 0; i < NFL_REWRITE_WORDS; i++)
		rule->address[i] &= rule->mask[i];
	return 0;
}

static int parse_ports(const char *text, const char *equals, const char *end,
		       struct nfl_rewrite *rule)
{
	const char *dash = memchr(text, '-', equals - text);
	const int first = parse_number(text, dash ?: equals, U16_MAX);
	const int last = dash ? parse_number(dash + 1, equals, U16_MAX) : first;
	const int port = parse_number(equals + 1, end, U16_MAX);

	if (first < 0 || last < first || port < 0)
		return -EINVAL;
	rule->kind = NFL_REWRITE_PORT;
	rule->first = first;
	rule->last = last;
	rule->port = port;
	return 0;
}

static int parse_one(const char *text, const char *end, struct nfl_rewrite *rule)
{
	const char *equals = memchr(text, '=', end - text);
	const char *slash;

	memset(rule, 0, sizeof(*rule));
	if (!equals)
		return -EINVAL;
	slash = memchr(text, '/', equals - text);
	return slash ? parse_network(text, slash, equals, end, rule) :
		       parse_ports(text, equals, end, rule);
}

/* Return the next word at or after *@text, or NULL. Moves *@text to the end of the word. */
static const char *next_word(const char **text)
{
	const char *word = *text + strspn(*text, RULE_GAPS);

	*text = word + strcspn(word, RULE_GAPS);
	return *word ? word : NULL;
}

static unsigned int count_words(const char *text)
{
	unsigned int count = 0;

	while (next_word(&text))
		count++;
	return count;
}

/* Add the rules of one kind. */
static int parse_kind(const char *text, enum nfl_rewrite_kind kind, struct nfl_rewrites *rewrites,
		      unsigned int *count)
{
	const char *word;

	while ((word = next_word(&text))) {
		struct nfl_rewrite rule;

		if (parse_one(word, text, &rule))
			return -EINVAL;
		if (rule.kind == kind)
			rewrites->rule[(*count)++] = rule;
	}
	return 0;
}

/**
 * nfl_rewrites_parse() - parse the text of rules
 * @text: the text
 * @rewrites: set to the rules, which the caller frees; NULL if the text is empty
 *
 * Return: 0, or an error and @rewrites is not changed: -EINVAL if a rule is invalid, -ENOMEM.
 */
int nfl_rewrites_parse(const char *text, struct nfl_rewrites **rewrites)
{
	const unsigned int words = count_words(text);
	enum nfl_rewrite_kind kind;
	struct nfl_rewrites *new;
	unsigned int count = 0;

	if (!words) {
		*rewrites = NULL;
		return 0;
	}
	new = kzalloc(sizeof(*new) + words * sizeof(new->rule[0]), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	for (kind = 0; kind < NFL_REWRITE_KINDS; kind++) {
		if (parse_kind(text, kind, new, &count)) {
			kfree(new);
			return -EINVAL;
		}
		new->end[kind] = count;
	}
	*rewrites = new;
	return 0;
}

static bool is_in(const struct nfl_rewrite *rule, const __be32 *address, unsigned int words)
{
	unsigned int i;

	for (i = 0; i < words; i++) {
		if ((address[i] ^ rule->address[i]) & rule->mask[i])
			return false;
	}
	return true;
}

/**
 * nfl_rewrite_address() - rewrite an address
 * @rewrites: the rules
 * @kind: the kind of the address
 * @address: the address
 *
 * Context: any.
 * Return: the number of the rule that applied, or -1.
 */
int nfl_rewrite_address(const struct nfl_rewrites *rewrites, enum nfl_rewrite_kind kind,
			__be32 *address)
{
	const unsigned int words = words_of(kind), end = rewrites->end[kind];
	unsigned int i, w;

	for (i = nfl_rewrites_begin(rewrites, kind); i < end; i++) {
		const struct nfl_rewrite *rule = &rewrites->rule[i];

		if (!is_in(rule, address, words))
			continue;
		for (w = 0; w < words; w++)
			address[w] &= rule->keep[w];
		return i;
	}
	return -1;
}

/**
 * nfl_rewrite_port() - rewrite a port
 * @rewrites: the rules
 * @port: the port
 *
 * Context: any.
 * Return: the number of the rule that applied, or -1.
 */
int nfl_rewrite_port(const struct nfl_rewrites *rewrites, __be16 *port)
{
	const unsigned int end = rewrites->end[NFL_REWRITE_PORT];
	const u16 number = ntohs(*port);
	unsigned int i;

	for (i = nfl_rewrites_begin(rewrites, NFL_REWRITE_PORT); i < end; i++) {
		const struct nfl_rewrite *rule = &rewrites->rule[i];

		if (number < rule->first || number > rule->last)
			continue;
		*port = htons(rule->port);
		return i;
	}
	return -1;
}

/* Can this address be the result of the rule? */
static bool may_have_made(const struct nfl_rewrite *rule, const __be32 *address,
			  unsigned int words)
{
	unsigned int i;

	for (i = 0; i < words; i++) {
		if ((address[i] ^ rule->address[i]) & rule->mask[i] & rule->keep[i] ||
		    address[i] & ~rule->keep[i])
			return false;
	}
	return true;
}

/**
 * nfl_rewrites_left() - find the prefix length of a rewritten address
 * @rewrites: the rules that it may have been rewritten by
 * @kind: the kind of the address
 * @address: the address
 *
 * To save memory, a flow does not say which rule rewrote its address. If the address can be
 * the result of several rules, the shortest prefix is returned: the record also has the
 * flows of the other rules.
 *
 * Return: the prefix length; all bits if the address is the result of no rule.
 */
u8 nfl_rewrites_left(const struct nfl_rewrites *rewrites, enum nfl_rewrite_kind kind,
		     const __be32 *address)
{
	const unsigned int words = words_of(kind), end = rewrites->end[kind];
	u8 left = bits_of(kind);
	unsigned int i;

	for (i = nfl_rewrites_begin(rewrites, kind); i < end; i++) {
		const struct nfl_rewrite *rule = &rewrites->rule[i];

		if (rule->left < left && may_have_made(rule, address, words))
			left = rule->left;
	}
	return left;
}
