/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How large the machine is, which bounds what the module may hold.
 */
#ifndef NFL_BASE_MACHINE_H
#define NFL_BASE_MACHINE_H

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/types.h>

/*
 * RAM that the kernel can use for itself, in octets: MemTotal of /proc/meminfo, without what
 * machines with 32 bits can use for processes only.
 */
static inline u64 nfl_machine_memory(void)
{
	return (u64)(totalram_pages() - totalhigh_pages()) * PAGE_SIZE;
}

#endif /* NFL_BASE_MACHINE_H */
