// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics for people, in the lines that they know and grep.
 */
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>
#include <net/sock.h>

#include "base/clock.h"
#include "export/interface_rules.h"
#include "flow/selector.h"
#include "instance.h"
#include "ipt_NETFLOW.h"
#include "meter/aggregation.h"
#include "meter/aggregation_rules.h"
#include "meter/batch.h"
#include "meter/cpu.h"
#include "observe/hook_names.h"
#include "proc/metric.h"
#include "proc/procfs.h"
#include "protocol/protocol.h"
#include "stats/totals.h"

static void show_head(struct seq_file *seq, const struct nfl_net *nn)
{
	const struct nfl_exporter *export = &nn->exporter;
	const struct nfl_protocol *protocol = nfl_protocols[READ_ONCE(export->transport.protocol)];
	/* the exporter does not wait for readers: it is the number of about now */
	const unsigned int templates = data_race(nfl_layouts_count(protocol->templates,
								   &export->templates.extra_sets));
	const struct nfl_config *config = &nn->config;

	seq_printf(seq, "ipt_NETFLOW %s", NETFLOW_VERSION);
#ifdef MODULE
	if (THIS_MODULE->srcversion)
		seq_printf(seq, ", srcversion %s", THIS_MODULE->srcversion);
#endif
	seq_puts(seq, "; aggr dir nel promisc+mpls samp-h snmp\n");
	seq_printf(seq, "Protocol version %u (%s)", protocol->version, protocol->name);
	if (templates)
		seq_printf(seq, ", refresh-rate %u, timeout-rate %u, (templates %u, active %u).",
			   READ_ONCE(config->refresh_rate), READ_ONCE(config->timeout_rate),
			   templates, templates);
	seq_putc(seq, '\n');
	seq_printf(seq, "Timeouts: active %us, inactive %us. Maxflows %u\n",
		   READ_ONCE(config->active_timeout), READ_ONCE(config->inactive_timeout),
		   READ_ONCE(config->maxflows));
}

/* Hooks mode, if it is on. */
static void show_hooks(struct seq_file *seq, const struct nfl_net *nn)
{
	const u32 hooks = READ_ONCE(nn->hooks.hooks);
	char text[64];

	if (!hooks)
		return;
	nfl_hook_names(hooks, text, sizeof(text));
	seq_printf(seq, "Hooks %s", text);
	if (READ_ONCE(nn->config.hooks_mark_mask))
		seq_printf(seq, ", mark 0x%x/0x%x", READ_ONCE(nn->config.hooks_mark),
			   READ_ONCE(nn->config.hooks_mark_mask));
	seq_puts(seq, ".\n");
}

/* What feeds the module. */
static void show_feed(struct seq_file *seq, const struct nfl_net *nn)
{
	const enum nfl_feed_state state = READ_ONCE(nn->feed.state);
	struct nfl_feed_counts counts;

	nfl_feed_counts(&nn->feed, &counts);
	seq_printf(seq, "Input: rules %u, hooks %u, packets in the last minute %llu, received by devices %llu.",
		   counts.rules, counts.hooks, counts.metered, counts.received);
	if (!counts.rules && !counts.hooks)
		seq_puts(seq, " Nothing is metered: there is no rule and no hook.");
	else if (state == NFL_FEED_NO_PACKET)
		seq_puts(seq, " Nothing is metered: rules and hooks see no packets.");
	seq_putc(seq, '\n');
}

static void show_sampler(struct seq_file *seq, struct nfl_net *nn)
{
	const u32 selector = READ_ONCE(nn->meter.selector);
	const enum nfl_selector_mode mode = nfl_selector_mode(selector);
	struct nfl_selection_counts counts;

	if (!selector) {
		seq_puts(seq, "Flow sampling is disabled.\n");
		return;
	}
	mutex_lock(&nn->exporter.lock);
	nfl_flow_selection_counts(&nn->exporter.selection, &counts);
	mutex_unlock(&nn->exporter.lock);
	seq_printf(seq, "%s sampling mode %s one-out-of %u.",
		   mode < NFL_SELECT_PACKETS ? "Flow" : "Packet", nfl_selector_name(selector),
		   nfl_selector_interval(selector));
	seq_printf(seq, " Flows selected %llu", counts.selected_flows);
	if (mode < NFL_SELECT_HASH)
		seq_printf(seq, ", discarded %llu", counts.flows - counts.selected_flows);
	seq_printf(seq, ". Pkts selected %llu, discarded %llu.\n", counts.selected_packets,
		   counts.packets - counts.selected_packets);
}

