// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sampling of packets (RFC 5475), for a router that cannot look at all.
 *
 * Packets are selected on each CPU for itself: a sequence for all would be a cache
 * line that all of them write to. What is not selected is counted by its cause, so
 * that the account still adds up.
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
 * nfl_sampling_passes() - is a packet to be looked at?
 * @cpu: the CPU, owned
 * @skb: the packet, not parsed yet
 *
 * One that stands for many on the wire is, since these are selected one by one.
 * The octets of one that is not are those behind its network header: hooks see
 * packets without what a frame may be padded with.
 *
 * Return: false if not, and it is counted.
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
 * nfl_sampling_keeps() - is a packet to be metered?
 * @cpu: the CPU, owned
 * @skb: the packet, which nfl_sampling_passes() let pass
 * @packet: the same, parsed and hashed. Where only some of the packets that it
 *	stands for are selected, it stands for these from now on.
 *
 * The selector may have changed since: then the packet is selected by both.
 *
 * Return: false if not, and it is counted.
 */
bool nfl_sampling_keeps(struct nfl_cpu *cpu, const struct sk_buff *skb, struct nfl_packet *packet)
{
	const u32 selector = READ_ONCE(cpu->meter->selector);
	u32 selected = packet->packets, octets = packet->octets;

	if (nfl_selector_mode(selector) == NFL_SELECT_HASH) {
		if (!nfl_selector_hash(selector, packet->hash))
			selected = 0;
	} else if (nfl_selector_mode(selector) >= NFL_SELECT_PACKETS && skb_is_gso(skb)) {
		selected = nfl_selection_take(&cpu->selection, selector, packet->packets);
	}
	if (selected == packet->packets)
		return true;
	/* segments are of one size but for the last */
	octets = div_u64((u64)octets * selected, packet->packets);
	count_unsampled(cpu, packet->packets - selected, packet->octets - octets);
	packet->packets = selected;
	packet->octets = octets;
	return selected;
}

/**
 * nfl_sampling_use() - sample otherwise from now on
 * @meter: the metering process
 * @selector: how, 0 for not at all
 *
 * Context: process; sleeps. Callers exclude each other.
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
