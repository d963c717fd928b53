// SPDX-License-Identifier: GPL-2.0-only
/*
 * The statistics in the Prometheus text format: tables of metrics with their types and
 * descriptions.
 */
#include <stdlib.h>

#include "metrics.h"
#include "settings.h"
#include "statistics.h"

enum type { COUNTER, GAUGE };

/* A metric with one value per namespace. Lines with the same name differ in their label. */
struct metric {
	enum type type;
	const char *name;
	const char *help;
	const char *label;
	enum statistics_value value;
	unsigned int divisor;
};

static const struct metric metrics[] = {
	{ GAUGE, "table_flows", "Flows in the tables.", NULL, STATISTICS_TABLE_FLOWS, 1 },
	{ GAUGE, "table_packets", "Packets of the flows in the tables.", NULL,
	  STATISTICS_TABLE_PACKETS, 1 },
	{ GAUGE, "table_bytes", "Octets of the flows in the tables.", NULL,
	  STATISTICS_TABLE_OCTETS, 1 },
	{ GAUGE, "table_memory_bytes", "Memory of the tables.", NULL, STATISTICS_TABLE_MEMORY, 1 },
	{ GAUGE, "batch_memory_bytes", "Memory of flows on their way to the exporter.", NULL,
	  STATISTICS_BATCH_MEMORY, 1 },
	{ GAUGE, "nat_memory_bytes", "Memory of the table of NAT sessions.", NULL,
	  STATISTICS_NAT_MEMORY, 1 },
	{ GAUGE, "nat_queue_memory_bytes", "Memory of conntrack's events that wait.", NULL,
	  STATISTICS_NAT_QUEUE_MEMORY, 1 },
	{ GAUGE, "rules", "Rules that meter packets.", NULL, STATISTICS_RULES, 1 },
	{ GAUGE, "hooks", "Hooks that meter packets without rules.", NULL, STATISTICS_HOOKS, 1 },
	{ GAUGE, "minute_packets", "Packets metered in the last whole minute.", NULL,
	  STATISTICS_MINUTE_PACKETS, 1 },
	{ GAUGE, "minute_received_packets",
	  "Packets that devices other than lo have received in it.", NULL,
	  STATISTICS_MINUTE_RECEIVED, 1 },
	{ GAUGE, "unfed", "1 if nothing is metered any more: no rule and no hook, or no packet.",
	  NULL, STATISTICS_UNFED, 1 },
	{ GAUGE, "table_searches_per_packet", "Entries looked at for a packet; 1 is best.", NULL,
	  STATISTICS_TABLE_METRIC, 100 },
	{ GAUGE, "queued_packets", "Packets of flows that are being sent.", NULL,
	  STATISTICS_QUEUED_PACKETS, 1 },
	{ GAUGE, "queued_bytes", "Octets of flows that are being sent.", NULL,
	  STATISTICS_QUEUED_OCTETS, 1 },
	{ COUNTER, "exported_flows_total", "Flows that a collector was sent.", NULL,
	  STATISTICS_OUT_FLOWS, 1 },
	{ COUNTER, "exported_packets_total", "Packets of flows that a collector was sent.", NULL,
	  STATISTICS_OUT_PACKETS, 1 },
	{ COUNTER, "exported_bytes_total", "Octets of flows that a collector was sent.", NULL,
	  STATISTICS_OUT_OCTETS, 1 },
	{ COUNTER, "lost_flows_total", "Flows that no collector was sent.", NULL,
	  STATISTICS_LOST_FLOWS, 1 },
	{ COUNTER, "lost_packets_total", "Packets of flows that no collector was sent.", NULL,
	  STATISTICS_LOST_PACKETS, 1 },
	{ COUNTER, "lost_bytes_total", "Octets of flows that no collector was sent.", NULL,
	  STATISTICS_LOST_OCTETS, 1 },
	{ COUNTER, "withheld_flows_total", "Flows that a destination with NetFlow 5 was not sent.",
	  NULL, STATISTICS_WITHHELD_FLOWS, 1 },
	{ COUNTER, "withheld_packets_total",
	  "Packets of flows that a destination with NetFlow 5 was not sent.", NULL,
	  STATISTICS_WITHHELD_PACKETS, 1 },
	{ COUNTER, "withheld_bytes_total",
	  "Octets of flows that a destination with NetFlow 5 was not sent.", NULL,
	  STATISTICS_WITHHELD_OCTETS, 1 },
	{ COUNTER, "postponed_flows_total", "Flows that were due while the exporter had no room.",
	  NULL, STATISTICS_POSTPONED_FLOWS, 1 },
	{ COUNTER, "returned_flows_total", "Idle parts of flows that another CPU had packets of.",
	  NULL, STATISTICS_RETURNED_FLOWS, 1 },
	{ COUNTER, "nat_events_total", "Translated connections that began and ended.",
	  "event=\"start\"", STATISTICS_NAT_STARTED, 1 },
	{ COUNTER, "nat_events_total", NULL, "event=\"stop\"", STATISTICS_NAT_STOPPED, 1 },
	{ COUNTER, "nat_events_lost_total", "Events of NAT that were lost.",
	  "cause=\"conntrack\"", STATISTICS_NAT_LOST, 1 },
	{ COUNTER, "nat_events_lost_total", NULL, "cause=\"export\"", STATISTICS_NAT_UNSENT, 1 },
	{ COUNTER, "promisc_packets_total", "Frames for other hosts that were seen.", NULL,
	  STATISTICS_PROMISC_PACKETS, 1 },
	{ COUNTER, "promisc_discarded_packets_total",
	  "Frames for other hosts without an IP packet.", NULL, STATISTICS_PROMISC_DISCARDED, 1 },
	{ COUNTER, "unsampled_packets_total", "Packets that the sampler left out.", NULL,
	  STATISTICS_UNSAMPLED_PACKETS, 1 },
	{ COUNTER, "unsampled_bytes_total", "Octets that the sampler left out.", NULL,
	  STATISTICS_UNSAMPLED_OCTETS, 1 },
	{ COUNTER, "discarded_flows_total", "Flow records that the sampler left out.", NULL,
	  STATISTICS_DISCARDED_FLOWS, 1 },
	{ COUNTER, "discarded_packets_total", "Packets of flow records that the sampler left out.",
	  NULL, STATISTICS_DISCARDED_PACKETS, 1 },
	{ COUNTER, "discarded_bytes_total", "Octets of flow records that the sampler left out.",
	  NULL, STATISTICS_DISCARDED_OCTETS, 1 },
};

