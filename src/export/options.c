// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options data (RFC 7011 section 4). The statistics and losses of metering and exporting,
 * and the sampler, are exported once a minute; the system every five minutes. All of them are
 * exported to a session when it begins. Names of interfaces: see interface_names.c. Flow keys:
 * see transport/announce.c.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>

#include "base/clock.h"
#include "base/config.h"
#include "export/exporter.h"
#include "export/options.h"
#include "ipt_NETFLOW.h"
#include "meter/counters.h"
#include "protocol/template.h"

#define STATISTICS_INTERVAL	(60 * HZ)
#define SYSTEM_INTERVAL		(300 * HZ)

/* A record for which there is no room is sent the next time. */
static void options_add(struct nfl_exporter *export, const struct nfl_stored_options *options)
{
	struct nfl_stored_options stored = *options;

	stored.first = export->options.first;
	nfl_log_append_options(&export->transport.log[NFL_LOG_OPTIONS], &stored);
}

/* Ignored packets have no timestamps: take the time at which the count was seen to change. */
static void note_ignored(struct nfl_options *options, u64 packets, u64 now)
{
	if (packets == options->ignored_packets)
		return;
	options->ignored_packets = packets;
	options->ignored_last = now;
	if (!options->ignored_first)
		options->ignored_first = now;
}

/* What has been lost on its way to a log; what a session has lost is added later. */
static void reliability_add(struct nfl_exporter *export, enum nfl_log_kind kind,
			    const struct nfl_account *dropped)
{
	const struct nfl_log *log = &export->transport.log[kind];
	struct nfl_stored_options options = {
		.which = NFL_TEMPLATE_EXPORTING_RELIABILITY,
		.log = kind,
	};

	spin_lock(&export->transport.account);
	options.exporting = (struct nfl_exporting_reliability) {
		.flows = log->missed.flows + dropped->flows,
		.packets = log->missed.packets + dropped->packets,
		.octets = log->missed.octets + dropped->octets,
		.first = log->missed_first,
		.last = log->missed_last,
	};
	spin_unlock(&export->transport.account);
	options_add(export, &options);
}

static void statistics_add(struct nfl_exporter *export)
{
	const u64 now = ktime_to_ms(ktime_get_real());
	struct nfl_sums sums;

	nfl_meter_sums(export->meter, -1, &sums);
	note_ignored(&export->options, sums.counter[NFL_LOST_PACKETS], now);
	/* what each session has counted is added when the records are sent */
	options_add(export, &(struct nfl_stored_options) {
		.which = NFL_TEMPLATE_METERING_STATISTICS,
		.statistics = {
			.observed_flows = sums.counter[NFL_NEW_FLOWS],
		},
	});
	options_add(export, &(struct nfl_stored_options) {
		.which = NFL_TEMPLATE_METERING_RELIABILITY,
		.metering = {
			.packets = sums.counter[NFL_LOST_PACKETS],
			.octets = sums.counter[NFL_LOST_OCTETS],
			.first = export->options.ignored_first,
			.last = export->options.ignored_last,
		},
	});
	reliability_add(export, NFL_LOG_FLOWS, &(struct nfl_account) {
		.flows = sums.counter[NFL_DROPPED_FLOWS],
		.packets = sums.counter[NFL_DROPPED_PACKETS],
		.octets = sums.counter[NFL_DROPPED_OCTETS],
	});
	if (READ_ONCE(export->config->natevents))
		reliability_add(export, NFL_LOG_EVENTS, &(struct nfl_account) { });
}

