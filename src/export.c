// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exporting process.
 *
 * CPUs put batches of ended flows into a lock-free list. A work item takes them
 * out in rounds, merges the parts of each flow (merge.c), writes records into
 * messages and gives these to the destinations (transport.c).
 *
 * Nothing waits for long: a round starts ROUND_DELAY after the first batch, or
 * at once when many wait; a message that does not fill is sent after
 * MESSAGE_DELAY. When a destination's send buffer is full no more messages are
 * made, the queue of batches fills, and at last flows stay in the tables.
 */
#include <linux/delay.h>
#include <linux/slab.h>

#include "batch.h"
#include "expire.h"
#include "instance.h"
#include "merge.h"
#include "meter.h"
#include "options.h"
#include "protocol.h"

#define ROUND_DELAY	(HZ / 50)
#define MESSAGE_DELAY	(HZ / 4)

/* With so many batches waiting a round starts at once. */
#define ROUND_FULL	256

/* How long a flush waits for destinations that take nothing, in milliseconds. */
#define FLUSH_WAIT	2000

static struct workqueue_struct *export_workqueue(const struct netflow *nf, int *cpu)
{
	*cpu = (s32)READ_ONCE(nf->config.exportcpu);
	if (*cpu >= 0 && cpu_online(*cpu))
		return nfl_cpu_workqueue;
	*cpu = WORK_CPU_UNBOUND;
	return nfl_workqueue;
}

/**
 * nfl_export_submit() - give the exporter a batch
 * @nf: the namespace
 * @batch: the batch, which is the exporter's from now on
 *
 * Context: any but NMI.
 */
void nfl_export_submit(struct netflow *nf, struct nfl_batch *batch)
{
	struct nfl_export *export = &nf->export;
	struct workqueue_struct *wq;
	int cpu;

	if (!llist_add(&batch->node, &export->incoming) &&
	    atomic_read(&export->queued) != ROUND_FULL)
		return;		/* whoever added the first has seen to the work */
	if (READ_ONCE(export->stopping))
		return;
	wq = export_workqueue(nf, &cpu);
	/* the work always waits for something; it is needed earlier now */
	mod_delayed_work_on(cpu, wq, &export->work,
			    atomic_read(&export->queued) >= ROUND_FULL ? 0 :
			    max_t(u32, ROUND_DELAY, READ_ONCE(nf->config.scan_min)));
}

static void account_add(struct nfl_account *account, u64 flows, u64 packets, u64 octets)
{
	account->flows += flows;
	account->packets += packets;
	account->octets += octets;
}

static void account_move(struct nfl_account *from, struct nfl_account *to,
			 const struct nfl_message *message)
{
	account_add(from, -(u64)message->flows, -message->packets, -message->octets);
	account_add(to, message->flows, message->packets, message->octets);
}

/**
 * nfl_export_sent() - a destination took a message
 * @export: the exporter, locked
 * @message: the message
 */
void nfl_export_sent(struct nfl_export *export, struct nfl_message *message)
{
	if (!message->sent++)
		account_move(&export->pending, &export->exported, message);
}

/**
 * nfl_export_unsent() - a destination has not got the message after all
 * @export: the exporter, locked
 * @message: the message, which that destination took before
 */
void nfl_export_unsent(struct nfl_export *export, struct nfl_message *message)
{
	if (!--message->sent)
		account_move(&export->exported, &export->pending, message);
}

/**
 * nfl_export_lost_events() - count NAT events that nobody will be told of
 * @export: the exporter, locked
 * @events: how many
 */
void nfl_export_lost_events(struct nfl_export *export, u64 events)
{
	if (!events)
		return;
	WRITE_ONCE(export->lost_events, export->lost_events + events);
	export->lost_events_last = ktime_to_ms(ktime_get_real());
	if (!export->lost_events_first)
		export->lost_events_first = export->lost_events_last;
}

/**
 * nfl_export_release() - give up a reference to a message
 * @export: the exporter, locked
 * @message: the message. When nobody has it any more, and no destination took
 *	it, its flows are lost.
 */
