// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics set to zero.
 */
#include <linux/cpumask.h>

#include "base/clock.h"
#include "export/exporter.h"
#include "export/flow_selection.h"
#include "export/reset.h"
#include "meter/counters.h"
#include "meter/cpu.h"

/* On a CPU: what is in its table is all that it has seen, see counters.h. */
static bool reset_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	u64_stats_t *counter = cpu->stats.counter;
	struct nfl_account *handed = argument;
	struct nfl_account out, live;
	u64 sum[NFL_CPU_COUNTERS_MAX];
	int i;

	for (i = 0; i < NFL_CPU_COUNTERS_MAX; i++)
		sum[i] = u64_stats_read(&counter[i]);
	out = (struct nfl_account) {
		.packets = sum[NFL_EXPIRED_PACKETS] - sum[NFL_RETURNED_PACKETS],
		.octets = sum[NFL_EXPIRED_OCTETS] - sum[NFL_RETURNED_OCTETS],
	};
	live = (struct nfl_account) {
		.packets = sum[NFL_SEEN_PACKETS] - sum[NFL_LOST_PACKETS] -
			   sum[NFL_UNSAMPLED_PACKETS] - sum[NFL_DROPPED_PACKETS] - out.packets,
		.octets = sum[NFL_SEEN_OCTETS] - sum[NFL_LOST_OCTETS] -
			  sum[NFL_UNSAMPLED_OCTETS] - sum[NFL_DROPPED_OCTETS] - out.octets,
	};
	handed->packets += out.packets;
	handed->octets += out.octets;
	/* not by memset(), which others could read in the midst of a number */
	u64_stats_update_begin(&cpu->stats.sync);
	for (i = 0; i < NFL_CPU_COUNTERS_MAX; i++)
		nfl_stats_add(&counter[i], -sum[i]);
	nfl_stats_add(&counter[NFL_SEEN_PACKETS], live.packets);
	nfl_stats_add(&counter[NFL_SEEN_OCTETS], live.octets);
	u64_stats_update_end(&cpu->stats.sync);
	for (i = 0; i < NFL_FAMILIES; i++)
		WRITE_ONCE(cpu->tables[i].searched, 0);
	return false;
}

/* On any CPU: what is with the exporter was seen as well. */
static bool reset_queued(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	const struct nfl_account *queued = argument;

	nfl_count(cpu, NFL_SEEN_PACKETS, queued->packets);
	nfl_count(cpu, NFL_SEEN_OCTETS, queued->octets);
	nfl_count(cpu, NFL_EXPIRED_PACKETS, queued->packets);
	nfl_count(cpu, NFL_EXPIRED_OCTETS, queued->octets);
	return false;
}

/**
 * nfl_account_reset() - set the statistics to zero
 * @export: the exporter, just flushed, the settings of its namespace locked
 *
 * What is in the tables, or on its way, at this moment counts as seen again, so
 * that the account goes on to add up. Where traffic rests that is nothing.
 */
void nfl_account_reset(struct nfl_exporter *export)
{
	struct nfl_export_account *account = &export->account;
	struct nfl_account queued = { };

	mutex_lock(&export->lock);
	nfl_cpus_call(export->meter, NULL, reset_cpu, &queued);
	queued.packets -= account->exported.packets + account->lost.packets +
			  account->discarded.packets;
	queued.octets -= account->exported.octets + account->lost.octets +
			 account->discarded.octets;
	nfl_cpu_call(export->meter, cpumask_first(cpu_possible_mask), reset_queued, &queued);
	memset(&account->exported, 0, sizeof(account->exported));
	nfl_transport_settle(&export->transport);
	memset(&account->discarded, 0, sizeof(account->discarded));
	nfl_flow_selection_reset(&export->selection);
	memset(&account->lost, 0, sizeof(account->lost));
	memset(&account->withheld, 0, sizeof(account->withheld));
	memset(&account->lost_withheld, 0, sizeof(account->lost_withheld));
	memset(&account->lost_unmade, 0, sizeof(account->lost_unmade));
	account->lost_first = 0;
	account->lost_last = 0;
	export->options.ignored_packets = 0;
	export->options.ignored_first = 0;
	export->options.ignored_last = 0;
	export->messages.count = 0;
	export->options.counts_since = nfl_clock64();
	WRITE_ONCE(export->messages.octets, 0);
	mutex_unlock(&export->lock);
}
