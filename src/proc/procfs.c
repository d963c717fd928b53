// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics as files in /proc/net/stat of each namespace:
 *
 *   ipt_netflow        for people, in the lines that they know and grep
 *   ipt_netflow_snmp   name and value, for programs
 *   ipt_netflow_flows  the flow table (dump.c), for root
 *   ipt_netflow_audit  the account, counted (audit.c), for root
 */
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
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
#include "meter/cpu.h"
#include "observe/hook.h"
#include "observe/hook_names.h"
#include "proc/procfs.h"
#include "protocol/protocol.h"
#include "stats/audit.h"
#include "stats/totals.h"

static u64 cpu_searched(const struct nfl_cpu *cpu)
{
	u64 searched = 0;
	int family;

	for (family = 0; family < NFL_FAMILIES; family++)
		searched += READ_ONCE(cpu->tables[family].searched);
	return searched;
}

/* Entries looked at for a packet, times 100; 100 is each packet's first look. */
static u32 search_metric(const struct netflow *nf, int number, const struct nfl_sums *sums)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nf->meter.cpus);
	const u64 packets = sums->counter[NFL_FOUND] + sums->counter[NFL_NEW_FLOWS];
	u64 searched = 0;
	int i;

	if (!packets || !cpus)
		return 100;
	for_each_possible_cpu(i) {
		if (number < 0 || i == number)
			searched += cpu_searched(per_cpu_ptr(cpus, i));
	}
	return 100 + div64_u64(searched * 100, packets);
}

