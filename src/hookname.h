/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of netfilter's hooks.
 */
#ifndef NFL_HOOKNAME_H
#define NFL_HOOKNAME_H

#include <linux/types.h>

int nfl_hook_parse(const char *text, u32 *hooks);
int nfl_hook_names(u32 hooks, char *text, size_t size);

#endif /* NFL_HOOKNAME_H */