/* Add the selector's algorithm and its counts. */
static void sampler_add(struct nfl_exporter *export)
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
	const u32 selector = READ_ONCE(export->meter->selector);
	const enum nfl_selector_mode mode = nfl_selector_mode(selector);
	const enum nfl_options_template of_mode[] = {
		templates[mode].algorithm,
		templates[mode].counts,
		NFL_TEMPLATE_SAMPLER,
		NFL_TEMPLATE_SAMPLING,
	};
	unsigned int i;
	struct nfl_selection_counts counts;
	struct nfl_stored_options options;

	/* a collector scales by the last selector until it receives a record without sampling */
	if (!selector && export->selection.told)
		options_add(export, &(struct nfl_stored_options) {
			.which = NFL_TEMPLATE_SAMPLING,
			.selector = {
				.selector = nfl_selector(NFL_SELECT_ALL, 1),
			},
		});
	if (!selector)
		return;
	export->selection.told = true;
	nfl_flow_selection_counts(&export->selection, &counts);
	options = (struct nfl_stored_options) {
		.selector = {
			.selector = selector,
			.flows = counts.flows,
			.selected_flows = counts.selected_flows,
			.packets = counts.packets,
			.selected_packets = counts.selected_packets,
		},
	};
	for (i = 0; i < ARRAY_SIZE(of_mode); i++) {
		options.which = of_mode[i];
		options_add(export, &options);
	}
}

/* Add the name and version of the module, and the boot time of the system. */
static void system_add(struct nfl_exporter *export)
{
	struct nfl_stored_options options = {
		.which = NFL_TEMPLATE_SYSTEM,
		.system = {
			.boot_time = nfl_clock_epoch(),
		},
	};
	const char *srcversion = "";

#ifdef MODULE
	srcversion = THIS_MODULE->srcversion ?: "";
#endif
	snprintf(options.system.name, sizeof(options.system.name), "%s %s %s", KBUILD_MODNAME,
		 NETFLOW_VERSION, srcversion);
	options_add(export, &options);
}

/* Export all options data to the sessions that have begun since this was last called. */
static void options_begin(struct nfl_exporter *export)
{
	export->options.first = export->options.begun + 1;
	statistics_add(export);
	sampler_add(export);
	system_add(export);
	nfl_names_begin(&export->interfaces.names, export->options.first);
	export->options.first = 0;
}

/**
 * nfl_options_export() - export the options data that are due
 * @export: the exporter
 *
 * Context: process. The caller holds the sender's lock.
 */
void nfl_options_export(struct nfl_exporter *export)
{
	const u32 sessions = export->transport.log[NFL_LOG_OPTIONS].sessions;
	struct nfl_options *options = &export->options;
	bool all = options->options_due;

	/* nobody would receive them */
	if (!sessions)
		return;
	/* before the first session there were none */
	if (!options->begun)
		all = true;
	else if (!all && options->begun != sessions)
		options_begin(export);
	options->options_due = false;
	options->begun = sessions;
	if (all || time_after_eq(jiffies, options->statistics_time + STATISTICS_INTERVAL)) {
		options->statistics_time = jiffies;
		statistics_add(export);
		sampler_add(export);
	}
	if (all || time_after_eq(jiffies, options->system_time + SYSTEM_INTERVAL)) {
		options->system_time = jiffies;
		system_add(export);
		nfl_interface_numbers_forget(&export->interfaces.numbers,
					     READ_ONCE(export->config->inactive_timeout));
	}
	if (all)
		nfl_names_hurry(&export->interfaces.names);
	nfl_names_export(&export->interfaces.names);
}

/**
 * nfl_options_delay() - the time until options data are due
 * @export: the exporter
 *
 * Context: process. The caller holds the sender's lock.
 * Return: jiffies from now.
 */
unsigned long nfl_options_delay(const struct nfl_exporter *export)
{
	const u32 sessions = export->transport.log[NFL_LOG_OPTIONS].sessions;
	const struct nfl_options *options = &export->options;
	long delay;

	if (!sessions)
		return MAX_JIFFY_OFFSET;
	if (options->options_due || options->begun != sessions)
		return 1;
	delay = min3((long)(options->statistics_time + STATISTICS_INTERVAL - jiffies),
		     (long)(options->system_time + SYSTEM_INTERVAL - jiffies),
		     (long)nfl_names_delay(&export->interfaces.names));
	return max(delay, 1L);
}

/**
 * nfl_options_init() - initialise; nothing was sent or counted yet
 * @options: the options data, all 0
 */
void nfl_options_init(struct nfl_options *options)
{
	options->statistics_time = jiffies;
	options->system_time = jiffies;
}
