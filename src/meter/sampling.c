// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sampling: fewer records for a collector that cannot take all (flow sampling,
 * RFC 7014), or fewer packets to be metered by a router that cannot look at all
 * (packet sampling, RFC 5475).
 *
 * Flow records are selected as they are exported, when the parts of a flow have
 * been merged, so that it is one sequence for a namespace and its counts are exact.
 * Packets are selected on each CPU for itself: a sequence for all would be a cache
 * line that all of them write to. What is not selected is counted by its cause, so
 * that the account still adds up.
 *
 * Counts of records are those of the packets that were metered. To multiply them is
 * the collector's, which is told of the selector by options data.
 */
#include <linux/skbuff.h>

#include "instance.h"
#include "meter/sampling.h"

DEFINE_STATIC_KEY_FALSE(nfl_sampler_key);

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
 * nfl_sampler_passes() - is a packet to be looked at?
 * @cpu: the CPU, owned
 * @skb: the packet, not parsed yet
 *
 * One that stands for many on the wire is, since these are selected one by one.
 * The octets of one that is not are those behind its network header: hooks see
 * packets without what a frame may be padded with.
 *
 * Return: false if not, and it is counted.
 */
bool nfl_sampler_passes(struct nfl_cpu *cpu, const struct sk_buff *skb)
{
	const u32 selector = READ_ONCE(cpu->nf->sampler.selector);

	if (nfl_selector_mode(selector) < NFL_SELECT_PACKETS || skb_is_gso(skb) ||
	    nfl_selection_take(&cpu->selection, selector, 1))
		return true;
	count_unsampled(cpu, 1, skb->len - skb_network_offset(skb));
	return false;
}

/**
 * nfl_sampler_keeps() - is a packet to be metered?
 * @cpu: the CPU, owned
 * @skb: the packet, which nfl_sampler_passes() let pass
 * @packet: the same, parsed and hashed. Where only some of the packets that it
 *	stands for are selected, it stands for these from now on.
 *
 * The selector may have changed since: then the packet is selected by both.
 *
 * Return: false if not, and it is counted.
 */
bool nfl_sampler_keeps(struct nfl_cpu *cpu, const struct sk_buff *skb, struct nfl_packet *packet)
{
	const u32 selector = READ_ONCE(cpu->nf->sampler.selector);
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
 * nfl_sampler_record() - is a flow record to be exported?
 * @nf: the namespace, its exporter locked
 * @flow: the flow, none of whose parts is elsewhere
 *
 * Return: false if not, and it is counted.
 */
bool nfl_sampler_record(struct netflow *nf, const struct nfl_flow *flow)
{
	struct nfl_sampler *sampler = &nf->sampler;
	const u32 selector = sampler->selector;

	if (!selector)
		return true;
	if (nfl_selector_mode(selector) <= NFL_SELECT_FLOWS_RANDOM &&
	    !nfl_selection_take(&sampler->records, selector, 1)) {
		nfl_account_add(&sampler->discarded, flow);
		nfl_account_add(&nf->export.discarded, flow);
		return false;
	}
	nfl_account_add(&sampler->selected, flow);
	return true;
}

/**
 * nfl_sampler_counts() - what the selector saw since it was set
 * @nf: the namespace, its exporter locked
 * @counts: where to
 */
void nfl_sampler_counts(struct netflow *nf, struct nfl_sampler_counts *counts)
{
	const struct nfl_sampler *sampler = &nf->sampler;
	struct nfl_cpu_sums sums;

	counts->flows = sampler->selected.flows + sampler->discarded.flows;
	counts->selected_flows = sampler->selected.flows;
	if (nfl_selector_mode(sampler->selector) <= NFL_SELECT_FLOWS_RANDOM) {
		counts->packets = sampler->selected.packets + sampler->discarded.packets;
		counts->selected_packets = sampler->selected.packets;
		return;
	}
	nfl_cpu_sums(nf, -1, &sums);
	counts->packets = sums.counter[NFL_SEEN_PACKETS] - sums.counter[NFL_LOST_PACKETS] -
			  sampler->packets_before;
	counts->selected_packets = counts->packets + sampler->unsampled_before -
				   sums.counter[NFL_UNSAMPLED_PACKETS];
}

/**
 * nfl_sampler_reset_counts() - begin to count anew
 * @nf: the namespace, its exporter locked
 */
void nfl_sampler_reset_counts(struct netflow *nf)
{
	struct nfl_sampler *sampler = &nf->sampler;
	struct nfl_cpu_sums sums;

	nfl_cpu_sums(nf, -1, &sums);
	memset(&sampler->selected, 0, sizeof(sampler->selected));
	memset(&sampler->discarded, 0, sizeof(sampler->discarded));
	sampler->packets_before = sums.counter[NFL_SEEN_PACKETS] - sums.counter[NFL_LOST_PACKETS];
	sampler->unsampled_before = sums.counter[NFL_UNSAMPLED_PACKETS];
}

/**
 * nfl_sampler_set() - sample otherwise from now on
 * @nf: the namespace, its settings locked, or being made or dying
 * @selector: how, 0 for not at all
 *
 * What was metered before is exported first, as the old selector has it.
 *
 * Context: process; sleeps.
 */
void nfl_sampler_set(struct netflow *nf, u32 selector)
{
	const u32 old = nf->sampler.selector;

	if (selector == old)
		return;
	nfl_export_flush(nf);
	if (!old)
		static_branch_inc(&nfl_sampler_key);
	mutex_lock(&nf->export.lock);
	/* a message of NetFlow v5 says of all its records how they were sampled */
	nfl_export_close_messages(nf);
	nfl_sampler_reset_counts(nf);
	nf->sampler.records.selector = 0;
	WRITE_ONCE(nf->sampler.selector, selector);
	nfl_export_set_added(nf, BIT(NFL_EXTRA_SELECTOR), selector);
	mutex_unlock(&nf->export.lock);
	if (!selector)
		static_branch_dec(&nfl_sampler_key);
	nfl_export_announce(nf);
}
