/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_JHASH_H
#define SHIM_LINUX_JHASH_H

#include "../kernel.h"

/* Another hash than the kernel's, of the same kind. */
static inline u32 jhash2(const u32 *words, u32 length, u32 initial)
{
	u32 hash = initial ^ 0x9e3779b9;

	while (length--) {
		hash = (hash ^ *words++) * 0x85ebca6b;
		hash ^= hash >> 13;
	}
	return hash * 0xc2b2ae35 ^ hash >> 16;
}

#endif /* SHIM_LINUX_JHASH_H */
