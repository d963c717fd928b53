/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MATH64_H
#define SHIM_LINUX_MATH64_H

#include "../kernel.h"

#define NSEC_PER_USEC	1000L
#define NSEC_PER_MSEC	1000000L

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

#define div64_u64(a, b)	((u64)(a) / (u64)(b))

#endif /* SHIM_LINUX_MATH64_H */
