/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How memory is asked for, so that a flood does no harm to others:
 *
 * Packets take what is free. They do not touch the reserves, since those are for what
 * cannot fail, and a flow can.
 *
 * Work items may have single pages reclaimed. They never invoke the OOM killer: a request
 * with __GFP_NORETRY fails before that. Contiguous pages they take only where they are
 * free; nothing is reclaimed or moved for these.
 */
#ifndef NFL_BASE_ALLOC_H
#define NFL_BASE_ALLOC_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define NFL_GFP_PACKET	(GFP_NOWAIT | __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC)
#define NFL_GFP_WORKER	(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY)

/* For contiguous pages: does not even wake who reclaims. */
#define NFL_GFP_FREE	(__GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC)

/* What a batch, a small chunk and a segment of an index take: a page, where pages are small. */
#define NFL_PIECE_SIZE	4096

/*
 * Memory of NFL_PIECE_SIZE, aligned by its size. kmalloc() is only for machines with larger
 * pages: it takes some hundred instructions more.
 */
static inline void *nfl_piece_alloc(gfp_t flags)
{
	if (PAGE_SIZE > NFL_PIECE_SIZE)
		return kmalloc(NFL_PIECE_SIZE, flags);
	return (void *)__get_free_page(flags);
}

static inline void nfl_piece_free(void *piece)
{
	if (PAGE_SIZE > NFL_PIECE_SIZE)
		kfree(piece);
	else
		free_page((unsigned long)piece);
}

/**
 * nfl_alloc() - have memory for a work item
 * @size: octets, any number
 *
 * vmalloc() takes single pages with our flags, but its own descriptions and page tables
 * with GFP_KERNEL, on all kernels. Without __GFP_FS these do not invoke the OOM killer.
 *
 * Context: process; sleeps.
 * Return: the memory, all zero, for kvfree(); or NULL.
 */
static inline void *nfl_alloc(size_t size)
{
	unsigned int nofs;
	void *memory;

	if (size <= PAGE_SIZE)
		return kzalloc(size, NFL_GFP_WORKER);
	memory = kzalloc(size, NFL_GFP_FREE);
	if (memory)
		return memory;
	nofs = memalloc_nofs_save();
	memory = __vmalloc(size, NFL_GFP_WORKER | __GFP_ZERO);
	memalloc_nofs_restore(nofs);
	return memory;
}

#endif /* NFL_BASE_ALLOC_H */
