/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include "../kernel.h"

#define BITS_PER_LONG		(8 * __SIZEOF_LONG__)
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)

#define hweight64(word)	((unsigned long)__builtin_popcountll(word))

static inline unsigned long __ffs64(u64 word)
{
	assert(word);	/* of no bit there is no first */
	return __builtin_ctzll(word);
}

static inline unsigned long __ffs(unsigned long word)
{
	assert(word);
	return __builtin_ctzl(word);
}

static inline bool test_bit(unsigned long n, const unsigned long *map)
{
	return map[n / BITS_PER_LONG] >> n % BITS_PER_LONG & 1;
}

static inline void __set_bit(unsigned long n, unsigned long *map)
{
	map[n / BITS_PER_LONG] |= 1UL << n % BITS_PER_LONG;
}

static inline void __clear_bit(unsigned long n, unsigned long *map)
{
	map[n / BITS_PER_LONG] &= ~(1UL << n % BITS_PER_LONG);
}

#endif /* SHIM_LINUX_BITOPS_H */
