/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RANDOM_H
#define SHIM_LINUX_RANDOM_H

#include "../../tap.h"
#include "../kernel.h"

static inline void get_random_bytes(void *to, size_t size)
{
	u8 *at = to;

	while (size--)
		*at++ = random_below(256);
}

static inline u32 get_random_u32(void)
{
	return random_u64();
}

#endif /* SHIM_LINUX_RANDOM_H */
