/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's words for user space, so that the pure parts of src/ can be
 * built and tried without a kernel: as few as these parts use, with the meaning
 * that they have there. What would be a warning in the kernel's log ends the
 * program here.
 *
 * The headers beside this one have the kernel's names and lead here or to the C
 * library; headers of the kernel's user interface (linux/ip.h) are the system's.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The C library has both, always; the kernel has the one that is true. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
#undef __BIG_ENDIAN
#endif

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define L1_CACHE_BYTES		64
#define PAGE_SIZE		4096UL

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define __aligned(x)		__attribute__((__aligned__(x)))
#define ____cacheline_aligned	__aligned(L1_CACHE_BYTES)
#define __packed		__attribute__((__packed__))
#define noinline		__attribute__((__noinline__))
#define __maybe_unused		__attribute__((__unused__))
#define __must_check		__attribute__((__warn_unused_result__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_RELAXED)
/* among threads */
#define smp_load_acquire(x)	__atomic_load_n(x, __ATOMIC_ACQUIRE)
/* the same */
#define smp_store_release(x, value)	__atomic_store_n(x, value, __ATOMIC_RELEASE)
#undef static_assert
#define static_assert(x)	_Static_assert(x, #x)
#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define WARN_ON_ONCE(x)							\
	do {								\
		if (x) {						\
			fprintf(stderr, "WARNING: %s:%d: " #x "\n",	\
				__FILE__, __LINE__);			\
			abort();					\
		}							\
	} while (0)

#define min(a, b)		({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b)		({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define min_not_zero(a, b)	(!(a) ? (b) : !(b) || (a) < (b) ? (a) : (b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define clamp_t(type, x, low, high)	min_t(type, max_t(type, x, low), high)
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define U16_MAX			0xffff
#define S32_MAX			0x7fffffff
#define ALIGN(x, a)		(((x) + (a) - 1) / (a) * (a))
#define min3(a, b, c)		({ typeof(a) _n = min(b, c); min(a, _n); })
#define max3(a, b, c)		({ typeof(a) _m = max(b, c); max(a, _m); })
#define roundup_pow_of_two(n)	(1UL << (64 - __builtin_clzll((n) - 1ULL)))	/* of 2 or more */
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define swap(a, b)	\
	do { typeof(a) _old = (a); (a) = (b); (b) = _old; } while (0)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define U32_MAX			((u32)~0U)
#define U64_MAX			(~0ULL)
#define BIT_ULL(n)		(1ULL << (n))
#define offsetofend(type, member)	(offsetof(type, member) + sizeof(((type *)0)->member))
#define container_of(p, type, member)					\
	((type *)((char *)(p) - offsetof(type, member)))

#define IS_ERR(pointer)		((unsigned long)(pointer) >= -4095UL)
#define PTR_ERR(pointer)	((long)(pointer))
#define ERR_PTR(error)		((void *)(long)(error))

#define cpu_to_be64(x)		htobe64(x)
#define cpu_to_le32(x)		htole32(x)
#define cpu_to_le64(x)		htole64(x)
#define __force

#endif /* SHIM_KERNEL_H */
