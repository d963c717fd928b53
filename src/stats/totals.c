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
 * Context: process; waits for no lock for long.
 */
void nfl_totals_get(struct nfl_exporter *export, struct nfl_totals *totals)
{
	const struct nfl_meter *meter = export->meter;
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	struct nfl_transport *transport = &export->transport;
	const struct nfl_log *flows = &transport->log[NFL_LOG_FLOWS];
	struct nfl_account lost, queued;
	struct nfl_session *session;
	u64 *sum = totals->sums.counter;
	int number, family;

	memset(totals, 0, sizeof(*totals));
	/* first what flows came to, so that none is seen there that has not left a table */
	spin_lock(&transport->account);
	totals->sent = flows->sent;
	lost = nfl_log_lost(flows);
	totals->withheld = flows->withheld;
	totals->lost_withheld = flows->lost[NFL_LOSS_WITHHELD];
	totals->discarded = export->selection.discarded;
	totals->log_memory = (u64)NFL_BLOCK_SIZE *
			     (flows->head - flows->tail + transport->log[NFL_LOG_EVENTS].head -
			      transport->log[NFL_LOG_EVENTS].tail);
	totals->lost_events = nfl_log_lost(&transport->log[NFL_LOG_EVENTS]).flows;
	list_for_each_entry(session, &transport->sessions, list)
		totals->errors += session->error_refused + session->error_other;
	totals->messages = transport->messages;
	totals->message_octets = transport->octets;
	spin_unlock(&transport->account);
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

	totals->lost.flows = lost.flows + sum[NFL_DROPPED_FLOWS];
	totals->lost.packets = lost.packets + sum[NFL_DROPPED_PACKETS];
	totals->lost.octets = lost.octets + sum[NFL_DROPPED_OCTETS];
	queued = (struct nfl_account) {
		.packets = sum[NFL_EXPIRED_PACKETS] - sum[NFL_RETURNED_PACKETS],
		.octets = sum[NFL_EXPIRED_OCTETS] - sum[NFL_RETURNED_OCTETS],
	};
	nfl_account_subtract(&queued, &totals->sent);
	nfl_account_subtract(&queued, &lost);
	nfl_account_subtract(&queued, &totals->discarded);
	totals->queued_packets = queued.packets;
	totals->queued_octets = queued.octets;

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
