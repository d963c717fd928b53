// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of flows: what is told of a flow, and in how many records.
 *
 * Context: process, under the exporter's lock unless noted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "export/exporter.h"
#include "export/flow_record.h"
#include "flow/fields.h"
#include "meter/aggregation.h"
#include "meter/sampling.h"
#include "protocol/message.h"
#include "protocol/template.h"

static void tell_withheld(struct nfl_exporter *export)
{
	if (export->told_withheld)
		return;
	export->told_withheld = true;
	pr_info("IPv6 flows are counted, but cannot be exported: NetFlow 5 has no IPv6, use protocol 9 or 10\n");
}

/**
 * nfl_export_check_ipv6() - say so in the log, once, if IPv6 cannot be exported
 * @export: the exporter
 *
 * Context: process.
 */
void nfl_export_check_ipv6(struct nfl_exporter *export)
{
	mutex_lock(&export->lock);
	if (nfl_transport_uses_only_netflow5(&export->transport))
		tell_withheld(export);
	mutex_unlock(&export->lock);
}

/* NetFlow v5 is in use and cannot tell of this flow. Returns whether nobody is told. */
static bool flow_withheld(struct nfl_exporter *export, const struct nfl_flow *flow)
{
	nfl_account_add(&export->account.withheld, flow);
	if (!nfl_transport_uses_only_netflow5(&export->transport))
		return false;
	nfl_account_add(&export->account.lost_withheld, flow);
	tell_withheld(export);
	return true;
}

static u32 number(struct nfl_exporter *export, u32 index)
{
	return nfl_interface_number(&export->interfaces.numbers, index);
}

/* What a record says that its flow does not know. */
static void record_fill(struct nfl_exporter *export, enum nfl_family family,
			struct nfl_record *record)
{
	const struct nfl_flow *flow = record->flow;

	record->extras = export->templates.added;
	record->selector = export->meter->selector;
	record->iif = number(export, nfl_flow_iif(flow, family));
	record->oif = number(export, flow->oif);
	if (record->wide) {
		record->extras |= record->wide->link.extras;
		record->physical_iif = number(export, record->wide->details.physical_iif);
		record->physical_oif = number(export, record->wide->details.physical_oif);
	}
	if (record->extras & NFL_EXTRAS_OF_AGGREGATION)
		nfl_aggregation_lengths(nfl_aggregation_locked(export->meter, &export->lock),
					family, nfl_flow_key(flow), &record->source_length,
					&record->destination_length);
}

static void record_add(struct nfl_exporter *export, enum nfl_family family,
		       const struct nfl_record *record)
{
	const u16 extras = record->extras;
	const struct nfl_flow *flow = record->flow;
	struct nfl_message *message;
	bool withheld = false;

	/* a flow of long ago, that was late */
	if (unlikely(extras && !test_bit(nfl_extra_set(extras), export->templates.extra_sets.map)))
		nfl_export_templates_due(&export->templates, extras);
	message = nfl_export_add(&export->messages, NFL_RECORD_FLOW, family, record);
	if (nfl_transport_uses_netflow5(&export->transport) && !nfl_family_is_ipv4(family))
		withheld = flow_withheld(export, flow);
	if (unlikely(!message)) {
		nfl_account_lost_flow(&export->account, flow);
		if (!withheld)
			nfl_account_add(&export->account.lost_unmade, flow);
		return;
	}
	message->flows++;
	message->packets += flow->packets;
	message->octets += flow->octets;
	nfl_account_add(&export->account.pending, flow);
}

/*
 * NetFlow v5 has counters of 32 bits: a flow that counts more is exported in
 * parts, in every protocol, so that all bodies of a message tell of the same.
 */
static void parts_add(struct nfl_exporter *export, enum nfl_family family,
		      const struct nfl_record *whole)
{
	u64 octets = whole->flow->octets, packets = whole->flow->packets;
	u64 parts = div64_u64(max(octets, packets) + U32_MAX - 1, U32_MAX);
	struct nfl_record record = *whole;
	struct nfl_flow4_wide part;

	memcpy(&part, whole->flow, nfl_flow_size(whole->wide ? NFL_IPV4_WIDE : NFL_IPV4));
	record.flow = &part.flow;
	if (record.wide)
		record.wide = &part.wide;
	for (; parts; parts--) {
		part.flow.octets = div64_u64(octets, parts);
		part.flow.packets = div64_u64(packets, parts);
		octets -= part.flow.octets;
		packets -= part.flow.packets;
		record_add(export, family, &record);
		cond_resched();
	}
}

/**
 * nfl_export_flow() - export a flow, if it is selected
 * @export: the exporter, locked
 * @family: the flow's
 * @record: what its record is made from: the flow and the times are set
 */
void nfl_export_flow(struct nfl_exporter *export, enum nfl_family family, struct nfl_record *record)
{
	if (nfl_sampling_wanted() && !nfl_flow_selection_takes(&export->selection, record->flow))
		return;
	record_fill(export, family, record);
	if (nfl_transport_uses_netflow5(&export->transport) && nfl_family_is_ipv4(family) &&
	    (record->flow->octets | record->flow->packets) > U32_MAX)
		parts_add(export, family, record);
	else
		record_add(export, family, record);
}
