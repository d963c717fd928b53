/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <malloc.h>

#include "../kernel.h"

/*
 * Memory. A test may make it scarce: shim_alloc_fails() is asked each time.
 * What is out is counted, and each piece ends where it ends, so that ASAN sees
 * what reaches beyond.
 */
typedef unsigned int gfp_t;

#define GFP_ATOMIC		1U
#define GFP_KERNEL		2U
#define __GFP_ZERO		4U
#define __GFP_NOWARN		8U
#define __GFP_NOMEMALLOC	16U
#define __GFP_NORETRY		32U
#define GFP_NOWAIT		64U

static bool (*shim_alloc_fails)(size_t size);
static size_t shim_alloc_out;
static gfp_t shim_alloc_flags __attribute__((unused));	/* those that are asked with */

/*
 * malloc() may round up what it is asked for, except with ASAN. Then the last octets of
 * a piece hold the size that was asked for, so that what is out is exact in each build.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SHIM_SIZE_OCTETS	0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHIM_SIZE_OCTETS	0
#endif
#endif
#ifndef SHIM_SIZE_OCTETS
#define SHIM_SIZE_OCTETS	sizeof(size_t)
#endif

static inline char *shim_size_place(void *memory)
{
	return (char *)memory + malloc_usable_size(memory) - SHIM_SIZE_OCTETS;
}

/* The octets that were asked for, 0 of NULL. */
static inline size_t shim_size(void *memory)
{
	size_t size = malloc_usable_size(memory);

	if (memory)
		memcpy(&size, shim_size_place(memory), SHIM_SIZE_OCTETS);
	return size;
}

/*
 * The kernel's promise: what has the size of a power of two is aligned to its size.
 * No cache line is longer than 256 octets, and so nobody asks for more.
 */
static inline size_t shim_alignment(size_t size)
{
	if (size & (size - 1))
		return sizeof(u64);
	return size < sizeof(u64) ? sizeof(u64) : size < 256 ? size : 256;
}

static inline void *kmalloc(size_t size, gfp_t flags)
{
	void *memory;

	shim_alloc_flags = flags;
	if (shim_alloc_fails && shim_alloc_fails(size))
		return NULL;
	if (posix_memalign(&memory, shim_alignment(size), size + SHIM_SIZE_OCTETS))
		abort();
	memcpy(shim_size_place(memory), &size, SHIM_SIZE_OCTETS);
	/* what is there is anything, unless zero was asked for */
	memset(memory, flags & __GFP_ZERO ? 0 : 0xa5, size);
	__atomic_add_fetch(&shim_alloc_out, size, __ATOMIC_RELAXED);
	return memory;
}

static inline void *kzalloc(size_t size, gfp_t flags)
{
	return kmalloc(size, flags | __GFP_ZERO);
}

static inline void *kcalloc(size_t count, size_t size, gfp_t flags)
{
	size_t octets;

	return __builtin_mul_overflow(count, size, &octets) ? NULL : kzalloc(octets, flags);
}

static inline void kfree(const void *memory)
{
	__atomic_sub_fetch(&shim_alloc_out, shim_size((void *)memory), __ATOMIC_RELAXED);
	free((void *)memory);
}

#define kvzalloc(size, flags)	kzalloc(size, flags)
#define get_order(size)		((size) > PAGE_SIZE ? __builtin_ctzl((size) / PAGE_SIZE) : 0)

/* Pages are asked for, not an object of their size. Each thread has its own. */
static __thread bool shim_pages __attribute__((unused));

static inline unsigned long __get_free_pages(gfp_t flags, unsigned int order)
{
	void *pages;

	shim_pages = true;
	pages = kmalloc(PAGE_SIZE << order, flags);
	shim_pages = false;
	return (unsigned long)pages;
}

#define __get_free_page(flags)	__get_free_pages(flags, 0)
#define free_pages(page, order)	((void)(order), kfree((void *)(page)))
#define free_page(page)		kfree((void *)(page))
#define kvfree(memory)		kfree(memory)

#endif /* SHIM_LINUX_SLAB_H */
