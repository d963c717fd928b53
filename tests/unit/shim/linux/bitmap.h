/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include "bitops.h"

#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

/* Returns @size if there is none. */
static inline unsigned long find_first_bit(const unsigned long *map, unsigned long size)
{
	unsigned long n = 0;

	while (n < size && !test_bit(n, map))
		n++;
	return n;
}

/* The first from @from on. */
static inline unsigned long find_next_bit(const unsigned long *map, unsigned long size,
					  unsigned long from)
{
	while (from < size && !test_bit(from, map))
		from++;
	return from < size ? from : size;
}

static inline void bitmap_copy(unsigned long *to, const unsigned long *from, unsigned int bits)
{
	memcpy(to, from, BITS_TO_LONGS(bits) * sizeof(long));
}

#endif /* SHIM_LINUX_BITMAP_H */
