// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for tables: see memory.h.
 *
 * A chunk is of 64 KiB where so many contiguous pages are free, which is faster to walk,
 * and else of a single page. So nobody waits for contiguous pages, and a table needs
 * none; nor is anything mapped, since vmalloc() and vmap() take memory of their own with
 * flags that are not ours. A table begins with single pages in any case: most are small.
 *
 * In a packet's way memory is taken without sleeping. Where there is none, a work item
 * brings some, which may have pages reclaimed.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>

#include "base/alloc.h"
#include "base/machine.h"
#include "flow/flow.h"
#include "meter/memory.h"

/* For how long a table does not grow once a process was about to be killed for want of memory. */
#define PAUSE	HZ

static void put(void *address, size_t size)
{
	if (size == NFL_CHUNK_SIZE)
		free_pages((unsigned long)address, get_order(NFL_CHUNK_SIZE));
	else
		nfl_piece_free(address);
}

static void hold(struct nfl_memory *memory, size_t size)
{
	WRITE_ONCE(memory->held, memory->held + size);
}

static void starve(struct nfl_memory *memory)
{
	WRITE_ONCE(memory->starved, true);
}

/**
 * nfl_memory_piece() - have memory for a segment, or for a small chunk
 * @memory: the table's memory
 *
 * Return: NFL_PIECE_SIZE octets, or NULL.
 */
void *nfl_memory_piece(struct nfl_memory *memory)
{
	void *address;

	if (memory->count)
		return memory->pieces[--memory->count];
	address = nfl_piece_alloc(NFL_GFP_PACKET);
	if (address)
		hold(memory, NFL_PIECE_SIZE);
	else
		starve(memory);
	return address;
}

/* Is the table not to grow? Flows are evicted for new ones then; it keeps enough for that. */
static bool is_paused(struct nfl_memory *memory)
{
	if (memory->paused && time_after_eq(jiffies, memory->pause_end))
		memory->paused = false;
	return memory->paused && memory->held >= NFL_CHUNK_SIZE;
}

/**
 * nfl_memory_pause() - have a table not grow for a while
 * @memory: the table's memory, some of which others need
 */
void nfl_memory_pause(struct nfl_memory *memory)
{
	memory->paused = true;
	memory->pause_end = jiffies + PAUSE;
}

/**
 * nfl_memory_chunk() - have memory for a chunk
 * @memory: the table's memory
 * @size: how large it is: NFL_CHUNK_SIZE or NFL_PIECE_SIZE
 *
 * Return: so many octets, or NULL.
 */
void *nfl_memory_chunk(struct nfl_memory *memory, size_t *size)
{
	void *address;

	if (unlikely(is_paused(memory)))
		return NULL;
	/* what is in store is not in use */
	if (memory->held >= NFL_CHUNK_SIZE + memory->count * NFL_PIECE_SIZE) {
		address = (void *)__get_free_pages(NFL_GFP_FREE, get_order(NFL_CHUNK_SIZE));
		if (address) {
			*size = NFL_CHUNK_SIZE;
			hold(memory, NFL_CHUNK_SIZE);
			return address;
		}
	}
	*size = NFL_PIECE_SIZE;
	return nfl_memory_piece(memory);
}

/**
 * nfl_memory_put() - give memory of a chunk or a segment back
 * @memory: the table's memory
 * @address: where it is
 * @size: how large it is
 */
void nfl_memory_put(struct nfl_memory *memory, void *address, size_t size)
{
	put(address, size);
	hold(memory, -size);
}

/**
 * nfl_memory_array() - have memory for an array
 * @memory: the table's memory
 * @size: octets
 *
 * Return: so many octets, all zero, or NULL.
 */
void *nfl_memory_array(struct nfl_memory *memory, size_t size)
{
	void *array = memory->array;

	if (array && memory->array_size == size) {
		memory->array = NULL;
		return array;
	}
	array = kzalloc(size, size > PAGE_SIZE ? NFL_GFP_FREE : NFL_GFP_PACKET);
	if (array) {
		WRITE_ONCE(memory->array_wanted, 0);
		hold(memory, size);
	} else {
		WRITE_ONCE(memory->array_wanted, size);
		starve(memory);
	}
	return array;
}

/**
 * nfl_memory_array_put() - give an array's memory back
 * @memory: the table's memory
 * @array: the array, or NULL
 * @size: how large it is
 */
void nfl_memory_array_put(struct nfl_memory *memory, void *array, size_t size)
{
	if (!array)
		return;
	kvfree(array);
	hold(memory, -size);
}

/**
 * nfl_memory_feed() - bring memory to a table
 * @memory: the table's memory
 * @supply: what is brought, of which it takes what it needs
 */
void nfl_memory_feed(struct nfl_memory *memory, struct nfl_supply *supply)
{
	WRITE_ONCE(memory->starved, false);
	while (supply->count && memory->count < NFL_SUPPLY_PIECES) {
		memory->pieces[memory->count++] = supply->pieces[--supply->count];
		hold(memory, NFL_PIECE_SIZE);
	}
	if (supply->array) {
		/* one that is there already has another size than is wanted now */
		if (memory->array)
			hold(memory, -memory->array_size);
		swap(memory->array, supply->array);
		swap(memory->array_size, supply->array_size);
		hold(memory, memory->array_size);
		WRITE_ONCE(memory->array_wanted, 0);
	}
}

/**
 * nfl_memory_trim() - free what is in store
 * @memory: the memory of a table
 */
void nfl_memory_trim(struct nfl_memory *memory)
{
	while (memory->count)
		nfl_memory_put(memory, memory->pieces[--memory->count], NFL_PIECE_SIZE);
	nfl_memory_array_put(memory, memory->array, memory->array_size);
	memory->array = NULL;
}

/**
 * nfl_memory_end() - forget the memory of a table
 * @memory: the memory, of which the table has given back all but what is in store
 */
void nfl_memory_end(struct nfl_memory *memory)
{
	nfl_memory_trim(memory);
	WARN_ON_ONCE(memory->held);	/* something was forgotten */
	*memory = (struct nfl_memory) { };
}

/**
 * nfl_supply_get() - have memory for a table that was refused some
 * @supply: to be filled, as far as there is memory; nfl_supply_free() frees what is left
 * @memory: the table's memory, which need not be owned
 *
 * Context: process; sleeps.
 */
void nfl_supply_get(struct nfl_supply *supply, const struct nfl_memory *memory)
{
	*supply = (struct nfl_supply) { .array_size = READ_ONCE(memory->array_wanted) };
	while (supply->count < NFL_SUPPLY_PIECES) {
		void *piece = nfl_piece_alloc(NFL_GFP_WORKER);

		if (!piece)
			break;
		supply->pieces[supply->count++] = piece;
	}
	if (supply->array_size)
		supply->array = nfl_alloc(supply->array_size);
}

/**
 * nfl_supply_free() - free what a table did not need
 * @supply: the memory
 */
void nfl_supply_free(struct nfl_supply *supply)
{
	while (supply->count)
		put(supply->pieces[--supply->count], NFL_PIECE_SIZE);
	kvfree(supply->array);
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
