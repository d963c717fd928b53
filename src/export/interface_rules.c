// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of a setting "snmp-rules", and what its rules do.
 *
 * PREFIX:BASE, several with any of ",;/ \t\n" between them, or with any one mark of
 * punctuation, as ipt-netflow took them. The text is parsed whole, or it is refused.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "export/interface_rules.h"

#define IFRULE_GAPS	",;/ \t\n"

/* The digits at *@text as a number. Moves *@text behind them; false if it has no room. */
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
 * nfl_ifrules_parse() - understand the text of rules
 * @text: the text
 * @rules: the rules, the caller's to free; NULL if the text has none
 *
 * Return: 0; -EINVAL if any of it is not understood, -ENOMEM, and @rules is as it
 * was.
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
 * nfl_ifrules_number() - the number of an interface
 * @rules: the rules
 * @name: the interface's name
 * @number: its number, if a rule has one for it
 *
 * Return: false if no rule matches, or the number would be larger than 32 bits.
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
