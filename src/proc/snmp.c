// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics for programs: lines with a name and a value.
 */
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/sock.h>

#include "instance.h"
#include "meter/batch.h"
#include "meter/cpu.h"
#include "proc/metric.h"
#include "proc/procfs.h"
#include "stats/totals.h"

static void show_value(struct seq_file *seq, const char *name, u64 value)
{
	seq_printf(seq, "%-13s %llu\n", name, value);
}

static void show_snmp_cpus(struct seq_file *seq, struct nfl_net *nn)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nn->meter.cpus);
	struct nfl_sums sums;
	int number;

	if (!cpus)
		return;
	for_each_present_cpu(number) {
		const u64 *sum = sums.counter;
		u32 metric;

		nfl_meter_sums(&nn->meter, number, &sums);
		metric = nfl_metric(&nn->meter, number, &sums);
		seq_printf(seq, "cpu%d %llu %llu %llu %llu %u.%02u %llu %llu %llu %llu %llu %llu\n",
			   number, nfl_rate_of_cpu(&nn->rate, number),
			   sum[NFL_NEW_FLOWS],
			   sum[NFL_SEEN_PACKETS] - sum[NFL_LOST_PACKETS],
			   sum[NFL_SEEN_OCTETS] - sum[NFL_LOST_OCTETS], metric / 100,
			   metric % 100, sum[NFL_LOST_PACKETS], sum[NFL_LOST_OCTETS],
			   sum[NFL_TRUNCATED] + sum[NFL_MALFORMED], sum[NFL_LATER_FRAGMENTS],
			   sum[NFL_NO_MEMORY], sum[NFL_EVICTED_FLOWS]);
	}
}

static void show_snmp_destinations(struct seq_file *seq, struct nfl_net *nn)
{
	const struct nfl_destination *destination;
	unsigned int i = 0, peak = 0;

	mutex_lock(&nn->exporter.lock);
	list_for_each_entry(destination, &nn->exporter.transport.destinations, list) {
		const struct sock *sk = destination->socket ? destination->socket->sk : NULL;

		seq_printf(seq, "sock%u %s %d %llu %llu %llu %llu %d %d %u\n", i++,
			   destination->name, !!sk, destination->error_connect,
			   destination->error_full, destination->error_refused,
			   destination->error_other, sk ? sk->sk_sndbuf : 0,
			   sk ? sk_wmem_alloc_get(sk) : 0, destination->filled_peak);
		peak = max(peak, destination->filled_peak);
	}
	mutex_unlock(&nn->exporter.lock);
	seq_printf(seq, "sndbufPeak   %u\n", peak);
}

static void show_feed(struct seq_file *seq, const struct nfl_net *nn)
{
	struct nfl_feed_counts counts;

	nfl_feed_counts(&nn->feed, &counts);
	show_value(seq, "rules", counts.rules);
	show_value(seq, "hooks", counts.hooks);
	show_value(seq, "minutePackets", counts.metered);
	show_value(seq, "minuteReceived", counts.received);
	show_value(seq, "unfed", READ_ONCE(nn->feed.state) > NFL_FEED_FED);
}

/**
 * nfl_snmp_show() - show the file ipt_netflow_snmp
 * @seq: the file
 * @unused: nothing
 *
 * Return: 0.
 */
int nfl_snmp_show(struct seq_file *seq, void *unused)
{
	struct nfl_net *nn = nfl_net_of(seq_file_single_net(seq));
	struct nfl_totals totals;
	u32 metric;

	nfl_totals_get(&nn->exporter, &totals);
	metric = nfl_metric(&nn->meter, -1, &totals.sums);
	show_value(seq, "inBitRate", READ_ONCE(nn->rate.value[NFL_RATE_NOW].bits));
	show_value(seq, "inPacketRate", READ_ONCE(nn->rate.value[NFL_RATE_NOW].packets));
	show_value(seq, "inFlows", totals.in_flows);
	show_value(seq, "inPackets", totals.in_packets);
	show_value(seq, "inBytes", totals.in_octets);
	seq_printf(seq, "%-13s %u.%02u\n", "hashMetric", metric / 100, metric % 100);
	show_value(seq, "hashMemory", totals.memory);
	show_value(seq, "hashFlows", totals.live_flows);
	show_value(seq, "hashPackets", totals.live_packets);
	show_value(seq, "hashBytes", totals.live_octets);
	show_value(seq, "dropPackets", totals.ignored_packets);
	show_value(seq, "dropBytes", totals.ignored_octets);
	show_value(seq, "outByteRate", READ_ONCE(nn->rate.sent_rate));
	show_value(seq, "outFlows", totals.out_flows);
	show_value(seq, "outPackets", totals.out_packets);
	show_value(seq, "outBytes", totals.out_octets);
	show_value(seq, "lostFlows", totals.lost_flows);
	show_value(seq, "lostPackets", totals.lost_packets);
	show_value(seq, "lostBytes", totals.lost_octets);
	show_value(seq, "errTotal", totals.errors);
	show_snmp_cpus(seq, nn);
	show_snmp_destinations(seq, nn);

	/* values that ipt-netflow did not have come after its own */
	show_value(seq, "queuedPackets", totals.queued_packets);
	show_value(seq, "queuedBytes", totals.queued_octets);
	show_value(seq, "evictedFlows", totals.sums.counter[NFL_EVICTED_FLOWS]);
	show_value(seq, "postponedFlows", totals.sums.counter[NFL_POSTPONED_FLOWS]);
	show_value(seq, "returnedFlows", totals.sums.counter[NFL_RETURNED_FLOWS]);
	show_value(seq, "withheldFlows", totals.withheld.flows);
	show_value(seq, "withheldPackets", totals.withheld.packets);
	show_value(seq, "withheldBytes", totals.withheld.octets);
	show_value(seq, "lostWithheldFlows", totals.lost_withheld.flows);
	show_value(seq, "lostWithheldPackets", totals.lost_withheld.packets);
	show_value(seq, "lostWithheldBytes", totals.lost_withheld.octets);
	show_value(seq, "natStart", READ_ONCE(nn->natevents.log.started));
	show_value(seq, "natStop", READ_ONCE(nn->natevents.log.stopped));
	show_value(seq, "natLost", READ_ONCE(nn->natevents.log.lost));
	show_value(seq, "natUnsent", READ_ONCE(nn->exporter.account.lost_events));
	show_value(seq, "promiscPackets", totals.sums.counter[NFL_FOREIGN_PACKETS]);
	show_value(seq, "promiscDiscarded", totals.sums.counter[NFL_FOREIGN_DISCARDED]);
	show_value(seq, "unsampledPackets", totals.unsampled_packets);
	show_value(seq, "unsampledBytes", totals.unsampled_octets);
	show_value(seq, "discardedFlows", totals.discarded_flows);
	show_value(seq, "discardedPackets", totals.discarded_packets);
	show_value(seq, "discardedBytes", totals.discarded_octets);
	show_value(seq, "batchMemory",
		   (u64)atomic_read(&nn->exporter.queue.queued) * NFL_BATCH_SIZE);
	show_value(seq, "natMemory",
		   (u64)READ_ONCE(nn->natevents.log.sessions.count) * NFL_NATSESSION_COST);
	show_value(seq, "natQueueMemory", READ_ONCE(nn->natevents.waiting));
	show_feed(seq, nn);
	return 0;
}
