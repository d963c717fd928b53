/* SPDX-License-Identifier: GPL-2.0-only */
#include "slab.h"

/* Its pages are single ones: it asks for one after the other. */
static bool shim_vmalloc __attribute__((unused));

static inline void *__vmalloc(size_t size, gfp_t flags)
{
	void *memory;

	shim_vmalloc = true;
	memory = kmalloc(size, flags);
	shim_vmalloc = false;
	return memory;
}
