// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exporting process.
 *
 * CPUs put batches of ended flows into a lock-free list. A thread takes them out in rounds
 * (round.c), merges the parts of each flow (merge.c) and appends the flows to a log (append.c).
 * Another one sends what the logs have to each destination (transport/).
 *
 * Nothing waits for long: a round starts ROUND_DELAY after the first batch, or at once when
 * many wait. When the log is full, the queue of batches fills, and at last flows stay in the
 * tables.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "base/config.h"
#include "export/exporter.h"
#include "export/flush.h"
#include "export/round.h"
#include "transport/destination.h"

#define ROUND_DELAY	(HZ / 50)

/* A batch has come. Context: any but NMI. */
static void batch_arrived(struct nfl_batch_queue *queue)
{
	struct nfl_exporter *export = container_of(queue, struct nfl_exporter, queue);

	/* with so many batches waiting a round starts at once */
	nfl_export_wake(&export->rounds, nfl_batch_queue_behind(queue) ? 0 :
			max_t(u32, ROUND_DELAY, READ_ONCE(export->config->scan_min)));
}

/* A NAT event was appended. More follow soon, if there are many. */
static void event_arrived(struct nfl_log *log)
{
	struct nfl_exporter *export = container_of(log, struct nfl_exporter,
						   transport.log[NFL_LOG_EVENTS]);

	nfl_export_wake(&export->sender, ROUND_DELAY);
}

/* Flows that wait outside the log may go there. */
static void room_in_log(struct nfl_transport *transport)
{
	struct nfl_exporter *export = container_of(transport, struct nfl_exporter, transport);

	nfl_export_wake(&export->rounds, 0);
}

/* A session may accept messages again. Context: any. */
static void session_ready(struct nfl_transport *transport)
{
	struct nfl_exporter *export = container_of(transport, struct nfl_exporter, transport);

	nfl_export_wake(&export->sender, 0);
}

static void rounds_work(struct kthread_work *work)
{
	struct nfl_exporter *export = container_of(work, struct nfl_exporter, rounds.work.work);
	const unsigned long until = jiffies + NFL_EXPORT_RUN_MAX;
	bool is_waiting, is_full;
	ktime_t start;

	nfl_export_work_begins(&export->rounds);
	mutex_lock(&export->round_lock);
	start = ktime_get();
	WRITE_ONCE(export->run_time, jiffies);
	WRITE_ONCE(export->run_cpu, raw_smp_processor_id());
	nfl_place_look(&export->rounds.place);
	while (nfl_export_round(export, until))
		cond_resched();
	is_waiting = nfl_export_waiting(export);
	WRITE_ONCE(export->run_us, ktime_us_delta(ktime_get(), start));
	mutex_unlock(&export->round_lock);
	nfl_export_wake(&export->sender, 0);
	/* where the log is full, the sender wakes this work */
	is_full = is_waiting && nfl_transport_is_full(&export->transport, NFL_LOG_FLOWS);
	if (is_waiting)
		nfl_export_wake(&export->rounds, is_full ? HZ :
				time_after(jiffies, until) ? 0 : ROUND_DELAY);
	nfl_export_work_ends(&export->rounds);
}

static void sender_work(struct kthread_work *work)
{
	struct nfl_exporter *export = container_of(work, struct nfl_exporter, sender.work.work);
	unsigned long delay;
	u32 rest;

	nfl_export_work_begins(&export->sender);
	mutex_lock(&export->transport.lock);
	nfl_place_look(&export->sender.place);
	nfl_options_export(export);
	delay = nfl_transport_pump(&export->transport, false);
	delay = min(delay, nfl_options_delay(export));
	rest = export->transport.rest;
	mutex_unlock(&export->transport.lock);
	nfl_export_wake(&export->sender, delay);
	if (rest)
		nfl_worker_rest(&export->sender, rest);
	nfl_export_work_ends(&export->sender);
}

/* It was parsed when it was set, so only memory may be missing. */
static void destinations_init(struct nfl_exporter *export)
{
	LIST_HEAD(destinations);
	int err;

	err = nfl_destinations_parse(export->config->destination, &destinations);
	if (!err)
		err = nfl_transport_redirect(&export->transport, &destinations);
	nfl_destinations_free(&destinations);
	if (err)
		pr_err("destination: nothing is exported, error %pe: set it again\n", ERR_PTR(err));
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
	mutex_init(&export->flush_lock);
	mutex_init(&export->round_lock);
	export->config = config;
	export->meter = meter;
	nfl_batch_queue_init(&export->queue, batch_arrived);
	nfl_worker_init(&export->rounds, rounds_work, meter, config);
	nfl_worker_init(&export->sender, sender_work, meter, config);
	nfl_transport_init(&export->transport, net, config);
	export->transport.room = room_in_log;
	export->transport.wake = session_ready;
	export->transport.log[NFL_LOG_EVENTS].arrived = event_arrived;
	export->selection.meter = meter;
	export->selection.account = &export->transport.account;
	nfl_interfaces_init(&export->interfaces, net, &export->transport.log[NFL_LOG_OPTIONS],
			    &export->sender);
	nfl_options_init(&export->options);
	destinations_init(export);
}

/**
 * nfl_export_prepare() - have the memory and the threads for nfl_export_start()
 * @export: the exporter, at rest; nfl_export_pause() and nfl_export_stop() undo it
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error; then nothing is left that is not freed by nfl_export_stop().
 */
int nfl_export_prepare(struct nfl_exporter *export)
{
	int err;

	err = nfl_transport_start(&export->transport);
	if (err)
		return err;
	err = nfl_worker_create(&export->rounds, "netflow-rounds");
	if (err)
		return err;
	err = nfl_worker_create(&export->sender, "netflow-sender");
	if (err)
		nfl_worker_stop(&export->rounds);
	return err;
}

/**
 * nfl_export_start() - start the exporter
 * @export: the exporter, prepared, the CPUs of its metering process there
 */
void nfl_export_start(struct nfl_exporter *export)
{
	export->running = true;
	nfl_worker_start(&export->rounds);
	nfl_worker_start(&export->sender);
	nfl_export_wake(&export->rounds, 0);
}

/**
 * nfl_export_pause() - end the exporter's threads
 * @export: the exporter, prepared, started or not
 *
 * From now on it gives no flow part back to a CPU, so that these can be stopped.
 *
 * Context: process; sleeps; without locks that a thread takes, nftables' among them.
 */
void nfl_export_pause(struct nfl_exporter *export)
{
	nfl_worker_stop(&export->rounds);
	nfl_worker_stop(&export->sender);
	/* sockets may still be closed */
	nfl_works_wait(&export->works);
}

/**
 * nfl_export_stop() - end the exporter, after all that it has was sent
 * @export: the exporter; its threads and all CPUs are stopped
 */
void nfl_export_stop(struct nfl_exporter *export)
{
	nfl_export_flush(export);
	export->running = false;
	mutex_lock(&export->round_lock);
	nfl_export_discard(export);
	mutex_lock(&export->transport.lock);
	nfl_transport_stop(&export->transport);
	mutex_unlock(&export->transport.lock);
	mutex_unlock(&export->round_lock);
}
