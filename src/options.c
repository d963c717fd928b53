// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options data (RFC 7011 section 4): the statistics and the losses of metering
 * and exporting and the sampler once a minute, the flow keys and the interfaces' names every
 * five minutes, all of it when a destination is connected.
 */
#include <linux/netdevice.h>

#include "instance.h"
#include "options.h"
#include "protocol.h"
#include "template.h"
#include "text.h"

#define STATISTICS_INTERVAL	(60 * HZ)
#define INTERFACES_INTERVAL	(300 * HZ)

/*
 * Interfaces that are told of at a time. A concentrator has thousands, and a
 * burst of all their names would overrun a collector.
 */
#define INTERFACES_A_TIME	64
#define INTERFACES_DELAY	(HZ / 10)

static void options_add(struct netflow *nf, enum nfl_options_template number, const void *source)
{
	nfl_export_add(nf, NFL_RECORD_OPTIONS, number, source);
}

/* Losses of the metering process have no time of their own but "since I looked". */
static void note_ignored(struct nfl_export *export, u64 packets, u64 now)
{
	if (packets == export->ignored_packets)
		return;
	export->ignored_packets = packets;
	export->ignored_last = now;
	if (!export->ignored_first)
		export->ignored_first = now;
}

static void statistics_add(struct netflow *nf)
{
	const u64 now = ktime_to_ms(ktime_get_real());
	const u32 domain = READ_ONCE(nf->config.engine_id);
	struct nfl_export *export = &nf->export;
	struct nfl_cpu_sums sums;

	nfl_cpu_sums(nf, -1, &sums);
	note_ignored(export, sums.counter[NFL_LOST_PACKETS], now);
	options_add(nf, NFL_TEMPLATE_METERING_STATISTICS, &(struct nfl_metering_statistics) {
		.domain = domain,
		.messages = export->messages,
		.flows = export->exported.flows,
		.octets = export->message_octets,
		.observed_flows = sums.counter[NFL_NEW_FLOWS],
		.init_time = export->init_time,
	});
	options_add(nf, NFL_TEMPLATE_METERING_RELIABILITY, &(struct nfl_metering_reliability) {
		.domain = domain,
		.packets = sums.counter[NFL_LOST_PACKETS],
		.octets = sums.counter[NFL_LOST_OCTETS],
		.first = export->ignored_first,
		.last = export->ignored_last,
	});
	options_add(nf, NFL_TEMPLATE_EXPORTING_RELIABILITY, &(struct nfl_exporting_reliability) {
		.process = domain,
		.flows = export->lost.flows + sums.counter[NFL_DROPPED_FLOWS],
		.packets = export->lost.packets + sums.counter[NFL_DROPPED_PACKETS],
		.octets = export->lost.octets + sums.counter[NFL_DROPPED_OCTETS],
		.first = export->lost_first,
		.last = export->lost_last,
	});
	/*
	 * No element counts lost NAT events. Telling of NAT sessions is a process
	 * of its own, whose records are these events.
	 */
	if (READ_ONCE(nf->config.natevents))
		options_add(nf, NFL_TEMPLATE_EXPORTING_RELIABILITY,
			    &(struct nfl_exporting_reliability) {
			.process = domain + 1,
			.flows = export->lost_events,
			.first = export->lost_events_first,
			.last = export->lost_events_last,
		});
}

/* What the sampler does, and what it has done. */
static void sampler_add(struct netflow *nf)
{
	static const struct {
		enum nfl_options_template algorithm;
		enum nfl_options_template counts;
	} templates[NFL_SELECT_MODES] = {
		[NFL_SELECT_FLOWS] = {
			NFL_TEMPLATE_SELECT_FLOWS, NFL_TEMPLATE_SELECTED_FLOWS
		},
		[NFL_SELECT_FLOWS_RANDOM] = {
			NFL_TEMPLATE_SELECT_FLOWS_RANDOM, NFL_TEMPLATE_SELECTED_FLOWS
		},
		[NFL_SELECT_HASH] = {
			NFL_TEMPLATE_SELECT_HASH, NFL_TEMPLATE_SELECTED_HASH
		},
		[NFL_SELECT_PACKETS] = {
			NFL_TEMPLATE_SELECT_PACKETS, NFL_TEMPLATE_SELECTED_PACKETS
		},
		[NFL_SELECT_PACKETS_RANDOM] = {
			NFL_TEMPLATE_SELECT_PACKETS_RANDOM, NFL_TEMPLATE_SELECTED_PACKETS
		},
	};
	const u32 selector = nf->sampler.selector;
	const enum nfl_selector_mode mode = nfl_selector_mode(selector);
	struct nfl_sampler_counts counts;
	struct nfl_selector_record record;

	/* who has been told of a selector multiplies until it hears that there is none */
	if (!selector && nf->sampler.told)
		options_add(nf, NFL_TEMPLATE_SAMPLING, &(struct nfl_selector_record) {
			.domain = READ_ONCE(nf->config.engine_id),
			.selector = nfl_selector(NFL_SELECT_ALL, 1),
		});
	if (!selector)
		return;
	nf->sampler.told = true;
	nfl_sampler_counts(nf, &counts);
	record = (struct nfl_selector_record) {
		.domain = READ_ONCE(nf->config.engine_id),
		.selector = selector,
		.flows = counts.flows,
		.selected_flows = counts.selected_flows,
		.packets = counts.packets,
		.selected_packets = counts.selected_packets,
	};
	options_add(nf, templates[mode].algorithm, &record);
	options_add(nf, templates[mode].counts, &record);
	options_add(nf, NFL_TEMPLATE_SAMPLER, &record);
	options_add(nf, NFL_TEMPLATE_SAMPLING, &record);
}

