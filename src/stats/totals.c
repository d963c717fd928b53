// SPDX-License-Identifier: GPL-2.0-only
/*
 * The totals of a namespace, from the counters of its CPUs and its Exporting Process.
 */
#include <linux/cpu.h>

#include "export/exporter.h"
#include "meter/counters.h"
#include "meter/cpu.h"
#include "stats/totals.h"

/**
 * nfl_totals_get() - compute the totals
 * @export: the exporter of the namespace
 * @totals: filled
 *
 * Context: process; takes the exporter's lock.
 */
void nfl_totals_get(struct nfl_exporter *export, struct nfl_totals *totals)
{
	const struct nfl_meter *meter = export->meter;
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	const struct nfl_destination *destination;
	u64 *sum = totals->sums.counter;
	int number, family;

	memset(totals, 0, sizeof(*totals));
	mutex_lock(&export->lock);
	/* a CPU that goes offline adds its counts to those of another CPU */
	cpus_read_lock();
	nfl_meter_sums(meter, -1, &totals->sums);
	cpus_read_unlock();
	totals->in_packets = sum[NFL_SEEN_PACKETS] - sum[NFL_LOST_PACKETS];
	totals->in_octets = sum[NFL_SEEN_OCTETS] - sum[NFL_LOST_OCTETS];
	totals->in_flows = sum[NFL_NEW_FLOWS];
	totals->ignored_packets = sum[NFL_LOST_PACKETS];
	totals->ignored_octets = sum[NFL_LOST_OCTETS];

	totals->unsampled_packets = sum[NFL_UNSAMPLED_PACKETS];
	totals->unsampled_octets = sum[NFL_UNSAMPLED_OCTETS];

	totals->live_packets = totals->in_packets + sum[NFL_RETURNED_PACKETS] -
			       sum[NFL_UNSAMPLED_PACKETS] - sum[NFL_EXPIRED_PACKETS] -
			       sum[NFL_DROPPED_PACKETS];
	totals->live_octets = totals->in_octets + sum[NFL_RETURNED_OCTETS] -
			      sum[NFL_UNSAMPLED_OCTETS] - sum[NFL_EXPIRED_OCTETS] -
			      sum[NFL_DROPPED_OCTETS];

	totals->out_flows = export->account.exported.flows;
	totals->out_packets = export->account.exported.packets;
	totals->out_octets = export->account.exported.octets;
	totals->lost_flows = export->account.lost.flows + sum[NFL_DROPPED_FLOWS];
	totals->lost_packets = export->account.lost.packets + sum[NFL_DROPPED_PACKETS];
	totals->lost_octets = export->account.lost.octets + sum[NFL_DROPPED_OCTETS];
	totals->withheld = export->account.withheld;
	totals->lost_withheld = export->account.lost_withheld;
	totals->discarded_flows = export->account.discarded.flows;
	totals->discarded_packets = export->account.discarded.packets;
	totals->discarded_octets = export->account.discarded.octets;
	totals->queued_packets = sum[NFL_EXPIRED_PACKETS] - sum[NFL_RETURNED_PACKETS] -
				 export->account.exported.packets - export->account.lost.packets -
				 export->account.discarded.packets;
	totals->queued_octets = sum[NFL_EXPIRED_OCTETS] - sum[NFL_RETURNED_OCTETS] -
				export->account.exported.octets - export->account.lost.octets -
				export->account.discarded.octets;
	list_for_each_entry(destination, &export->transport.destinations, list)
		totals->errors += destination->error_refused + destination->error_other;
	totals->messages = export->messages.count;
	totals->message_octets = export->messages.octets;
	mutex_unlock(&export->lock);

	if (!cpus)
		return;
	totals->live_flows = nfl_meter_live(meter);
	for_each_possible_cpu(number) {
		totals->memory += nfl_table_memory(&per_cpu_ptr(cpus, number)->spare);
		for (family = 0; family < NFL_FAMILIES; family++) {
			const struct nfl_table *table = &per_cpu_ptr(cpus, number)->tables[family];

			totals->memory += nfl_table_memory(table);
			totals->buckets += READ_ONCE(table->buckets);
		}
	}
}