static void show_promisc(struct seq_file *seq, const struct nfl_net *nn,
			 const struct nfl_totals *totals)
{
	seq_printf(seq, "Promisc hack is %s (observed %llu packets, discarded %llu).\n",
		   READ_ONCE(nn->config.promisc) ? "enabled" : "disabled",
		   totals->sums.counter[NFL_FOREIGN_PACKETS],
		   totals->sums.counter[NFL_FOREIGN_DISCARDED]);
}

static void show_natevents(struct seq_file *seq, const struct nfl_net *nn)
{
	const struct nfl_natlog *log = &nn->natevents.log;

	seq_printf(seq, "Natevents %s, count start %llu, stop %llu. Lost by conntrack %llu, not sent %llu.\n",
		   READ_ONCE(nn->config.natevents) ? "enabled" : "disabled",
		   READ_ONCE(log->started), READ_ONCE(log->stopped), READ_ONCE(log->lost),
		   READ_ONCE(nn->exporter.account.lost_events));
}

static void show_flows(struct seq_file *seq, struct nfl_net *nn, const struct nfl_totals *totals)
{
	const u64 ago = div_u64(nfl_clock64() - READ_ONCE(nn->rate.peak_time), 1000);
	const struct nfl_exporter *export = &nn->exporter;
	const u64 peak = max(READ_ONCE(nn->rate.peak_flows), totals->live_flows);
	const u32 scan_min = READ_ONCE(nn->config.scan_min);
	const u32 metric = nfl_metric(&nn->meter, -1, &totals->sums);
	u32 days, seconds;

	days = div_u64_rem(peak == totals->live_flows ? 0 : ago, 86400, &seconds);
	seq_printf(seq, "Flows: active %llu (peak %llu reached %ud%uh%um ago), mem %lluK, worker delay %u/%u [%u..%u] (%u ms, %llu us, cpu %d, %d batches).\n",
		   totals->live_flows, peak, days, seconds / 3600, seconds / 60 % 60,
		   totals->memory >> 10, scan_min, HZ, scan_min, HZ / 10,
		   jiffies_to_msecs(jiffies - READ_ONCE(export->run_time)),
		   READ_ONCE(export->run_us), READ_ONCE(export->run_cpu),
		   atomic_read(&export->queue.queued));
	seq_printf(seq, "Hash: size %llu (mem %lluK), metric %u.%02u. InHash: %llu pkt, %llu K, InPDU %llu, %llu.\n",
		   totals->buckets, totals->buckets * sizeof(struct nfl_bucket) >> 10,
		   metric / 100, metric % 100, totals->live_packets, totals->live_octets >> 10,
		   totals->queued_packets, totals->queued_octets);
}

static void show_rate(struct seq_file *seq, const struct nfl_net *nn)
{
	const struct nfl_rate_value *value = nn->rate.value;

	seq_printf(seq, "Rate: %llu bits/sec, %llu packets/sec; Avg 1 min: %llu bps, %llu pps; 5 min: %llu bps, %llu pps\n",
		   READ_ONCE(value[NFL_RATE_NOW].bits), READ_ONCE(value[NFL_RATE_NOW].packets),
		   READ_ONCE(value[NFL_RATE_1_MINUTE].bits),
		   READ_ONCE(value[NFL_RATE_1_MINUTE].packets),
		   READ_ONCE(value[NFL_RATE_5_MINUTES].bits),
		   READ_ONCE(value[NFL_RATE_5_MINUTES].packets));
}