static void flow_keys_of(struct netflow *nf, u16 extras)
{
	struct nfl_layout layout;
	unsigned int i;

	for (i = 0; i < NFL_FLOW_TEMPLATES; i++) {
		layout = nfl_layout_of_flow(&nfl_ipfix_templates, i, extras);
		options_add(nf, NFL_TEMPLATE_FLOW_KEYS, &layout);
	}
}

/* Of IPFIX's templates: no other protocol has a way to say it. */
static void flow_keys_add(struct netflow *nf)
{
	unsigned int extras;

	flow_keys_of(nf, 0);
	for_each_set_bit(extras, nf->export.extra_sets.map, NFL_EXTRA_SETS)
		flow_keys_of(nf, extras);
}

/*
 * Some interfaces, from where the last call ended. One that comes or goes in
 * between may make another be left out, until the next time.
 */
static void interfaces_add(struct netflow *nf)
{
	const unsigned int skip = nf->export.interfaces_sent;
	struct nfl_interface *some;
	unsigned int seen = 0, count = 0, i;
	struct net_device *dev;

	some = kcalloc(INTERFACES_A_TIME, sizeof(*some), GFP_KERNEL);
	if (!some)
		return;

	rcu_read_lock();
	for_each_netdev_rcu(nf->net, dev) {
		const struct dev_ifalias *alias = rcu_dereference(dev->ifalias);

		if (seen++ < skip)
			continue;
		if (count == INTERFACES_A_TIME)
			break;
		some[count].index = nfl_interface_number(&nf->interfaces, dev->ifindex);
		nfl_text_set(some[count].name, sizeof(some[count].name), dev->name);
		nfl_text_set(some[count].description, sizeof(some[count].description),
			     alias ? alias->ifalias : "");
		count++;
	}
	rcu_read_unlock();

	for (i = 0; i < count; i++)
		options_add(nf, NFL_TEMPLATE_INTERFACE, &some[i]);
	kfree(some);
	nf->export.interfaces_sent += count;
	nf->export.interfaces_left = seen > skip + count;
}

/**
 * nfl_options_export() - export the options data that are due
 * @nf: the namespace, its exporter locked
 */
void nfl_options_export(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	const bool all = export->options_due;

	export->options_due = false;
	if (all || time_after_eq(jiffies, export->statistics_time + STATISTICS_INTERVAL)) {
		export->statistics_time = jiffies;
		statistics_add(nf);
		sampler_add(nf);
	}
	if (all || time_after_eq(jiffies, export->interfaces_time + INTERFACES_INTERVAL)) {
		export->interfaces_time = jiffies;
		export->interfaces_sent = 0;
		export->interfaces_left = true;
		flow_keys_add(nf);
		nfl_interfaces_forget(nf);
	}
	if (export->interfaces_left)
		interfaces_add(nf);
}

/**
 * nfl_options_delay() - when options data will be due, in jiffies from now
 * @nf: the namespace, its exporter locked
 */
unsigned long nfl_options_delay(const struct netflow *nf)
{
	const struct nfl_export *export = &nf->export;
	long delay;

	if (export->options_due)
		return 1;
	if (export->interfaces_left)
		return INTERFACES_DELAY;
	delay = min((long)(export->statistics_time + STATISTICS_INTERVAL - jiffies),
		    (long)(export->interfaces_time + INTERFACES_INTERVAL - jiffies));
	return max(delay, 1L);
}