/* A metric with one value per CPU. */
static const struct cpu_metric {
	const char *name;
	const char *help;
	const char *label;
	enum statistics_cpu_value value;
} cpu_metrics[] = {
	{ "packets_total", "Packets that were metered.", NULL, CPU_PACKETS },
	{ "bytes_total", "Octets that were metered.", NULL, CPU_OCTETS },
	{ "flows_total", "Flows that began.", NULL, CPU_NEW_FLOWS },
	{ "unmetered_packets_total", "Packets that could not be metered.", "cause=\"damaged\"",
	  CPU_TRUNCATED },
	{ "unmetered_packets_total", NULL, "cause=\"memory\"", CPU_NO_MEMORY },
	{ "unmetered_bytes_total", "Octets that could not be metered.", NULL, CPU_DROP_OCTETS },
	{ "fragments_total", "Fragments without ports, metered.", NULL, CPU_FRAGMENTS },
	{ "evicted_flows_total", "Flows that were sent early because there were too many.", NULL,
	  CPU_EVICTED_FLOWS },
};

/* A metric with one value per destination. */
static const struct destination_metric {
	enum type type;
	const char *name;
	const char *help;
	const char *label;
	enum statistics_destination_value value;
} destination_metrics[] = {
	{ GAUGE, "destination_connected", "Whether there is a socket to the destination.", NULL,
	  DESTINATION_ACTIVE },
	{ COUNTER, "destination_errors_total",
	  "What went wrong: no connection, full (a delay, no loss), refused by the host, other.",
	  "cause=\"connect\"", DESTINATION_ERRORS_CONNECT },
	{ COUNTER, "destination_errors_total", NULL, "cause=\"full\"", DESTINATION_ERRORS_FULL },
	{ COUNTER, "destination_errors_total", NULL, "cause=\"refused\"",
	  DESTINATION_ERRORS_REFUSED },
	{ COUNTER, "destination_errors_total", NULL, "cause=\"other\"", DESTINATION_ERRORS_OTHER },
	{ GAUGE, "destination_sndbuf_bytes", "Size of the socket's send buffer.", NULL,
	  DESTINATION_SNDBUF },
	{ GAUGE, "destination_sndbuf_used_bytes", "What is in it.", NULL, DESTINATION_FILLED },
	{ GAUGE, "destination_sndbuf_peak_bytes", "Most that was in it.", NULL, DESTINATION_PEAK },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void put_head(FILE *out, enum type type, const char *name, const char *help)
{
	if (help)
		fprintf(out, "# HELP netflow_%s %s\n# TYPE netflow_%s %s\n", name, help, name,
			type == COUNTER ? "counter" : "gauge");
}

static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			putc('\\', out);
		putc(*value, out);
	}
	putc('"', out);
}