static void show_head(struct seq_file *seq, const struct netflow *nf)
{
	const struct nfl_protocol *protocol = nfl_protocols[READ_ONCE(nf->exporter.transport.protocol)];
	/* the exporter does not wait for who looks: it is the number of about now */
	const unsigned int templates = data_race(nfl_layouts_count(protocol->templates,
								   &nf->exporter.templates.extra_sets));
	const struct nfl_config *config = &nf->config;

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
static void show_hooks(struct seq_file *seq, const struct netflow *nf)
{
	const u32 hooks = READ_ONCE(nf->hooks.hooks);
	char text[64];

	if (!hooks)
		return;
	nfl_hook_names(hooks, text, sizeof(text));
	seq_printf(seq, "Hooks %s", text);
	if (READ_ONCE(nf->config.hooks_mark_mask))
		seq_printf(seq, ", mark 0x%x/0x%x", READ_ONCE(nf->config.hooks_mark),
			   READ_ONCE(nf->config.hooks_mark_mask));
	seq_puts(seq, ".\n");
}

static void show_sampler(struct seq_file *seq, struct netflow *nf)
{
	const u32 selector = READ_ONCE(nf->meter.selector);
	const enum nfl_selector_mode mode = nfl_selector_mode(selector);
	struct nfl_selection_counts counts;

	if (!selector) {
		seq_puts(seq, "Flow sampling is disabled.\n");
		return;
	}
	mutex_lock(&nf->exporter.lock);
	nfl_flow_selection_counts(&nf->exporter.selection, &counts);
	mutex_unlock(&nf->exporter.lock);
	seq_printf(seq, "%s sampling mode %s one-out-of %u.",
		   mode < NFL_SELECT_PACKETS ? "Flow" : "Packet", nfl_selector_name(selector),
		   nfl_selector_interval(selector));
	seq_printf(seq, " Flows selected %llu", counts.selected_flows);
	if (mode < NFL_SELECT_HASH)
		seq_printf(seq, ", discarded %llu", counts.flows - counts.selected_flows);
	seq_printf(seq, ". Pkts selected %llu, discarded %llu.\n", counts.selected_packets,
		   counts.packets - counts.selected_packets);
}

static void show_promisc(struct seq_file *seq, const struct netflow *nf,
			 const struct nfl_totals *totals)
{
	seq_printf(seq, "Promisc hack is %s (observed %llu packets, discarded %llu).\n",
		   READ_ONCE(nf->config.promisc) ? "enabled" : "disabled",
		   totals->sums.counter[NFL_FOREIGN_PACKETS],
		   totals->sums.counter[NFL_FOREIGN_DISCARDED]);
}

static void show_natevents(struct seq_file *seq, const struct netflow *nf)
{
	const struct nfl_natlog *log = &nf->natevents.log;

	seq_printf(seq, "Natevents %s, count start %llu, stop %llu. Lost by conntrack %llu, not sent %llu.\n",
		   READ_ONCE(nf->config.natevents) ? "enabled" : "disabled",
		   READ_ONCE(log->started), READ_ONCE(log->stopped), READ_ONCE(log->lost),
		   READ_ONCE(nf->exporter.account.lost_events));
}

static void show_flows(struct seq_file *seq, struct netflow *nf, const struct nfl_totals *totals)
{
	const u64 ago = div_u64(nfl_clock64() - READ_ONCE(nf->rate.peak_time), 1000);
	const struct nfl_exporter *export = &nf->exporter;
	const u64 peak = max(READ_ONCE(nf->rate.peak_flows), totals->live_flows);
	const u32 scan_min = READ_ONCE(nf->config.scan_min);
	const u32 metric = search_metric(nf, -1, &totals->sums);
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

static void show_rate(struct seq_file *seq, const struct netflow *nf)
{
	const struct nfl_rate_value *value = nf->rate.value;

	seq_printf(seq, "Rate: %llu bits/sec, %llu packets/sec; Avg 1 min: %llu bps, %llu pps; 5 min: %llu bps, %llu pps\n",
		   READ_ONCE(value[NFL_RATE_NOW].bits), READ_ONCE(value[NFL_RATE_NOW].packets),
		   READ_ONCE(value[NFL_RATE_1_MINUTE].bits),
		   READ_ONCE(value[NFL_RATE_1_MINUTE].packets),
		   READ_ONCE(value[NFL_RATE_5_MINUTES].bits),
		   READ_ONCE(value[NFL_RATE_5_MINUTES].packets));
}

static void show_counters(struct seq_file *seq, struct netflow *nf, const char *name, u64 rate,
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

static void show_cpus(struct seq_file *seq, struct netflow *nf, const struct nfl_totals *totals)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nf->meter.cpus);
	struct nfl_sums sums;
	u64 searched = 0;
	char name[16];
	int number;

	seq_puts(seq, "cpu#     pps; <search found new [metric], trunc frag alloc maxflows>, traffic: <pkt, bytes>, drop: <pkt, bytes>\n");
	if (cpus) {
		for_each_present_cpu(number)
			searched += cpu_searched(per_cpu_ptr(cpus, number));
	}
	show_counters(seq, nf, "Total", READ_ONCE(nf->rate.value[NFL_RATE_NOW].packets), searched,
		      search_metric(nf, -1, &totals->sums), totals->sums.counter);
	if (!cpus || num_present_cpus() == 1)
		return;
	for_each_present_cpu(number) {
		nfl_meter_sums(&nf->meter, number, &sums);
		scnprintf(name, sizeof(name), "cpu%d", number);
		show_counters(seq, nf, name, nfl_rate_of_cpu(&nf->rate, number),
			      cpu_searched(per_cpu_ptr(cpus, number)),
			      search_metric(nf, number, &sums), sums.counter);
	}
}

static void show_destinations(struct seq_file *seq, struct netflow *nf)
{
	const struct nfl_destination *destination;
	unsigned int i = 0;

	mutex_lock(&nf->exporter.lock);
	list_for_each_entry(destination, &nf->exporter.transport.destinations, list) {
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
	mutex_unlock(&nf->exporter.lock);
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
static void show_aggregation(struct seq_file *seq, struct netflow *nf)
{
	const struct nfl_aggregation *aggregation;
	unsigned int i;
	int cpu;

	mutex_lock(&nf->exporter.lock);
	aggregation = nfl_aggregation_locked(&nf->meter, &nf->exporter.lock);
	for (i = 0; aggregation && i < nfl_rewrites_count(aggregation->rewrites); i++) {
		unsigned long used = 0;

		for_each_possible_cpu(cpu)
			used += READ_ONCE(per_cpu_ptr(aggregation->used, cpu)[i]);
		show_rule(seq, aggregation->rewrites, i);
		seq_printf(seq, " (usage %lu)\n", used);
	}
	mutex_unlock(&nf->exporter.lock);
}

static void show_interface_rules(struct seq_file *seq, struct netflow *nf)
{
	const struct nfl_ifrules *rules;
	unsigned int i;

	mutex_lock(&nf->settings_lock);
	rules = nf->exporter.interfaces.rules;
	for (i = 0; rules && i < rules->count; i++)
		seq_printf(seq, "SNMP-rule#%u: prefix '%s' map to %u\n", i, rules->rule[i].prefix,
			   rules->rule[i].base);
	mutex_unlock(&nf->settings_lock);
}

static int show_statistics(struct seq_file *seq, void *unused)
{
	struct netflow *nf = nfl_instance(seq_file_single_net(seq));
	struct nfl_totals totals;

	nfl_totals_get(&nf->exporter, &totals);
	show_head(seq, nf);
	show_hooks(seq, nf);
	show_sampler(seq, nf);
	show_promisc(seq, nf, &totals);
	show_natevents(seq, nf);
	show_flows(seq, nf, &totals);
	show_rate(seq, nf);
	show_cpus(seq, nf, &totals);
	seq_printf(seq, "Export: Rate %llu bytes/s; Total %llu pkts, %llu MB, %llu flows; Errors %llu pkts; Traffic lost %llu pkts, %llu Kbytes, %llu flows.\n",
		   READ_ONCE(nf->rate.sent_rate), totals.messages, totals.message_octets >> 20,
		   totals.out_flows, totals.errors, totals.lost_packets,
		   totals.lost_octets >> 10, totals.lost_flows);
	if (totals.withheld.flows)
		seq_printf(seq, "Not exportable by NetFlow 5: %llu flows, %llu pkts, %llu Kbytes; to no destination %llu flows, %llu pkts, %llu Kbytes.\n",
			   totals.withheld.flows, totals.withheld.packets,
			   totals.withheld.octets >> 10, totals.lost_withheld.flows,
			   totals.lost_withheld.packets, totals.lost_withheld.octets >> 10);
	show_destinations(seq, nf);
	show_aggregation(seq, nf);
	show_interface_rules(seq, nf);
	return 0;
}

static void show_value(struct seq_file *seq, const char *name, u64 value)
{
	seq_printf(seq, "%-13s %llu\n", name, value);
}

static void show_snmp_cpus(struct seq_file *seq, struct netflow *nf)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nf->meter.cpus);
	struct nfl_sums sums;
	int number;

	if (!cpus)
		return;
	for_each_present_cpu(number) {
		const u64 *sum = sums.counter;
		u32 metric;

		nfl_meter_sums(&nf->meter, number, &sums);
		metric = search_metric(nf, number, &sums);
		seq_printf(seq, "cpu%d %llu %llu %llu %llu %u.%02u %llu %llu %llu %llu %llu %llu\n",
			   number, nfl_rate_of_cpu(&nf->rate, number),
			   sum[NFL_NEW_FLOWS],
			   sum[NFL_SEEN_PACKETS] - sum[NFL_LOST_PACKETS],
			   sum[NFL_SEEN_OCTETS] - sum[NFL_LOST_OCTETS], metric / 100,
			   metric % 100, sum[NFL_LOST_PACKETS], sum[NFL_LOST_OCTETS],
			   sum[NFL_TRUNCATED] + sum[NFL_MALFORMED], sum[NFL_LATER_FRAGMENTS],
			   sum[NFL_NO_MEMORY], sum[NFL_EVICTED_FLOWS]);
	}
}

static void show_snmp_destinations(struct seq_file *seq, struct netflow *nf)
{
	const struct nfl_destination *destination;
	unsigned int i = 0, peak = 0;

	mutex_lock(&nf->exporter.lock);
	list_for_each_entry(destination, &nf->exporter.transport.destinations, list) {
		const struct sock *sk = destination->socket ? destination->socket->sk : NULL;

		seq_printf(seq, "sock%u %s %d %llu %llu %llu %llu %d %d %u\n", i++,
			   destination->name, !!sk, destination->error_connect,
			   destination->error_full, destination->error_refused,
			   destination->error_other, sk ? sk->sk_sndbuf : 0,
			   sk ? sk_wmem_alloc_get(sk) : 0, destination->filled_peak);
		peak = max(peak, destination->filled_peak);
	}
	mutex_unlock(&nf->exporter.lock);
	seq_printf(seq, "sndbufPeak   %u\n", peak);
}

static int show_snmp(struct seq_file *seq, void *unused)
{
	struct netflow *nf = nfl_instance(seq_file_single_net(seq));
	struct nfl_totals totals;
	u32 metric;

	nfl_totals_get(&nf->exporter, &totals);
	metric = search_metric(nf, -1, &totals.sums);
	show_value(seq, "inBitRate", READ_ONCE(nf->rate.value[NFL_RATE_NOW].bits));
	show_value(seq, "inPacketRate", READ_ONCE(nf->rate.value[NFL_RATE_NOW].packets));
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
	show_value(seq, "outByteRate", READ_ONCE(nf->rate.sent_rate));
	show_value(seq, "outFlows", totals.out_flows);
	show_value(seq, "outPackets", totals.out_packets);
	show_value(seq, "outBytes", totals.out_octets);
	show_value(seq, "lostFlows", totals.lost_flows);
	show_value(seq, "lostPackets", totals.lost_packets);
	show_value(seq, "lostBytes", totals.lost_octets);
	show_value(seq, "errTotal", totals.errors);
	show_snmp_cpus(seq, nf);
	show_snmp_destinations(seq, nf);

	/* what the older interface did not have comes after all that it had */
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
	show_value(seq, "natStart", READ_ONCE(nf->natevents.log.started));
	show_value(seq, "natStop", READ_ONCE(nf->natevents.log.stopped));
	show_value(seq, "natLost", READ_ONCE(nf->natevents.log.lost));
	show_value(seq, "natUnsent", READ_ONCE(nf->exporter.account.lost_events));
	show_value(seq, "promiscPackets", totals.sums.counter[NFL_FOREIGN_PACKETS]);
	show_value(seq, "promiscDiscarded", totals.sums.counter[NFL_FOREIGN_DISCARDED]);
	show_value(seq, "unsampledPackets", totals.unsampled_packets);
	show_value(seq, "unsampledBytes", totals.unsampled_octets);
	show_value(seq, "discardedFlows", totals.discarded_flows);
	show_value(seq, "discardedPackets", totals.discarded_packets);
	show_value(seq, "discardedBytes", totals.discarded_octets);
	return 0;
}

/*
 * The file ipt_netflow_audit: place, packets, octets, flows. Causes of what was ignored
 * are known in packets only. Where flows are not known there is a 0.
 */
static int show_audit(struct seq_file *seq, void *unused)
{
	struct netflow *nf = nfl_instance(seq_file_single_net(seq));
	struct nfl_sums sums;
	struct nfl_audit audit;
	int place;

	nfl_audit_take(&nf->exporter, &audit);
	for (place = 0; place < NFL_AUDIT_PLACES; place++)
		seq_printf(seq, "%-9s %llu %llu %llu\n", nfl_audit_names[place],
			   audit.at[place].packets, audit.at[place].octets, audit.at[place].flows);
	nfl_meter_sums(&nf->meter, -1, &sums);
	seq_printf(seq, "%-9s %llu\n", "truncated", sums.counter[NFL_TRUNCATED]);
	seq_printf(seq, "%-9s %llu\n", "malformed", sums.counter[NFL_MALFORMED]);
	seq_printf(seq, "%-9s %llu\n", "no_memory", sums.counter[NFL_NO_MEMORY]);
	seq_printf(seq, "%-9s %lld %lld\n", "missing", audit.missing.packets,
		   audit.missing.octets);
	return 0;
}

/**
 * nfl_procfs_register() - make the files of a namespace
 * @nf: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_procfs_register(struct netflow *nf)
{
	struct proc_dir_entry *dir = nf->net->proc_net_stat;

	if (!proc_create_net_single("ipt_netflow", 0444, dir, show_statistics, NULL))
		return -ENOMEM;
	if (!proc_create_net_single("ipt_netflow_snmp", 0444, dir, show_snmp, NULL))
		goto err_statistics;
	if (!proc_create_net("ipt_netflow_flows", 0400, dir, &nfl_dump_operations,
			     nfl_dump_state_size()))
		goto err_snmp;
	if (!proc_create_net_single("ipt_netflow_audit", 0400, dir, show_audit, NULL))
		goto err_flows;
	return 0;

err_flows:
	remove_proc_entry("ipt_netflow_flows", dir);
err_snmp:
	remove_proc_entry("ipt_netflow_snmp", dir);
err_statistics:
	remove_proc_entry("ipt_netflow", dir);
	return -ENOMEM;
}

/**
 * nfl_procfs_unregister() - remove them; waits for readers
 * @nf: the namespace
 */
void nfl_procfs_unregister(struct netflow *nf)
{
	struct proc_dir_entry *dir = nf->net->proc_net_stat;

	remove_proc_entry("ipt_netflow_audit", dir);
	remove_proc_entry("ipt_netflow_flows", dir);
	remove_proc_entry("ipt_netflow_snmp", dir);
	remove_proc_entry("ipt_netflow", dir);
}
