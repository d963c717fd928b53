// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exporting process.
 *
 * CPUs put batches of ended flows into a lock-free list. A work item takes them
 * out in rounds (round.c), merges the parts of each flow (merge.c), makes records of these
 * (flow_record.c), writes them into messages (messages.c) and gives these to the
 * destinations (transport.c).
 *
 * Nothing waits for long: a round starts ROUND_DELAY after the first batch, or
 * at once when many wait. When a destination's send buffer is full no more messages are
 * made, the queue of batches fills, and at last flows stay in the tables.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "base/config.h"
#include "export/exporter.h"
#include "export/flush.h"
#include "export/reconfigure.h"
#include "export/round.h"

#define ROUND_DELAY	(HZ / 50)

/* A batch has come. Context: any but NMI. */
static void batch_arrived(struct nfl_batch_queue *queue)
{
	struct nfl_exporter *export = container_of(queue, struct nfl_exporter, queue);

	/* with so many batches waiting a round starts at once */
	nfl_export_wake(&export->worker, nfl_batch_queue_behind(queue) ? 0 :
			max_t(u32, ROUND_DELAY, READ_ONCE(export->config->scan_min)));
}

/* Returns the delay, in jiffies, after which there is something to do again. */
static unsigned long export_run(struct nfl_exporter *export)
{
	const unsigned long until = jiffies + NFL_EXPORT_RUN_MAX;
	unsigned long delay;
	bool busy;

	nfl_options_export(export);
	while (nfl_export_round(export, until))
		cond_resched();
	delay = nfl_export_tend_messages(&export->messages);
	busy = nfl_transport_pump(&export->transport);

	delay = min(delay, nfl_options_delay(export));
	if (busy)
		return 1;
	if (nfl_export_waiting(export))
		delay = min_t(unsigned long, delay, time_after(jiffies, until) ? 0 : ROUND_DELAY);
	if (nfl_transport_waiting(&export->transport))
		delay = min_t(unsigned long, delay, HZ);
	return delay;
}

static void export_work(struct kthread_work *work)
{
	struct nfl_exporter *export = container_of(work, struct nfl_exporter, worker.work.work);
	unsigned long delay;
	ktime_t start;

	nfl_export_work_begins(&export->worker);
	mutex_lock(&export->lock);
	start = ktime_get();
	WRITE_ONCE(export->run_time, jiffies);
	WRITE_ONCE(export->run_cpu, raw_smp_processor_id());
	nfl_place_look(&export->worker.place);
	delay = export_run(export);
	WRITE_ONCE(export->run_us, ktime_us_delta(ktime_get(), start));
	mutex_unlock(&export->lock);
	nfl_export_wake(&export->worker, delay);
	nfl_export_work_ends(&export->worker);
}

/**
 * nfl_export_init() - the exporter, at rest
 * @export: to be initialised, all 0
 * @net: its namespace
 * @config: the settings there, which are set
 * @meter: the metering process there
 */
void nfl_export_init(struct nfl_exporter *export, struct net *net, const struct nfl_config *config,
		     struct nfl_meter *meter)
{
	int err;

	mutex_init(&export->lock);
	export->config = config;
	export->meter = meter;
	nfl_batch_queue_init(&export->queue, batch_arrived);
	nfl_worker_init(&export->worker, export_work, meter, config);
	export->transport = (struct nfl_transport) {
		.destinations = LIST_HEAD_INIT(export->transport.destinations),
		/* it was checked when it was set */
		.protocol = max(nfl_protocol_find(config->protocol), 0),
		.net = net,
		.config = config,
		.sets = &export->templates.extra_sets,
		.account = &export->account,
	};
	export->messages = (struct nfl_messages) {
		.worker = &export->worker,
		.transport = &export->transport,
		.account = &export->account,
	};
	export->templates.transport = &export->transport;
	export->selection.meter = meter;
	export->selection.account = &export->account;
	nfl_interfaces_init(&export->interfaces, net, &export->messages, &export->worker);
	nfl_options_init(&export->options);

	/* it was parsed when it was set, so only memory may be missing */
	err = nfl_destinations_parse(config->destination, &export->transport.destinations);
	if (err)
		pr_err("destination: nothing is exported, error %pe: set it again\n", ERR_PTR(err));
	nfl_export_protocols_changed(export);
}

/**
 * nfl_export_start() - start the exporter
 * @export: the exporter, the CPUs of its metering process and the worker's thread there
 */
void nfl_export_start(struct nfl_exporter *export)
{
	export->running = true;
	nfl_export_options_due(&export->options);
	nfl_worker_start(&export->worker);
	nfl_export_wake(&export->worker, 0);
}

/**
 * nfl_export_stop() - end the exporter, after all that it has was sent
 * @export: the exporter; its worker and all CPUs are stopped
 */
void nfl_export_stop(struct nfl_exporter *export)
{
	nfl_export_flush(export);
	export->running = false;
	mutex_lock(&export->lock);
	nfl_export_discard(export);
	nfl_transport_close(&export->transport);
	mutex_unlock(&export->lock);
}
