/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rings of a CPU: packets wait there, parsed, until their flows are near.
 *
 * Looking a flow up costs two memory accesses that miss every cache once there
 * are many flows, and each takes longer than all the rest together. So a packet
 * is not looked up when it comes. It is parsed into the next slot of a small
 * ring, its bucket is prefetched, and the packet goes on. A packet that finds
 * the ring full has all that are in it worked off together: their buckets are in
 * the cache by now, and all their entries are prefetched before the first is
 * touched. A timer works off a ring that does not fill (timer.c), and so does
 * everything that reads or walks a table, first.
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
