// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows that leave a round, appended to the log of flows.
 *
 * What a record says that its flow does not know is fixed here, since it may be another when
 * the record is sent: numbers of interfaces, prefix lengths, the selector, extra fields that
 * all records have.
 *
 * Context of all functions: process, under the lock of rounds unless noted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "export/append.h"
#include "export/exporter.h"
#include "flow/fields.h"
#include "meter/aggregation.h"
#include "meter/batch.h"
#include "meter/sampling.h"

static void tell_withheld(struct nfl_exporter *export)
{
	if (READ_ONCE(export->told_withheld))
		return;
	WRITE_ONCE(export->told_withheld, true);
	pr_info("IPv6 flows are counted, but cannot be exported: NetFlow 5 has no IPv6, use protocol 9 or 10\n");
}

/**
 * nfl_append_check_ipv6() - say so in the log, once, if IPv6 cannot be exported
 * @export: the exporter
 *
 * Context: any; no lock is needed.
 */
void nfl_append_check_ipv6(struct nfl_exporter *export)
{
	if (nfl_transport_uses_only_netflow5(&export->transport))
		tell_withheld(export);
}

static void renumber(struct nfl_exporter *export, u32 *index)
{
	*index = nfl_interface_number(&export->interfaces.numbers, *index);
}

/* Replace the indices of interfaces by their numbers. */
static void renumber_flow(struct nfl_exporter *export, enum nfl_family family,
			  struct nfl_flow *flow)
{
	void *key = nfl_flow_key(flow);

	renumber(export, nfl_family_is_ipv4(family) ? &((struct nfl_key4 *)key)->iif :
						      &((struct nfl_key6 *)key)->iif);
	renumber(export, &flow->oif);
	if (nfl_family_is_wide(family)) {
		renumber(export, &nfl_flow_wide(flow, family)->details.physical_iif);
		renumber(export, &nfl_flow_wide(flow, family)->details.physical_oif);
	}
}

static void add_lengths(struct nfl_exporter *export, enum nfl_family family,
			struct nfl_flow *flow)
{
	u8 source = 0, destination = 0;

	nfl_aggregation_lengths(nfl_aggregation_locked(export->meter, &export->round_lock),
				family, nfl_flow_key(flow), &source, &destination);
	flow->next = nfl_stored_lengths(source, destination);
}

static void flow_write(struct nfl_exporter *export, enum nfl_family family, u16 added,
		       const struct nfl_flow *flow, struct nfl_flow *to)
{
	/* of a constant length for the most frequent family */
	if (likely(family == NFL_IPV4))
		memcpy(to, flow, sizeof(struct nfl_flow4));
	else
		memcpy(to, flow, nfl_flow_size(family));
	if (READ_ONCE(export->interfaces.numbers.rules))
		renumber_flow(export, family, to);
	if (added & NFL_EXTRAS_OF_AGGREGATION)
		add_lengths(export, family, to);
}

/**
 * nfl_append_flows() - append the flows of a batch that are selected
 * @export: the exporter
 * @batch: the batch
 * @from: the number of the first flow
 *
 * Return: the number of the first flow for which there is no room or no memory; the number
 * of flows in the batch if there is none.
 */
unsigned int nfl_append_flows(struct nfl_exporter *export, const struct nfl_batch *batch,
			      unsigned int from)
{
	const enum nfl_family family = batch->family;
	struct nfl_log *log = &export->transport.log[NFL_LOG_FLOWS];
	const struct nfl_block_context context = {
		.selector = export->meter->selector,
		.added = export->added,
		.kind = NFL_LOG_FLOWS,
		.family = family,
		.size = nfl_flow_size(family),
	};
	struct nfl_selected selected = { };
	unsigned int i = from;

	if (unlikely(!nfl_family_is_ipv4(family)))
		nfl_append_check_ipv6(export);
	while (i < batch->count) {
		struct nfl_block *block = nfl_log_begin(log, &context);
		struct nfl_account sum = { };
		unsigned int room, n = 0;

		if (IS_ERR(block)) {
			/* the sender says when there is room */
			if (PTR_ERR(block) == -ENOSPC)
				nfl_transport_is_full(&export->transport, NFL_LOG_FLOWS);
			break;
		}
		room = nfl_block_room(block);
		for (; i < batch->count && n < room; i++) {
			const struct nfl_flow *flow = nfl_batch_flow(batch, i);

			if (!flow->packets)
				continue;
			if (nfl_sampling_wanted() &&
			    !nfl_flow_selection_takes(&export->selection, flow, &selected))
				continue;
			flow_write(export, family, context.added, flow,
				   nfl_block_record(block, block->count + n));
			nfl_account_add(&sum, flow);
			n++;
		}
		nfl_log_end(log, block, n, &sum);
	}
	if (nfl_sampling_wanted())
		nfl_flow_selection_count(&export->selection, &selected);
	return i;
}
