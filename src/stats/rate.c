// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rates of traffic: measured every few seconds, and averaged by an exponentially
 * weighted mean, which needs no earlier measurements.
 */
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "base/clock.h"
#include "base/rate.h"
#include "base/works.h"
#include "export/exporter.h"
#include "meter/counters.h"
#include "meter/meter.h"
#include "stats/rate.h"

static void average(u64 *mean, u64 now, unsigned int seconds)
{
	/* in signed arithmetic: the mean moves by this part of the difference */
	WRITE_ONCE(*mean, *mean + div_s64(((s64)now - (s64)*mean) * NFL_RATE_SECONDS, seconds));
}

static void measure_cpus(struct nfl_rate *rate, u64 passed)
{
	struct nfl_cpu_rate *cpus = rate->cpus;
	struct nfl_sums sums;
	int number;

	for_each_possible_cpu(number) {
		nfl_meter_sums(rate->export->meter, number, &sums);
		WRITE_ONCE(cpus[number].rate,
			   nfl_rate_of(&cpus[number].packets, sums.counter[NFL_SEEN_PACKETS],
				       passed));
	}
}

static void rate_work(struct work_struct *work)
{
	struct nfl_rate *rate = container_of(to_delayed_work(work), struct nfl_rate, work);
	const u64 now = nfl_clock64();
	const u64 passed = max(now - rate->time, 1ULL);
	struct nfl_rate_value *value = rate->value;
	struct nfl_sums sums;
	u64 live;

	nfl_meter_sums(rate->export->meter, -1, &sums);
	WRITE_ONCE(value[NFL_RATE_NOW].packets,
		   nfl_rate_of(&rate->packets, sums.counter[NFL_SEEN_PACKETS], passed));
	WRITE_ONCE(value[NFL_RATE_NOW].bits,
		   nfl_rate_of(&rate->octets, sums.counter[NFL_SEEN_OCTETS], passed) * 8);
	WRITE_ONCE(rate->sent_rate,
		   nfl_rate_of(&rate->sent, READ_ONCE(rate->export->transport.octets), passed));
	measure_cpus(rate, passed);
	average(&value[NFL_RATE_1_MINUTE].packets, value[NFL_RATE_NOW].packets, 60);
	average(&value[NFL_RATE_1_MINUTE].bits, value[NFL_RATE_NOW].bits, 60);
	average(&value[NFL_RATE_5_MINUTES].packets, value[NFL_RATE_NOW].packets, 300);
	average(&value[NFL_RATE_5_MINUTES].bits, value[NFL_RATE_NOW].bits, 300);
	rate->time = now;

	live = nfl_meter_live(rate->export->meter);
	if (live > rate->peak_flows) {
		WRITE_ONCE(rate->peak_flows, live);
		WRITE_ONCE(rate->peak_time, now);
	}
	queue_delayed_work(nfl_workqueue, &rate->work, NFL_RATE_SECONDS * HZ);
}

/**
 * nfl_rate_init() - initialise; nothing is measured yet
 * @rate: the rates of a namespace, all 0
 * @export: the exporter of the namespace
 */
void nfl_rate_init(struct nfl_rate *rate, struct nfl_exporter *export)
{
	rate->export = export;
	INIT_DELAYED_WORK(&rate->work, rate_work);
}

/**
 * nfl_rate_start() - start measuring, unless it was started
 * @rate: the rates; readers may use them until the namespace goes, whether or not the rest
 *	can be started
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_rate_start(struct nfl_rate *rate)
{
	struct nfl_cpu_rate *cpus;

	if (rate->cpus)
		return 0;
	cpus = kcalloc(nr_cpu_ids, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return -ENOMEM;
	/* pairs with nfl_rate_of_cpu() */
	smp_store_release(&rate->cpus, cpus);
	rate->time = nfl_clock64();
	queue_delayed_work(nfl_workqueue, &rate->work, NFL_RATE_SECONDS * HZ);
	return 0;
}

/**
 * nfl_rate_of_cpu() - the packets per second of a CPU
 * @rate: the rates of the namespace
 * @number: the CPU
 */
u64 nfl_rate_of_cpu(const struct nfl_rate *rate, int number)
{
	/* pairs with nfl_rate_start() */
	const struct nfl_cpu_rate *cpus = smp_load_acquire(&rate->cpus);

	return cpus ? READ_ONCE(cpus[number].rate) : 0;
}

/**
 * nfl_rate_stop() - stop measuring, if it was started; waits for a running measurement
 * @rate: the rates, without readers
 */
void nfl_rate_stop(struct nfl_rate *rate)
{
	cancel_delayed_work_sync(&rate->work);
	kfree(rate->cpus);
	rate->cpus = NULL;
}