void nfl_export_release(struct nfl_export *export, struct nfl_message *message)
{
	if (--message->references)
		return;
	if (!message->sent && message->flows) {
		account_move(&export->pending, &export->lost, message);
		export->lost_last = ktime_to_ms(ktime_get_real());
		if (!export->lost_first)
			export->lost_first = export->lost_last;
	}
	if (!message->sent)
		nfl_export_lost_events(export, message->events);
	kfree(message);
}

/* The message that records are added to; NULL if there is no memory. */
static struct nfl_message *message_open(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	struct workqueue_struct *wq;
	int cpu;

	if (export->message)
		return export->message;
	export->message = nfl_message_alloc(nfl_transport_limit(nf));
	if (!export->message)
		return NULL;
	export->message->opened = jiffies;
	/* whoever adds records, the work sees to it that they do not wait */
	if (!READ_ONCE(export->stopping)) {
		wq = export_workqueue(nf, &cpu);
		mod_delayed_work_on(cpu, wq, &export->work, MESSAGE_DELAY);
	}
	return export->message;
}

/**
 * nfl_export_add() - add a record to the message
 * @nf: the namespace, its exporter locked
 * @kind: of which kind the record is, see there for
 * @which: and
 * @source: this
 *
 * Return: the message that has the record now, to be accounted for in; NULL if
 * there is no memory for one.
 */
struct nfl_message *nfl_export_add(struct netflow *nf, enum nfl_record_kind kind,
				   unsigned int which, const void *source)
{
	const struct nfl_protocol *protocol = nf->export.protocol;
	struct nfl_message *message = message_open(nf);

	if (likely(message && protocol->add(message, kind, which, source)))
		return message;
	nfl_export_close_message(nf);
	message = message_open(nf);
	return message && protocol->add(message, kind, which, source) ? message : NULL;
}

/**
 * nfl_export_nat_record() - export a NAT event
 * @nf: the namespace, its exporter locked
 * @record: the event
 *
 * Return: false if there is no memory for it.
 */
bool nfl_export_nat_record(struct netflow *nf, const struct nfl_nat_record *record)
{
	struct nfl_message *message = nfl_export_add(nf, NFL_RECORD_NAT_EVENT, 0, record);

	if (message)
		message->events++;
	return message;
}

/**
 * nfl_export_close_message() - give the message to the destinations
 * @nf: the namespace, its exporter locked
 */
void nfl_export_close_message(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	struct nfl_message *message = export->message;

	if (!message)
		return;
	export->message = NULL;
	export->protocol->finish(message);
	export->messages++;
	export->message_octets += export->protocol->header_length + message->length;
	nfl_transport_queue(nf, message);
	nfl_export_release(export, message);
	nfl_transport_pump(nf);
}

static void flow_lost(struct nfl_export *export, const struct nfl_flow *flow)
{
	account_add(&export->lost, 1, flow->packets, flow->octets);
	export->lost_last = ktime_to_ms(ktime_get_real());
	if (!export->lost_first)
		export->lost_first = export->lost_last;
}

static void flow_add(struct netflow *nf, enum nfl_family family, const struct nfl_record *record)
{
	struct nfl_message *message = nfl_export_add(nf, NFL_RECORD_FLOW, family, record);
	const struct nfl_flow *flow = record->flow;

	if (unlikely(!message)) {
		flow_lost(&nf->export, flow);
		return;
	}
	message->flows++;
	message->packets += flow->packets;
	message->octets += flow->octets;
	account_add(&nf->export.pending, 1, flow->packets, flow->octets);
}

/* Take batches for a round: those carried over first, in the order they came. */
static void round_fill(struct nfl_export *export, struct nfl_round *round)
{
	struct llist_node *node = llist_reverse_order(llist_del_all(&export->incoming));
	struct llist_node **tail = &export->carried;

	while (*tail)
		tail = &(*tail)->next;
	*tail = node;

	round->count = 0;
	round->next = 0;
	round->late = NULL;
	while (export->carried && round->count < NFL_ROUND_BATCHES) {
		round->batch[round->count++] = llist_entry(export->carried, struct nfl_batch, node);
		export->carried = export->carried->next;
	}
}

static bool export_waiting(const struct nfl_export *export)
{
	return export->round || export->carried || !llist_empty(&export->incoming);
}

