/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings in records.
 */
#ifndef NFL_BASE_UTF8_H
#define NFL_BASE_UTF8_H

#include <linux/types.h>

void nfl_utf8_set(char *to, size_t size, const char *from);

#endif /* NFL_BASE_UTF8_H */
