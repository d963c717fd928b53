/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rings of a CPU: parsed packets wait there until their flows are in the cache.
 *
 * With many flows, the lookup of a flow has two cache misses, and each takes longer than the
 * rest of the packet path. So a flow is not looked up when the packet arrives. The packet is
 * parsed into the next slot of a small ring and its bucket is prefetched. When a packet finds
 * the ring full, all packets in the ring are worked off together: their buckets are in the
 * cache by then, and all entries are prefetched before the first one is accessed. A timer
 * works off a ring that does not fill (timer.c). Functions that read or walk a table work off
 * the rings first.
 */
#ifndef NFL_METER_RING_H
#define NFL_METER_RING_H

#include "meter/cpu.h"

static __always_inline struct nfl_packet *nfl_ring_slot(struct nfl_cpu *cpu, unsigned int i,
							enum nfl_family family)
{
	switch (family) {
	case NFL_IPV4:
		return &cpu->ring4[i].packet;
	case NFL_IPV6:
		return &cpu->ring6[i].packet;
	case NFL_IPV4_WIDE:
		return &cpu->ring4_wide[i].packet;
	default:
		return &cpu->ring6_wide[i].packet;
	}
}

static __always_inline unsigned int nfl_ring_size(enum nfl_family family)
{
	return nfl_family_is_ipv4(family) ? NFL_RING4 : NFL_RING6;
}

void nfl_ring4_work_off(struct nfl_cpu *cpu);
void nfl_ring6_work_off(struct nfl_cpu *cpu);
void nfl_ring4_wide_work_off(struct nfl_cpu *cpu);
void nfl_ring6_wide_work_off(struct nfl_cpu *cpu);
void nfl_rings_work_off(struct nfl_cpu *cpu);

static __always_inline void nfl_ring_work_off(struct nfl_cpu *cpu, enum nfl_family family)
{
	switch (family) {
	case NFL_IPV4:
		nfl_ring4_work_off(cpu);
		break;
	case NFL_IPV6:
		nfl_ring6_work_off(cpu);
		break;
	case NFL_IPV4_WIDE:
		nfl_ring4_wide_work_off(cpu);
		break;
	default:
		nfl_ring6_wide_work_off(cpu);
		break;
	}
}

#endif /* NFL_METER_RING_H */
