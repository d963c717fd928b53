/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include "../cpu.h"

typedef struct {
	s64 counter;
} atomic64_t;

static inline void atomic64_add(s64 value, atomic64_t *v)
{
	__atomic_add_fetch(&v->counter, value, __ATOMIC_RELAXED);
}

static inline s64 atomic64_read(const atomic64_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

#endif /* SHIM_LINUX_ATOMIC_H */