static void put_metrics(FILE *out, const struct statistics *statistics)
{
	unsigned int i;

	for (i = 0; i < COUNT(metrics); i++) {
		const struct metric *metric = &metrics[i];
		const uint64_t value = statistics->value[metric->value];

		if (!statistics->has[metric->value])
			continue;
		put_head(out, metric->type, metric->name, metric->help);
		fprintf(out, "netflow_%s", metric->name);
		if (metric->label)
			fprintf(out, "{%s}", metric->label);
		if (metric->divisor > 1)
			fprintf(out, " %.2f\n", (double)value / metric->divisor);
		else
			fprintf(out, " %llu\n", (unsigned long long)value);
	}
}

static void put_cpus(FILE *out, const struct statistics *statistics)
{
	unsigned int i;
	size_t j;

	for (i = 0; statistics->cpus_count && i < COUNT(cpu_metrics); i++) {
		const struct cpu_metric *metric = &cpu_metrics[i];

		put_head(out, COUNTER, metric->name, metric->help);
		for (j = 0; j < statistics->cpus_count; j++) {
			const struct statistics_cpu *cpu = &statistics->cpus[j];

			fprintf(out, "netflow_%s{cpu=\"%u\"%s%s} %llu\n", metric->name, cpu->number,
				metric->label ? "," : "", metric->label ?: "",
				(unsigned long long)cpu->value[metric->value]);
		}
	}
}

static void put_destinations(FILE *out, const struct statistics *statistics)
{
	unsigned int i;
	size_t j;

	for (i = 0; statistics->destinations_count && i < COUNT(destination_metrics); i++) {
		const struct destination_metric *metric = &destination_metrics[i];

		put_head(out, metric->type, metric->name, metric->help);
		for (j = 0; j < statistics->destinations_count; j++) {
			const struct statistics_destination *destination =
				&statistics->destinations[j];

			fprintf(out, "netflow_%s{", metric->name);
			put_label(out, "destination", destination->text);
			fprintf(out, "%s%s} %llu\n", metric->label ? "," : "", metric->label ?: "",
				(unsigned long long)destination->value[metric->value]);
		}
	}
}

/* Metrics from outside the statistics: the module's version and the limit of flows. */
static void put_module(FILE *out)
{
	char version[64], source[64], line[32];

	if (line_read(MODULE_DIRECTORY, "version", version, sizeof(version)) &&
	    line_read(MODULE_DIRECTORY, "srcversion", source, sizeof(source))) {
		put_head(out, GAUGE, "module_info", "The module that is loaded.");
		fprintf(out, "netflow_module_info{");
		put_label(out, "version", version);
		putc(',', out);
		put_label(out, "srcversion", source);
		fprintf(out, "} 1\n");
	}
	if (line_read(SETTINGS_DIRECTORY, "maxflows", line, sizeof(line))) {
		put_head(out, GAUGE, "maxflows", "Most flows at a time, 0 for no limit.");
		fprintf(out, "netflow_maxflows %llu\n", strtoull(line, NULL, 10));
	}
}

/**
 * metrics_write() - write all metrics
 * @out: the output
 * @directory: directory of the module's statistics
 *
 * If the module is not loaded, the only metric is netflow_up with the value 0.
 *
 * Return: true if everything was written.
 */
bool metrics_write(FILE *out, const char *directory)
{
	struct statistics statistics;
	const bool up = statistics_read(&statistics, directory);

	put_head(out, GAUGE, "up", "Whether the module ipt_NETFLOW is loaded.");
	fprintf(out, "netflow_up %d\n", up);
	if (up) {
		put_module(out);
		put_cpus(out, &statistics);
		put_metrics(out, &statistics);
		put_destinations(out, &statistics);
	}
	statistics_free(&statistics);
	return !fflush(out) && !ferror(out);
}
