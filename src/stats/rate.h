/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates of traffic, for the statistics.
 */
#ifndef NFL_STATS_RATE_H
#define NFL_STATS_RATE_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct nfl_exporter;

/* Seconds between two measurements. */
#define NFL_RATE_SECONDS	4

/* The rates that are also averaged over one and five minutes. */
enum nfl_rate_span {
	NFL_RATE_NOW,
	NFL_RATE_1_MINUTE,
	NFL_RATE_5_MINUTES,
	NFL_RATE_SPANS,
};

struct nfl_rate_value {
	u64 bits;
	u64 packets;
};

/* One CPU: packets counted at the last measurement, and packets per second. */
struct nfl_cpu_rate {
	u64 packets;
	u64 rate;
};

/**
 * struct nfl_rate - rates of a namespace
 * @work: measures
 * @time: nfl_clock64() of the last measurement
 * @packets: packets counted at @time
 * @octets: octets counted at @time
 * @sent: octets sent until @time
 * @sent_rate: octets sent per second
 * @value: the rates per second
 * @peak_flows: the most flows that a measurement has counted
 * @peak_time: nfl_clock64() of that measurement
 * @cpus: the rates of each CPU; NULL before the first start
 * @export: the exporter of the namespace
 *
 * Only @work writes these fields, with WRITE_ONCE() if others read them. Readers may
 * get values of different measurements.
 */
struct nfl_rate {
	struct delayed_work work;
	u64 time;
	u64 packets;
	u64 octets;
	u64 sent;
	u64 sent_rate;
	struct nfl_rate_value value[NFL_RATE_SPANS];
	u64 peak_flows;
	u64 peak_time;
	struct nfl_cpu_rate *cpus;
	struct nfl_exporter *export;
};

void nfl_rate_init(struct nfl_rate *rate, struct nfl_exporter *export);
int nfl_rate_start(struct nfl_rate *rate);
void nfl_rate_stop(struct nfl_rate *rate);
u64 nfl_rate_of_cpu(const struct nfl_rate *rate, int number);

#endif /* NFL_STATS_RATE_H */