static void show_counters(struct seq_file *seq, struct nfl_net *nn, const char *name, u64 rate,
			  u64 searched, u32 metric, const u64 *sum)
{
	const u64 octets = sum[NFL_SEEN_OCTETS] - sum[NFL_LOST_OCTETS];

	seq_printf(seq, "%-5s %6llu; %llu %llu %llu [%u.%02u], %4llu %4llu %4llu %4llu, traffic: %llu, %llu MB, drop: %llu, %llu K\n",
		   name, rate, searched, sum[NFL_FOUND], sum[NFL_NEW_FLOWS], metric / 100,
		   metric % 100, sum[NFL_TRUNCATED] + sum[NFL_MALFORMED],
		   sum[NFL_LATER_FRAGMENTS], sum[NFL_NO_MEMORY], sum[NFL_EVICTED_FLOWS],
		   sum[NFL_SEEN_PACKETS] - sum[NFL_LOST_PACKETS], octets >> 20,
		   sum[NFL_LOST_PACKETS], sum[NFL_LOST_OCTETS] >> 10);
}

static void show_cpus(struct seq_file *seq, struct nfl_net *nn, const struct nfl_totals *totals)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nn->meter.cpus);
	struct nfl_sums sums;
	u64 searched = 0;
	char name[16];
	int number;

	seq_puts(seq, "cpu#     pps; <search found new [metric], trunc frag alloc maxflows>, traffic: <pkt, bytes>, drop: <pkt, bytes>\n");
	if (cpus) {
		for_each_present_cpu(number)
			searched += nfl_metric_searched(per_cpu_ptr(cpus, number));
	}
	show_counters(seq, nn, "Total", READ_ONCE(nn->rate.value[NFL_RATE_NOW].packets), searched,
		      nfl_metric(&nn->meter, -1, &totals->sums), totals->sums.counter);
	if (!cpus || num_present_cpus() == 1)
		return;
	for_each_present_cpu(number) {
		nfl_meter_sums(&nn->meter, number, &sums);
		scnprintf(name, sizeof(name), "cpu%d", number);
		show_counters(seq, nn, name, nfl_rate_of_cpu(&nn->rate, number),
			      nfl_metric_searched(per_cpu_ptr(cpus, number)),
			      nfl_metric(&nn->meter, number, &sums), sums.counter);
	}
}

static void show_destinations(struct seq_file *seq, struct nfl_net *nn)
{
	const struct nfl_destination *destination;
	unsigned int i = 0;

	mutex_lock(&nn->exporter.lock);
	list_for_each_entry(destination, &nn->exporter.transport.destinations, list) {
		if (destination->socket)
			seq_printf(seq, "sock%u: %s, sndbuf %d, filled %d, peak %u; err: sndbuf reached %llu, connect %llu, cberr %llu, other %llu, lost %llu\n",
				   i, destination->name, destination->socket->sk->sk_sndbuf,
				   sk_wmem_alloc_get(destination->socket->sk),
				   destination->filled_peak, destination->error_full,
				   destination->error_connect, destination->error_refused,
				   destination->error_other, destination->lost_messages);
		else
			seq_printf(seq, "sock%u: %s unconnected (%u attempts), lost %llu.\n", i,
				   destination->name, destination->attempts,
				   destination->lost_messages);
		i++;
	}
	mutex_unlock(&nn->exporter.lock);
}

static void show_rule(struct seq_file *seq, const struct nfl_rewrites *rewrites, unsigned int i)
{
	const unsigned int ports = nfl_rewrites_begin(rewrites, NFL_REWRITE_PORT);
	const struct nfl_rewrite *rule = &rewrites->rule[i];

	switch (rule->kind) {
	case NFL_REWRITE_IPV4:
		seq_printf(seq, "aggr#%u net: match %pI4/%u strip %u", i, rule->address,
			   rule->length, rule->left);
		break;
	case NFL_REWRITE_IPV6:
		seq_printf(seq, "aggr#%u net: match %pI6c/%u strip %u", i, rule->address,
			   rule->length, rule->left);
		break;
	default:
		seq_printf(seq, "aggr#%u port: ports %u-%u replace %u", i - ports, rule->first,
			   rule->last, rule->port);
		break;
	}
}

