/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that ipt-netflow accepted for an option and that are not valid here.
 */
#ifndef NFL_CONTROL_OLD_VALUES_H
#define NFL_CONTROL_OLD_VALUES_H

#include <linux/types.h>

bool nfl_old_number(const char *name, const char *text, s64 *number);

#endif /* NFL_CONTROL_OLD_VALUES_H */
