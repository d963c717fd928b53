// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which share of the load a record belongs to.
 *
 * The two end points decide, in whatever order: both directions of a connection, and all
 * events of its NAT session, belong to one share. The ports are left out where they are not
 * those of the connection in both directions, such as type and code of ICMP.
 *
 * Options data belong to all shares.
 */
#include <linux/bitops.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/jhash.h>
#include <linux/string.h>

#include "transport/share.h"

/* An end point. */
struct point {
	u32 address[4];
	u32 port;
};

static bool has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
	case IPPROTO_SCTP:
		return true;
	}
	return false;
}

static u32 hash_points(const struct point *a, const struct point *b)
{
	const bool in_order = memcmp(a, b, sizeof(*a)) < 0;
	const struct point *first = in_order ? a : b, *second = in_order ? b : a;

	return jhash2((const u32 *)second, sizeof(*second) / sizeof(u32),
		      jhash2((const u32 *)first, sizeof(*first) / sizeof(u32), 0));
}

static u32 hash_flow(const struct nfl_block *block, unsigned int index)
{
	const void *key = nfl_flow_key(nfl_block_record(block, index));
	struct point source = { }, destination = { };

	if (nfl_family_is_ipv4(block->family)) {
		const struct nfl_key4 *key4 = key;

		source.address[0] = (__force u32)key4->saddr;
		destination.address[0] = (__force u32)key4->daddr;
		if (has_ports(key4->protocol)) {
			source.port = (__force u16)key4->ports.sport;
			destination.port = (__force u16)key4->ports.dport;
		}
	} else {
		const struct nfl_key6 *key6 = key;

		memcpy(source.address, &key6->saddr, sizeof(source.address));
		memcpy(destination.address, &key6->daddr, sizeof(destination.address));
		if (has_ports(key6->protocol)) {
			source.port = (__force u16)key6->ports.sport;
			destination.port = (__force u16)key6->ports.dport;
		}
	}
	return hash_points(&source, &destination);
}

static u32 hash_event(const struct nfl_block *block, unsigned int index)
{
	const struct nfl_stored_event *event = nfl_block_record(block, index);
	struct point source = { }, destination = { };

	memcpy(source.address, &event->before.source, sizeof(source.address));
	memcpy(destination.address, &event->before.destination, sizeof(destination.address));
	if (has_ports(event->record.protocol)) {
		source.port = (__force u16)event->before.source_port;
		destination.port = (__force u16)event->before.destination_port;
	}
	return hash_points(&source, &destination);
}

/**
 * nfl_share_select() - select the records of a share
 * @share: the share, one of several
 * @block: the block
 * @records: a bit for each record that is asked about
 *
 * Return: the bits of those that belong to the share.
 */
u64 nfl_share_select(const struct nfl_share *share, const struct nfl_block *block, u64 records)
{
	u64 selected = 0, rest;
	unsigned int index;
	u32 hash;

	if (block->kind == NFL_LOG_OPTIONS)
		return records;
	for (rest = records; rest; rest &= rest - 1) {
		index = __ffs64(rest);
		hash = block->kind == NFL_LOG_FLOWS ? hash_flow(block, index) :
						      hash_event(block, index);
		if (hash % share->of == share->number)
			selected |= BIT_ULL(index);
	}
	return selected;
}