/* Returns NULL when there is nothing to export. */
static struct nfl_round *round_begin(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	struct nfl_round *round;
	struct llist_node **tail;

	if (!export_waiting(export))
		return NULL;
	round = kmalloc(sizeof(*round), GFP_KERNEL);
	if (!round)
		return NULL;
	round_fill(export, round);
	nfl_merge(nf, round);

	/* what came late goes behind what did not fit: the order does not matter */
	for (tail = &export->carried; *tail; tail = &(*tail)->next)
		;
	*tail = round->late;
	return round;
}

/*
 * Returns false when the destinations take no more for now. A round is many
 * times what a destination's queue holds.
 */
static bool round_export(struct netflow *nf, struct nfl_round *round)
{
	struct nfl_record record = { .clock = nfl_clock64() };
	unsigned int i;

	record.realtime = ktime_to_ms(ktime_get_real()) - record.clock;
	for (; round->next < round->count; round->next++) {
		struct nfl_batch *batch = round->batch[round->next];

		if (nfl_transport_busy(nf))
			return false;
		for (i = 0; i < batch->count; i++) {
			record.flow = nfl_batch_flow(batch, i);
			if (record.flow->packets)
				flow_add(nf, batch->family, &record);
		}
		nfl_batch_free(&nf->export, batch);
		cond_resched();
	}
	return true;
}

/* Returns false when there is nothing to export, or nobody to take it now. */
static bool export_round(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;

	if (nfl_transport_busy(nf))
		return false;
	if (!export->round)
		export->round = round_begin(nf);
	if (!export->round || !round_export(nf, export->round))
		return false;
	kfree(export->round);
	export->round = NULL;
	return export_waiting(export);
}

/* Returns the delay, in jiffies, after which there is something to do again. */
static unsigned long export_run(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	unsigned long delay;
	bool busy;

	nfl_options_export(nf);
	while (export_round(nf))
		cond_resched();
	if (export->message && time_after_eq(jiffies, export->message->opened + MESSAGE_DELAY))
		nfl_export_close_message(nf);
	busy = nfl_transport_pump(nf);

	delay = nfl_options_delay(nf);
	if (busy)
		return 1;
	if (export_waiting(export))
		delay = min_t(unsigned long, delay, ROUND_DELAY);
	if (export->message)
		delay = min_t(unsigned long, delay, MESSAGE_DELAY);
	if (nfl_transport_waiting(nf))
		delay = min_t(unsigned long, delay, HZ);
	return delay;
}

static void export_work(struct work_struct *work)
{
	struct netflow *nf = container_of(to_delayed_work(work), struct netflow, export.work);
	struct nfl_export *export = &nf->export;
	struct workqueue_struct *wq;
	unsigned long delay;
	ktime_t start;
	int cpu;

	mutex_lock(&export->lock);
	start = ktime_get();
	export->run_time = jiffies;
	delay = export_run(nf);
	export->run_us = ktime_us_delta(ktime_get(), start);
	mutex_unlock(&export->lock);
	if (READ_ONCE(export->stopping))
		return;
	wq = export_workqueue(nf, &cpu);
	queue_delayed_work_on(cpu, wq, &export->work, delay);
}

/* Have the work run soon, as something has changed that it looks at. */
static void export_kick(struct netflow *nf)
{
	int cpu;

	if (nf->export.running && !nf->export.stopping)
		mod_delayed_work_on(WORK_CPU_UNBOUND, export_workqueue(nf, &cpu),
				    &nf->export.work, 0);
}

struct flush_state {
	bool more;
};

/* On a CPU: all flows go, as far as the exporter has room. */
static bool flush_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct flush_state *state = argument;

	nfl_meter_work_off(cpu);
	if (!nfl_expire_flush(cpu))
		return false;
	if (nfl_export_room(&cpu->nf->export))
		return true;
	state->more = true;
	return false;
}

/**
 * nfl_export_flush() - export all flows now
 * @nf: the namespace
 *
 * Returns when all that was in the tables has been sent, or, where a
 * destination takes nothing for a while, is on its way.
 *
 * Context: process; sleeps.
 */
