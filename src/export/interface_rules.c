// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of the setting "snmp-rules", and the number that its rules assign to a name.
 *
 * A rule is PREFIX:BASE; rules are separated by any of ",;/ \t\n". The text is rejected if
 * one of its rules is invalid.
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

static int parse_rule(const char *text, const char *end, struct nfl_ifrule *rule)
{
	const char *colon = memchr(text, ':', end - text);

	if (!colon || colon == text || colon - text >= IFNAMSIZ)
		return -EINVAL;
	memset(rule->prefix, 0, sizeof(rule->prefix));
	memcpy(rule->prefix, text, colon - text);
	text = colon + 1;
	return isdigit(*text) && parse_digits(&text, &rule->base) && text == end ? 0 : -EINVAL;
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
	const char *at = text + strspn(text, IFRULE_GAPS);
	struct nfl_ifrules *new;
	unsigned int words = 0;

	for (; *at; at += strspn(at, IFRULE_GAPS)) {
		at += strcspn(at, IFRULE_GAPS);
		words++;
	}
	if (!words) {
		*rules = NULL;
		return 0;
	}
	new = kzalloc(sizeof(*new) + words * sizeof(new->rule[0]), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	for (text += strspn(text, IFRULE_GAPS); *text; text += strspn(text, IFRULE_GAPS)) {
		const char *end = text + strcspn(text, IFRULE_GAPS);

		if (parse_rule(text, end, &new->rule[new->count++])) {
			kfree(new);
			return -EINVAL;
		}
		text = end;
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
