/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_UNALIGNED_H
#define SHIM_LINUX_UNALIGNED_H

#include "../kernel.h"

#define put_unaligned(value, to)					\
	do {								\
		typeof(*(to)) _value = (value);				\
									\
		memcpy((void *)(to), &_value, sizeof(_value));		\
	} while (0)

#define get_unaligned(from)						\
	(((const struct { typeof(*(from)) value; } __attribute__((packed)) *)(from))->value)

static inline void put_unaligned_be16(u16 value, void *to)
{
	put_unaligned(htons(value), (__be16 *)to);
}

static inline u16 get_unaligned_be16(const void *from)
{
	__be16 value;

	memcpy(&value, from, sizeof(value));
	return ntohs(value);
}

static inline u32 get_unaligned_be32(const void *from)
{
	u32 value;

	memcpy(&value, from, sizeof(value));
	return ntohl(value);
}

static inline u64 get_unaligned_be64(const void *from)
{
	__be64 value;

	memcpy(&value, from, sizeof(value));
	return be64toh(value);
}

#endif /* SHIM_LINUX_UNALIGNED_H */
