/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SIPHASH_H
#define SHIM_LINUX_SIPHASH_H

#include "../kernel.h"

typedef struct {
	u64 key[2];
} siphash_key_t;

/* Another hash of 64 bits, which depends on the key, too: FNV-1a, finished as murmur3 is. */
static inline u64 siphash(const void *data, size_t size, const siphash_key_t *key)
{
	const u8 *at = data;
	u64 hash = 0xcbf29ce484222325 ^ key->key[0];

	while (size--)
		hash = (hash ^ *at++) * 0x100000001b3;
	hash ^= hash >> 33 ^ key->key[1];
	hash *= 0xff51afd7ed558ccd;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53;
	return hash ^ hash >> 33;
}

#endif /* SHIM_LINUX_SIPHASH_H */
