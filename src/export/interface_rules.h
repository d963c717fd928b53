/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that assign numbers to interfaces by their names.
 */
#ifndef NFL_EXPORT_INTERFACE_RULES_H
#define NFL_EXPORT_INTERFACE_RULES_H

#include <linux/if.h>
#include <linux/types.h>

/**
 * struct nfl_ifrule - a rule
 * @prefix: the rule matches names with this prefix
 * @base: the number is @base plus the number that follows the prefix in the name
 */
struct nfl_ifrule {
	char prefix[IFNAMSIZ];
	u32 base;
};

/* Rules; the first match counts. */
struct nfl_ifrules {
	unsigned int count;
	struct nfl_ifrule rule[];
};

int nfl_ifrules_parse(const char *text, struct nfl_ifrules **rules);
bool nfl_ifrules_number(const struct nfl_ifrules *rules, const char *name, u32 *number);

#endif /* NFL_EXPORT_INTERFACE_RULES_H */