/* The rules, and how often they were used. */
static void show_aggregation(struct seq_file *seq, struct nfl_net *nn)
{
	const struct nfl_aggregation *aggregation;
	unsigned int i;
	int cpu;

	mutex_lock(&nn->exporter.lock);
	aggregation = nfl_aggregation_locked(&nn->meter, &nn->exporter.lock);
	for (i = 0; aggregation && i < nfl_rewrites_count(aggregation->rewrites); i++) {
		unsigned long used = 0;

		for_each_possible_cpu(cpu)
			used += READ_ONCE(per_cpu_ptr(aggregation->used, cpu)[i]);
		show_rule(seq, aggregation->rewrites, i);
		seq_printf(seq, " (usage %lu)\n", used);
	}
	mutex_unlock(&nn->exporter.lock);
}

static void show_interface_rules(struct seq_file *seq, struct nfl_net *nn)
{
	const struct nfl_ifrules *rules;
	unsigned int i;

	/* not under settings_lock: a flush holds it while it waits */
	rcu_read_lock();
	rules = READ_ONCE(nn->exporter.interfaces.numbers.rules);
	for (i = 0; rules && i < rules->count; i++)
		seq_printf(seq, "SNMP-rule#%u: prefix '%s' map to %u\n", i, rules->rule[i].prefix,
			   rules->rule[i].base);
	rcu_read_unlock();
}

/* What the module holds, and what it may hold, in octets. */
static void show_memory(struct seq_file *seq, const struct nfl_net *nn,
			const struct nfl_totals *totals)
{
	const struct nfl_batch_queue *queue = &nn->exporter.queue;
	const struct nfl_natsessions *sessions = &nn->natevents.log.sessions;

	seq_printf(seq, "Memory: tables %llu; batches %llu of %llu; NAT sessions %llu of %llu; conntrack's events %u of %u bytes.\n",
		   totals->memory, (u64)atomic_read(&queue->queued) * NFL_BATCH_SIZE,
		   (u64)queue->most * NFL_BATCH_SIZE,
		   (u64)READ_ONCE(sessions->count) * NFL_NATSESSION_COST,
		   (u64)READ_ONCE(sessions->most) * NFL_NATSESSION_COST,
		   READ_ONCE(nn->natevents.waiting), READ_ONCE(nn->natevents.room));
}

/**
 * nfl_statistics_show() - the file ipt_netflow
 * @seq: the file
 * @unused: nothing
 *
 * Return: 0.
 */
int nfl_statistics_show(struct seq_file *seq, void *unused)
{
	struct nfl_net *nn = nfl_net_of(seq_file_single_net(seq));
	struct nfl_totals totals;

	nfl_totals_get(&nn->exporter, &totals);
	show_head(seq, nn);
	show_hooks(seq, nn);
	show_sampler(seq, nn);
	show_promisc(seq, nn, &totals);
	show_natevents(seq, nn);
	show_feed(seq, nn);
	show_flows(seq, nn, &totals);
	show_rate(seq, nn);
	show_cpus(seq, nn, &totals);
	seq_printf(seq, "Export: Rate %llu bytes/s; Total %llu pkts, %llu MB, %llu flows; Errors %llu pkts; Traffic lost %llu pkts, %llu Kbytes, %llu flows.\n",
		   READ_ONCE(nn->rate.sent_rate), totals.messages, totals.message_octets >> 20,
		   totals.out_flows, totals.errors, totals.lost_packets,
		   totals.lost_octets >> 10, totals.lost_flows);
	if (totals.withheld.flows)
		seq_printf(seq, "Not exportable by NetFlow 5: %llu flows, %llu pkts, %llu Kbytes; to no destination %llu flows, %llu pkts, %llu Kbytes.\n",
			   totals.withheld.flows, totals.withheld.packets,
			   totals.withheld.octets >> 10, totals.lost_withheld.flows,
			   totals.lost_withheld.packets, totals.lost_withheld.octets >> 10);
	show_destinations(seq, nn);
	show_aggregation(seq, nn);
	show_interface_rules(seq, nn);
	show_memory(seq, nn, &totals);
	return 0;
}
