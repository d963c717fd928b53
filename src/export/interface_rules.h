/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that give interfaces numbers by their names, as text and as what they do.
 */
#ifndef NFL_EXPORT_INTERFACE_RULES_H
#define NFL_EXPORT_INTERFACE_RULES_H

#include <linux/if.h>
#include <linux/types.h>

/**
 * struct nfl_ifrule - a rule
 * @prefix: interfaces whose names begin like this
 * @base: have this number, and what digits follow in the name added to it
 */
struct nfl_ifrule {
	char prefix[IFNAMSIZ];
	u32 base;
};

/* Rules, of which the first that matches counts. */
struct nfl_ifrules {
	unsigned int count;
	struct nfl_ifrule rule[];
};

int nfl_ifrules_parse(const char *text, struct nfl_ifrules **rules);
bool nfl_ifrules_number(const struct nfl_ifrules *rules, const char *name, u32 *number);

#endif /* NFL_EXPORT_INTERFACE_RULES_H */
