// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that count if they are not seen again: those of a frame that a flowtable may take
 * (observe/flowtable.c). nfl_meter_hold() parses them, nfl_meter_forget() removes them. What
 * was not removed is counted here, when the next frame is held, when the rings are worked
 * off: by the timer some milliseconds later, and before a table is read or walked.
 *
 * It is decided in one run of a device's hooks, on one CPU with bottom halves off, whether a
 * packet is removed. Nothing that works off the rings runs in between.
 */
#include "meter/held.h"
#include "meter/ring.h"
#include "meter/sampling.h"

static size_t packet_size(enum nfl_family family)
{
	switch (family) {
	case NFL_IPV4:
		return sizeof(struct nfl_packet4);
	case NFL_IPV6:
		return sizeof(struct nfl_packet6);
	case NFL_IPV4_WIDE:
		return sizeof(struct nfl_packet4_wide);
	default:
		return sizeof(struct nfl_packet6_wide);
	}
}

static void count(struct nfl_cpu *cpu, struct nfl_held *held)
{
	const enum nfl_family family = held->family;
	u32 slot;

	if (nfl_sampling_wanted() &&
	    !nfl_sampling_passes_parsed(cpu, &held->packet, held->gso))
		return;
	if (held->packet.later_fragment)
		nfl_count(cpu, NFL_LATER_FRAGMENTS, 1);
	if (nfl_sampling_wanted() && !nfl_sampling_keeps(cpu, &held->packet, held->gso))
		return;
	if (cpu->ring_count[family] == nfl_ring_size(family))
		nfl_ring_work_off(cpu, family);
	slot = cpu->ring_count[family];
	memcpy(nfl_ring_slot(cpu, slot, family), &held->packet, packet_size(family));
	WRITE_ONCE(cpu->ring_count[family], slot + 1);
}

/**
 * nfl_held_count() - put the packets that are held into their rings
 * @cpu: the CPU, owned, or offline
 */
void nfl_held_count(struct nfl_cpu *cpu)
{
	u32 i;

	for (i = 0; i < cpu->held_count; i++)
		count(cpu, &cpu->held[i]);
	WRITE_ONCE(cpu->held_count, 0);
}
