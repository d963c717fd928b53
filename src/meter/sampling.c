// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sampling of packets (RFC 5475), for a router that cannot meter all packets.
 *
 * Each CPU selects packets in a sequence of its own: a common sequence would be a cache line
 * that all CPUs write to. Packets that are not selected are counted, so that the account
 * still adds up.
 */
#include <linux/math64.h>
#include <linux/skbuff.h>

#include "meter/cpu.h"
#include "meter/meter.h"
#include "meter/sampling.h"

DEFINE_STATIC_KEY_FALSE(nfl_sampling_key);

static void count_unsampled(struct nfl_cpu *cpu, u32 packets, u32 octets)
{
	u64_stats_update_begin(&cpu->stats.sync);
	nfl_stats_add(&cpu->stats.counter[NFL_SEEN_PACKETS], packets);
	nfl_stats_add(&cpu->stats.counter[NFL_SEEN_OCTETS], octets);
	nfl_stats_add(&cpu->stats.counter[NFL_UNSAMPLED_PACKETS], packets);
	nfl_stats_add(&cpu->stats.counter[NFL_UNSAMPLED_OCTETS], octets);
	u64_stats_update_end(&cpu->stats.sync);
}

/**
 * nfl_sampling_passes() - is a packet selected, before it is parsed?
 * @cpu: the CPU, owned
 * @skb: the packet, not parsed yet
 *
 * A GSO packet always passes: nfl_sampling_keeps() selects among its segments. The octets of
 * a packet that is not selected are counted from the start of its network header. Packets
 * at hooks have no padding of the frame.
 *
 * Return: false if the packet is not selected; it has been counted.
 */
bool nfl_sampling_passes(struct nfl_cpu *cpu, const struct sk_buff *skb)
{
	const u32 selector = READ_ONCE(cpu->meter->selector);

	if (nfl_selector_mode(selector) < NFL_SELECT_PACKETS || skb_is_gso(skb) ||
	    nfl_selection_take(&cpu->selection, selector, 1))
		return true;
	count_unsampled(cpu, 1, skb->len - skb_network_offset(skb));
	return false;
}

/**
 * nfl_sampling_passes_parsed() - the same for a packet that has been parsed before
 * @cpu: the CPU, owned
 * @packet: the packet
 * @gso: it is several packets on the wire
 *
 * Return: false if the packet is not selected; it has been counted.
 */
bool nfl_sampling_passes_parsed(struct nfl_cpu *cpu, const struct nfl_packet *packet, bool gso)
{
	const u32 selector = READ_ONCE(cpu->meter->selector);

	if (nfl_selector_mode(selector) < NFL_SELECT_PACKETS || gso ||
	    nfl_selection_take(&cpu->selection, selector, 1))
		return true;
	count_unsampled(cpu, 1, packet->octets);
	return false;
}

/**
 * nfl_sampling_keeps() - is a packet selected, after it is parsed?
 * @cpu: the CPU, owned
 * @packet: the parsed packet, with its hash, which nfl_sampling_passes() has selected. If only
 *	some segments of a GSO packet are selected, its packets and octets are reduced to these.
 * @gso: it is several packets on the wire
 *
 * If the selector has changed since nfl_sampling_passes(), both selectors apply.
 *
 * Return: false if the packet is not selected; it has been counted.
 */
bool nfl_sampling_keeps(struct nfl_cpu *cpu, struct nfl_packet *packet, bool gso)
{
	const u32 selector = READ_ONCE(cpu->meter->selector);
	u32 selected = packet->packets, octets = packet->octets;

	if (nfl_selector_mode(selector) == NFL_SELECT_HASH) {
		if (!nfl_selector_hash(selector, packet->hash))
			selected = 0;
	} else if (nfl_selector_mode(selector) >= NFL_SELECT_PACKETS && gso) {
		selected = nfl_selection_take(&cpu->selection, selector, packet->packets);
	}
	if (selected == packet->packets)
		return true;
	/* all segments except the last have the same size */
	octets = div_u64((u64)octets * selected, packet->packets);
	count_unsampled(cpu, packet->packets - selected, packet->octets - octets);
	packet->packets = selected;
	packet->octets = octets;
	return selected;
}

/**
 * nfl_sampling_use() - change the sampling
 * @meter: the metering process
 * @selector: the new selector, 0 for none
 *
 * Context: process; sleeps. Calls must be serialised.
 */
void nfl_sampling_use(struct nfl_meter *meter, u32 selector)
{
	const u32 old = meter->selector;

	if (selector && !old)
		static_branch_inc(&nfl_sampling_key);
	WRITE_ONCE(meter->selector, selector);
	if (old && !selector)
		static_branch_dec(&nfl_sampling_key);
}
