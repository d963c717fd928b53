// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics set to zero.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/printk.h>

#include "export/exporter.h"
#include "export/flow_selection.h"
#include "export/reset.h"
#include "meter/counters.h"
#include "meter/cpu.h"
#include "meter/meter.h"

/* What CPUs have handed to the exporter; they add to it at the same time. */
struct handed {
	atomic64_t packets;
	atomic64_t octets;
};

/* On a CPU: what is in its table is all that it has seen, see counters.h. */
static bool reset_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	u64_stats_t *counter = cpu->stats.counter;
	struct handed *handed = argument;
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
	atomic64_add(out.packets, &handed->packets);
	atomic64_add(out.octets, &handed->octets);
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

/* What is with the exporter was seen as well: on any CPU. */
static void reset_queued(struct nfl_meter *meter, const struct nfl_account *queued)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	struct nfl_cpu *cpu;

	if (!cpus)
		return;
	cpu = nfl_cpu_enter(cpus);
	nfl_count(cpu, NFL_SEEN_PACKETS, queued->packets);
	nfl_count(cpu, NFL_SEEN_OCTETS, queued->octets);
	nfl_count(cpu, NFL_EXPIRED_PACKETS, queued->packets);
	nfl_count(cpu, NFL_EXPIRED_OCTETS, queued->octets);
	nfl_cpu_exit(cpus);
}

/* What the exporter has done with flows, which is set to zero. */
static struct nfl_account exporter_done(struct nfl_exporter *export)
{
	const struct nfl_log *log = &export->transport.log[NFL_LOG_FLOWS];
	struct nfl_account done;

	spin_lock(&export->transport.account);
	done = nfl_log_lost(log);
	nfl_account_sum(&done, &log->sent);
	nfl_account_sum(&done, &export->selection.discarded);
	memset(&export->selection.discarded, 0, sizeof(export->selection.discarded));
	spin_unlock(&export->transport.account);
	return done;
}

/**
 * nfl_account_reset() - set the statistics to zero
 * @export: the exporter, just flushed
 *
 * What is in the tables, or on its way, at this moment counts as seen again, so
 * that the account goes on to add up. Where traffic rests that is nothing. A CPU that does
 * not answer goes on counting from where it was, which the account allows for.
 */
void nfl_account_reset(struct nfl_exporter *export)
{
	struct nfl_transport *transport = &export->transport;
	struct handed handed = { };
	struct nfl_account done;
	struct nfl_account queued;
	unsigned int unanswered;

	mutex_lock(&export->round_lock);
	mutex_lock(&transport->lock);
	unanswered = nfl_cpus_call(export->meter, NULL, reset_cpu, &handed);
	done = exporter_done(export);
	nfl_transport_reset(transport);
	/* less than nothing, if a CPU that does not answer has handed over what was exported */
	queued = (struct nfl_account) {
		.packets = atomic64_read(&handed.packets) - done.packets,
		.octets = atomic64_read(&handed.octets) - done.octets,
	};
	reset_queued(export->meter, &queued);
	export->unmerged = 0;
	nfl_flow_selection_reset(&export->selection);
	export->options.ignored_packets = 0;
	export->options.ignored_first = 0;
	export->options.ignored_last = 0;
	mutex_unlock(&transport->lock);
	mutex_unlock(&export->round_lock);
	if (unanswered)
		pr_warn("reset: %u CPUs do not answer, their counters are as they were\n",
			unanswered);
}
