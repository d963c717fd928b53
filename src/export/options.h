/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options data about the exporter (RFC 7011 section 4).
 */
#ifndef NFL_EXPORT_OPTIONS_H
#define NFL_EXPORT_OPTIONS_H

#include <linux/types.h>

struct nfl_exporter;

/**
 * struct nfl_options - the state of options data
 * @options_due: all options data are due now, for all sessions
 * @begun: the number of the last session for which all options data were exported
 * @first: the number of the first session that the records are for
 * @statistics_time: when statistics were last sent, jiffies
 * @system_time: when the system and the flow keys were last sent, jiffies
 * @ignored_packets: packets that could not be metered, when last read
 * @ignored_first: when such packets were first seen, milliseconds since 1970
 * @ignored_last: when such packets were last seen, milliseconds since 1970
 *
 * Under the sender's lock.
 */
struct nfl_options {
	bool options_due;
	u32 begun;
	u32 first;
	unsigned long statistics_time;
	unsigned long system_time;
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
