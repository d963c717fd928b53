/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KTIME_H
#define SHIM_LINUX_KTIME_H

#include "../kernel.h"

/* The time is what the test says. */
static u64 shim_real_seconds;

static inline u64 ktime_get_real_seconds(void)
{
	return shim_real_seconds;
}

#endif /* SHIM_LINUX_KTIME_H */