void nfl_export_flush(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	struct flush_state state;
	int tries = FLUSH_WAIT;

	if (!export->running)
		return;
	WRITE_ONCE(export->flushing, true);
	do {
		state.more = false;
		nfl_cpus_call(nf, NULL, flush_cpu, &state);
		mutex_lock(&export->lock);
		for (;;) {
			while (export_round(nf))
				cond_resched();
			nfl_export_close_message(nf);
			if ((!nfl_transport_pump(nf) && !export_waiting(export)) || !tries)
				break;
			tries--;
			usleep_range(900, 1100);
		}
		mutex_unlock(&export->lock);
	} while (state.more && tries);
	WRITE_ONCE(export->flushing, false);
}

/**
 * nfl_export_redirect() - export to other destinations
 * @nf: the namespace
 * @destinations: list of them; emptied
 */
void nfl_export_redirect(struct netflow *nf, struct list_head *destinations)
{
	struct nfl_export *export = &nf->export;

	mutex_lock(&export->lock);
	if (export->running) {
		/* the message being filled has the old destinations' size */
		nfl_export_close_message(nf);
	}
	nfl_transport_redirect(nf, destinations);
	mutex_unlock(&export->lock);
	export_kick(nf);
}

/**
 * nfl_export_set_sndbuf() - change the send buffers
 * @nf: the namespace
 * @size: octets
 */
void nfl_export_set_sndbuf(struct netflow *nf, u32 size)
{
	mutex_lock(&nf->export.lock);
	nfl_transport_set_sndbuf(nf, size);
	mutex_unlock(&nf->export.lock);
}

/**
 * nfl_export_init() - the exporter, at rest
 * @nf: the namespace, its settings set
 */
void nfl_export_init(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	int err;

	mutex_init(&export->lock);
	init_llist_head(&export->incoming);
	INIT_DELAYED_WORK(&export->work, export_work);
	INIT_LIST_HEAD(&nf->transport.destinations);
	export->protocol = &nfl_ipfix;
	export->init_time = ktime_to_ms(ktime_get_real());
	export->statistics_time = jiffies;
	export->interfaces_time = jiffies;

	/* it was parsed when it was set, so only memory may be missing */
	err = nfl_destinations_parse(nf->config.destination, &nf->transport.destinations);
	if (err)
		pr_err("destination: error %d\n", -err);
}

/**
 * nfl_export_start() - start the exporter
 * @nf: the namespace, its CPUs there
 */
void nfl_export_start(struct netflow *nf)
{
	nf->export.running = true;
	nf->export.stopping = false;
	nf->export.options_due = true;
	export_kick(nf);
}

/**
 * nfl_export_pause() - have the exporter's work run no more
 * @nf: the namespace
 *
 * From now on it gives no flow part back to a CPU, so that these can be stopped.
 */
void nfl_export_pause(struct netflow *nf)
{
	WRITE_ONCE(nf->export.stopping, true);
	cancel_delayed_work_sync(&nf->export.work);
}

static void discard_batch(struct nfl_export *export, struct nfl_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			flow_lost(export, nfl_batch_flow(batch, i));
	}
	nfl_batch_free(export, batch);
}

/* What no destination has taken in time is lost. */
static void export_discard(struct nfl_export *export)
{
	struct nfl_round *round = export->round;
	struct nfl_batch *batch, *next;

	for (; round && round->next < round->count; round->next++)
		discard_batch(export, round->batch[round->next]);
	kfree(round);
	export->round = NULL;
	llist_for_each_entry_safe(batch, next, export->carried, node)
		discard_batch(export, batch);
	export->carried = NULL;
	llist_for_each_entry_safe(batch, next, llist_del_all(&export->incoming), node)
		discard_batch(export, batch);
}

/**
 * nfl_export_stop() - end the exporter, after all that it has was sent
 * @nf: the namespace; the exporter is paused and all CPUs are stopped
 */
void nfl_export_stop(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;

	nfl_export_flush(nf);
	export->running = false;
	mutex_lock(&export->lock);
	export_discard(export);
	nfl_transport_close(nf);
	mutex_unlock(&export->lock);
}
