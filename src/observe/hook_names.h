/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of netfilter's hooks.
 */
#ifndef NFL_OBSERVE_HOOK_NAMES_H
#define NFL_OBSERVE_HOOK_NAMES_H

#include <linux/netfilter.h>
#include <linux/types.h>

/* The number of a hook is its bit in the setting: NF_INET_*, the last is ingress. */
#define NFL_HOOKS	(NF_INET_INGRESS + 1)

int nfl_hook_parse(const char *text, u32 *hooks);
int nfl_hook_names(u32 hooks, char *text, size_t size);

#endif /* NFL_OBSERVE_HOOK_NAMES_H */
