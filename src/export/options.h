/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options data: what a collector is told about the exporter and its interfaces.
 */
#ifndef NFL_EXPORT_OPTIONS_H
#define NFL_EXPORT_OPTIONS_H

#include <linux/types.h>

struct nfl_exporter;

/**
 * struct nfl_options - what was sent of options data, and when
 * @options_due: all options data are to be sent, whatever the time
 * @statistics_time: when statistics were last sent, jiffies
 * @system_time: when the system and the flow keys were
 * @counts_since: what is counted was since then, by nfl_clock64()
 * @ignored_packets: packets that could not be metered, as of the last look
 * @ignored_first: when they were first seen, milliseconds since 1970
 * @ignored_last: when they last were
 *
 * Under the exporter's lock.
 */
struct nfl_options {
	bool options_due;
	unsigned long statistics_time;
	unsigned long system_time;
	u64 counts_since;
	u64 ignored_packets;
	u64 ignored_first;
	u64 ignored_last;
};

static inline void nfl_export_options_due(struct nfl_options *options)
{
	options->options_due = true;
}

void nfl_options_init(struct nfl_options *options);
void nfl_options_export(struct nfl_exporter *export);
unsigned long nfl_options_delay(const struct nfl_exporter *export);

#endif /* NFL_EXPORT_OPTIONS_H */
