// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for tables: see memory.h.
 *
 * In a packet's way it is taken without sleeping and without the reserves for
 * emergencies. Contiguous pages are not always to be had so; a work item then brings
 * some.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "base/machine.h"
#include "flow/flow.h"
#include "meter/memory.h"

#define PACKET_GFP	(GFP_ATOMIC | __GFP_NOWARN | __GFP_NOMEMALLOC)

static void starve(struct nfl_memory *memory)
{
	WRITE_ONCE(memory->starved, true);
}

/**
 * nfl_memory_get() - have memory for a chunk or a segment, which have one size
 * @memory: the table's store
 * @zero: it must be zero
 *
 * Return: NFL_CHUNK_SIZE octets, or NULL.
 */
void *nfl_memory_get(struct nfl_memory *memory, bool zero)
{
	void *address = memory->spare;

	if (address) {
		memory->spare = NULL;
		return address;
	}
	address = kmalloc(NFL_CHUNK_SIZE, PACKET_GFP | __GFP_NORETRY | (zero ? __GFP_ZERO : 0));
	if (!address)
		starve(memory);
	return address;
}

/**
 * nfl_memory_array() - have memory for an array
 * @memory: the table's store
 * @size: octets
 *
 * Return: so many octets or more, all zero, or NULL.
 */
void *nfl_memory_array(struct nfl_memory *memory, size_t size)
{
	void *array = memory->array;

	if (array && memory->array_size >= size) {
		memory->array = NULL;
		return array;
	}
	array = kzalloc(size, PACKET_GFP);
	if (array) {
		WRITE_ONCE(memory->array_wanted, 0);
	} else {
		WRITE_ONCE(memory->array_wanted, size);
		starve(memory);
	}
	return array;
}

/**
 * nfl_memory_put() - give memory back
 * @address: what one of the two above returned, or NULL
 */
void nfl_memory_put(void *address)
{
	kvfree(address);
}

/**
 * nfl_memory_feed() - bring memory to a store
 * @memory: the store
 * @supply: the memory, of which it takes what it needs
 */
void nfl_memory_feed(struct nfl_memory *memory, struct nfl_supply *supply)
{
	WRITE_ONCE(memory->starved, false);
	if (!memory->spare)
		swap(memory->spare, supply->memory);
	if (supply->array) {
		/* one that is there already was too small */
		swap(memory->array, supply->array);
		swap(memory->array_size, supply->array_size);
		WRITE_ONCE(memory->array_wanted, 0);
	}
}

/**
 * nfl_memory_end() - free what is in store
 * @memory: the store, which is empty then
 */
void nfl_memory_end(struct nfl_memory *memory)
{
	nfl_memory_put(memory->spare);
	nfl_memory_put(memory->array);
	*memory = (struct nfl_memory) { };
}

/**
 * nfl_supply_get() - have memory for a table that was refused some
 * @supply: to be filled, as far as there is memory; nfl_supply_free() frees what is left
 * @memory: the table's store, which need not be owned
 *
 * Context: process; sleeps.
 */
void nfl_supply_get(struct nfl_supply *supply, const struct nfl_memory *memory)
{
	*supply = (struct nfl_supply) {
		.memory = kvzalloc(NFL_CHUNK_SIZE, GFP_KERNEL | __GFP_NOWARN),
		.array_size = READ_ONCE(memory->array_wanted),
	};
	if (supply->array_size)
		supply->array = kvzalloc(supply->array_size, GFP_KERNEL | __GFP_NOWARN);
}

/**
 * nfl_supply_free() - free what a table did not need
 * @supply: the memory
 */
void nfl_supply_free(struct nfl_supply *supply)
{
	nfl_memory_put(supply->memory);
	nfl_memory_put(supply->array);
}

/**
 * nfl_memory_maxflows() - the initial value of maxflows on this machine
 *
 * That many IPv6 flows, the largest that a default configuration has, take a twentieth of
 * RAM. IPv4 flows take a bit more than half of that; wide ones, which only the settings
 * fields and natfields make, 1.7 times as much.
 *
 * Return: flows.
 */
u32 nfl_memory_maxflows(void)
{
	const u64 cost = nfl_flow_size(NFL_IPV6) + NFL_FLOW_OVERHEAD;

	return min_t(u64, div64_u64(nfl_machine_memory() * NFL_FLOWS_PERCENT, 100 * cost),
		     NFL_FLOWS_MOST);
}
