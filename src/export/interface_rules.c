// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the setting "snmp-rules", and the number that its rules assign to a name.
 *
 * A rule is PREFIX:BASE; rules are separated by any of ",;/ \t\n", or by any one
 * punctuation character, as in ipt-netflow. The text is rejected if one of its rules is
 * invalid.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "export/interface_rules.h"

#define IFRULE_GAPS	",;/ \t\n"

/* Parse the digits at *@text. Moves *@text behind them; returns false on overflow. */
static bool parse_digits(const char **text, u32 *number)
{
	u64 value = 0;

	for (; isdigit(**text); ++*text) {
		value = value * 10 + (**text - '0');
		if (value > U32_MAX)
			return false;
	}
	*number = value;
	return true;
}

/* The rule at *@text. Moves *@text behind it, and behind the mark that ends it. */
static int parse_rule(const char **text, struct nfl_ifrule *rule)
{
	const size_t length = strcspn(*text, ":" IFRULE_GAPS);
	const char *at = *text + length;

	if (*at != ':' || !length || length >= IFNAMSIZ)
		return -EINVAL;
	memset(rule->prefix, 0, sizeof(rule->prefix));
	memcpy(rule->prefix, *text, length);
	at++;
	if (!isdigit(*at) || !parse_digits(&at, &rule->base))
		return -EINVAL;
	if (*at && !strchr(IFRULE_GAPS, *at) && (!ispunct(*at) || *at == ':'))
		return -EINVAL;
	*text = *at ? at + 1 : at;
	return 0;
}

/**
 * nfl_ifrules_parse() - parse the text of rules
 * @text: the text
 * @rules: the rules, freed by the caller; NULL if the text has none
 *
 * Return: 0; -EINVAL if the text is invalid, or -ENOMEM. @rules is unchanged on error.
 */
int nfl_ifrules_parse(const char *text, struct nfl_ifrules **rules)
{
	struct nfl_ifrules *new;
	unsigned int words = 0;
	const char *at;

	text += strspn(text, IFRULE_GAPS);
	if (!*text) {
		*rules = NULL;
		return 0;
	}
	for (at = strchr(text, ':'); at; at = strchr(at + 1, ':'))
		words++;
	new = kzalloc(sizeof(*new) + words * sizeof(new->rule[0]), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	for (; *text; text += strspn(text, IFRULE_GAPS)) {
		struct nfl_ifrule rule;

		if (parse_rule(&text, &rule)) {
			kfree(new);
			return -EINVAL;
		}
		new->rule[new->count++] = rule;
	}
	*rules = new;
	return 0;
}

/**
 * nfl_ifrules_number() - find the number of an interface
 * @rules: the rules
 * @name: the name of the interface
 * @number: set to the number if a rule matches
 *
 * Return: false if no rule matches, or if the number does not fit into 32 bits.
 */
bool nfl_ifrules_number(const struct nfl_ifrules *rules, const char *name, u32 *number)
{
	unsigned int i;

	for (i = 0; i < rules->count; i++) {
		const struct nfl_ifrule *rule = &rules->rule[i];
		const size_t length = strlen(rule->prefix);
		u32 added;

		if (strncmp(name, rule->prefix, length))
			continue;
		name += length;
		if (!parse_digits(&name, &added) || added > U32_MAX - rule->base)
			return false;
		*number = rule->base + added;
		return true;
	}
	return false;
}
