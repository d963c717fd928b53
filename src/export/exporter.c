// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exporting process.
 *
 * CPUs put batches of ended flows into a lock-free list. A work item takes them
 * out in rounds, merges the parts of each flow (merge.c), makes records of these
 * (record.c), writes them into messages (message.c) and gives these to the
 * destinations (transport.c).
 *
 * Nothing waits for long: a round starts ROUND_DELAY after the first batch, or
 * at once when many wait. When a destination's send buffer is full no more messages are
 * made, the queue of batches fills, and at last flows stay in the tables.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/slab.h>

#include "export/merge.h"
#include "export/options.h"
#include "instance.h"
#include "meter/batch.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/meter.h"
#include "meter/ring.h"
#include "protocol/message.h"
#include "protocol/protocol.h"

#define ROUND_DELAY	(HZ / 50)

/* With so many batches waiting a round starts at once. */
#define ROUND_FULL	256

/* So long the exporter works before others may have its lock, in jiffies. */
#define RUN_MAX		max(HZ / 10, 1)

/* How long a flush waits for destinations that take nothing, in milliseconds. */
#define FLUSH_WAIT	2000

/*
 * A flood can fill the tables as fast as they are emptied: then a flush ends after
 * this. The last one, of a namespace that goes, has no packets beside it.
 */
#define FLUSH_MAX	(30 * HZ)

/*
 * Will the work run by then? Whoever adds something and then is told so need do no
 * more: the work is not postponed, and has not looked yet.
 */
static bool is_awaited(const struct nfl_export *export, unsigned long at)
{
	/* pairs with nfl_export_wake(), which sets @wake_at first */
	const bool awaited = smp_load_acquire(&export->awaited);

	return awaited && time_before_eq(READ_ONCE(export->wake_at), at);
}

/**
 * nfl_export_wake() - have the exporter's work run
 * @nf: the namespace
 * @delay: in so many jiffies from now, or sooner
 *
 * Context: any but NMI. Cheap where the work is to run by then anyway.
 */
void nfl_export_wake(struct netflow *nf, unsigned long delay)
{
	struct nfl_export *export = &nf->export;
	/* the kernel's timers may be late by an eighth of their delay */
	const unsigned long at = jiffies + delay + delay / 4;
	unsigned long flags;

	if (READ_ONCE(export->stopping) || is_awaited(export, at))
		return;
	spin_lock_irqsave(&export->wake_lock, flags);
	if (!export->stopping && !is_awaited(export, at)) {
		WRITE_ONCE(export->wake_at, at);
		/* pairs with is_awaited() */
		smp_store_release(&export->awaited, true);
		nfl_place_queue(nf, delay);
	}
	spin_unlock_irqrestore(&export->wake_lock, flags);
}

/* The work begins: what is added from now on needs another run. */
static void wake_begins(struct nfl_export *export)
{
	unsigned long flags;

	spin_lock_irqsave(&export->wake_lock, flags);
	WRITE_ONCE(export->awaited, false);
	spin_unlock_irqrestore(&export->wake_lock, flags);
	/* before it looks for what was added */
	smp_mb();
}

/* A batch has come. Context: any but NMI. */
static void batch_arrived(struct nfl_batch_queue *queue)
{
	struct netflow *nf = container_of(queue, struct netflow, export.queue);

	nfl_export_wake(nf, atomic_read(&queue->queued) >= ROUND_FULL ? 0 :
			    max_t(u32, ROUND_DELAY, READ_ONCE(nf->config.scan_min)));
}

/* Take batches for a round: those carried over first, in the order they came. */
static void round_fill(struct nfl_export *export, struct nfl_round *round)
{
	struct llist_node *node = nfl_batch_queue_take(&export->queue);
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
	return export->round || export->carried || !llist_empty(&export->queue.incoming);
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
	nfl_merge(&nf->meter, round, &export->flushing);

	/* what came late goes behind what did not fit: the order does not matter */
	for (tail = &export->carried; *tail; tail = &(*tail)->next)
		;
	*tail = round->late;
	return round;
}

/*
 * Returns false when the destinations take no more for now, or it is past @until,
 * in jiffies. A round is many times what a destination's queue holds.
 */
static bool round_export(struct netflow *nf, struct nfl_round *round, unsigned long until)
{
	struct nfl_record record = { .clock = nfl_clock64() };
	unsigned int i;

	record.realtime = ktime_to_ms(ktime_get_real()) - record.clock;
	for (; round->next < round->count; round->next++) {
		struct nfl_batch *batch = round->batch[round->next];

		if (nfl_transport_busy(nf) || time_after(jiffies, until))
			return false;
		for (i = 0; i < batch->count; i++) {
			record.flow = nfl_batch_flow(batch, i);
			record.wide = nfl_family_is_wide(batch->family) ?
				      nfl_flow_wide(record.flow, batch->family) : NULL;
			if (record.flow->packets)
				nfl_export_flow(nf, batch->family, &record);
		}
		nfl_batch_free(&nf->export.queue, batch);
		cond_resched();
	}
	return true;
}

/* Returns false when there is nothing to export, nobody to take it, or no time for it. */
static bool export_round(struct netflow *nf, unsigned long until)
{
	struct nfl_export *export = &nf->export;

	if (nfl_transport_busy(nf))
		return false;
	if (!export->round)
		export->round = round_begin(nf);
	if (!export->round || !round_export(nf, export->round, until))
		return false;
	kfree(export->round);
	export->round = NULL;
	return export_waiting(export) && !time_after(jiffies, until);
}

/* Returns the delay, in jiffies, after which there is something to do again. */
static unsigned long export_run(struct netflow *nf)
{
	const unsigned long until = jiffies + RUN_MAX;
	struct nfl_export *export = &nf->export;
	unsigned long delay;
	bool busy;

	nfl_options_export(nf);
	while (export_round(nf, until))
		cond_resched();
	delay = nfl_export_tend_messages(nf);
	busy = nfl_transport_pump(nf);

	delay = min(delay, nfl_options_delay(nf));
	if (busy)
		return 1;
	if (export_waiting(export))
		delay = min_t(unsigned long, delay, time_after(jiffies, until) ? 0 : ROUND_DELAY);
	if (nfl_transport_waiting(nf))
		delay = min_t(unsigned long, delay, HZ);
	return delay;
}

static void export_work(struct work_struct *work)
{
	struct netflow *nf = container_of(to_delayed_work(work), struct netflow, export.work);
	struct nfl_export *export = &nf->export;
	unsigned long delay;
	ktime_t start;

	wake_begins(export);
	mutex_lock(&export->lock);
	start = ktime_get();
	WRITE_ONCE(export->run_time, jiffies);
	WRITE_ONCE(export->run_cpu, raw_smp_processor_id());
	nfl_place_look(nf);
	delay = export_run(nf);
	WRITE_ONCE(export->run_us, ktime_us_delta(ktime_get(), start));
	mutex_unlock(&export->lock);
	nfl_export_wake(nf, delay);
	nfl_works_end(&export->works);
}

/* Have the work run soon, as something has changed that it looks at. */
static void export_kick(struct netflow *nf)
{
	if (nf->export.running)
		nfl_export_wake(nf, 0);
}

/*
 * @until: no longer than that, in jiffies; @more: flows are left; @starved: for want of
 * memory, though the exporter has room
 */
struct flush_state {
	struct nfl_export *export;
	unsigned long until;
	bool more;
	bool starved;
};

/* On a CPU: all flows go, as far as the exporter has room. */
static bool flush_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct flush_state *state = argument;
	u32 live;

	nfl_rings_work_off(cpu);
	live = nfl_cpu_live(cpu);
	if (!nfl_expire_flush(cpu))
		return false;
	if (nfl_batch_queue_room(cpu->meter->queue)) {
		const bool is_late = !READ_ONCE(state->export->stopping) &&
				     time_after(jiffies, state->until);

		/* in a flood more may come between two pieces than goes in one */
		if (nfl_cpu_live(cpu) < live && !is_late)
			return true;
		/* of any CPU */
		state->starved |= nfl_cpu_live(cpu) >= live;
	}
	state->more = true;
	return false;
}

/* Packets that have left the tables, and will not go back. */
static u64 packets_expired(struct netflow *nf)
{
	struct nfl_sums sums;

	nfl_meter_sums(&nf->meter, -1, &sums);
	return sums.counter[NFL_EXPIRED_PACKETS] - sums.counter[NFL_RETURNED_PACKETS];
}

/*
 * Send what has come by now. Where more comes than can be sent, what comes later is
 * not waited for: @packets are those that had left the tables. Returns true when
 * it is done, or nothing is taken for a while.
 */
static bool flush_drain(struct netflow *nf, u64 packets, int *wait)
{
	const unsigned long until = jiffies + RUN_MAX;
	struct nfl_export *export = &nf->export;
	bool busy, done;

	mutex_lock(&export->lock);
	while (export_round(nf, until))
		cond_resched();
	nfl_export_close_messages(nf);
	busy = nfl_transport_pump(nf);
	done = !busy && (!export_waiting(export) ||
			 (s64)(export->account.exported.packets + export->account.lost.packets +
			       export->account.discarded.packets - packets) >= 0);
	mutex_unlock(&export->lock);
	if (done || *wait <= 0)
		return true;
	if (time_after(jiffies, until)) {
		*wait -= busy ? jiffies_to_msecs(RUN_MAX) : 0;
		return false;
	}
	--*wait;
	usleep_range(900, 1100);
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
	const unsigned long until = jiffies + FLUSH_MAX;
	struct nfl_export *export = &nf->export;
	struct flush_state state;
	int wait = FLUSH_WAIT;
	u64 packets;

	if (!export->running)
		return;
	WRITE_ONCE(export->flushing, true);
	do {
		state = (struct flush_state) { .export = export, .until = until };
		nfl_cpus_call(&nf->meter, NULL, flush_cpu, &state);
		packets = packets_expired(nf);
		while (!flush_drain(nf, packets, &wait))
			;
		/* the kernel makes room meanwhile */
		if (state.starved)
			usleep_range(900, 1100);
	} while (state.more && wait > 0 && (export->stopping || time_before(jiffies, until)));
	WRITE_ONCE(export->flushing, false);
}

/* No message is being filled, so the next ones are for the protocols that are used now. */
static void protocols_changed(struct netflow *nf)
{
	nf->export.protocols = nfl_transport_protocols(nf);
	nf->export.told_withheld = false;
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
	/* the messages being filled have the old destinations' sizes and protocols */
	if (export->running)
		nfl_export_close_messages(nf);
	nfl_transport_redirect(nf, destinations);
	protocols_changed(nf);
	mutex_unlock(&export->lock);
	export_kick(nf);
}

/**
 * nfl_export_set_protocol() - export by another protocol
 * @nf: the namespace
 * @protocol: for destinations that have none of their own. What waits for them
 *	is still sent in the old one.
 */
void nfl_export_set_protocol(struct netflow *nf, enum nfl_protocol_index protocol)
{
	struct nfl_export *export = &nf->export;

	mutex_lock(&export->lock);
	if (export->running)
		nfl_export_close_messages(nf);
	WRITE_ONCE(export->protocol, protocol);
	protocols_changed(nf);
	/* by its templates, and by these, a collector learns what comes now */
	nfl_export_options_due(export);
	mutex_unlock(&export->lock);
	export_kick(nf);
}

/**
 * nfl_export_domain_changed() - export as another observation domain
 * @nf: the namespace, whose settings have its number
 */
void nfl_export_domain_changed(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;

	mutex_lock(&export->lock);
	if (export->running)
		nfl_export_close_messages(nf);
	/* what was told of the old domain is nothing to the new one (RFC 7011 section 3.1) */
	nfl_export_options_due(export);
	mutex_unlock(&export->lock);
	export_kick(nf);
}

static bool is_message_open(const struct nfl_export *export)
{
	int kind;

	for (kind = 0; kind < NFL_MESSAGES; kind++) {
		if (export->message[kind])
			return true;
	}
	return false;
}

/**
 * nfl_export_templates_due() - have templates sent, before data that are queued from now on
 * @nf: the namespace, its exporter locked
 * @extras: a set of extra fields that they are needed for as well
 */
void nfl_export_templates_due(struct netflow *nf, u16 extras)
{
	__set_bit(nfl_extra_set(extras), nf->export.extra_sets.map);
	nfl_transport_templates_due(nf);
}

/* Other sets of extra fields: @extras of wide flows, and @added of all that is exported. */
static void set_sets(struct netflow *nf, u16 extras, u16 added)
{
	struct nfl_export *export = &nf->export;
	const u16 old = export->extras | export->added, new = extras | added;

	if (!export_waiting(export) && !is_message_open(export) && !nfl_transport_queued(nf))
		memset(&export->extra_sets, 0, sizeof(export->extra_sets));
	/* of a message that was just sent, and has to be sent again if nobody got it */
	if (export->older)
		__set_bit(nfl_extra_set(export->older), export->extra_sets.map);
	export->older = old;
	if (old)
		__set_bit(nfl_extra_set(old), export->extra_sets.map);
	export->extras = extras;
	export->added = added;
	/* flows that are not wide, in the table or since there are others */
	if (added)
		__set_bit(nfl_extra_set(added), export->extra_sets.map);
	if (new) {
		nfl_export_templates_due(nf, new);
		nfl_export_options_due(export);
	}
}

/**
 * nfl_export_set_extras() - export other extra fields
 * @nf: the namespace
 * @extras: a bit of &enum nfl_extra each; packets are not asked for them yet
 *
 * Templates are sent for the last two sets as well, since flows that have them go on
 * for a while. Those before are forgotten if no message with them may wait; a flow
 * that has one all the same makes it known again.
 */
void nfl_export_set_extras(struct netflow *nf, u16 extras)
{
	mutex_lock(&nf->export.lock);
	set_sets(nf, extras, nf->export.added);
	mutex_unlock(&nf->export.lock);
	export_kick(nf);
}

/**
 * nfl_export_set_added() - add extra fields to all records, or add them no more
 * @nf: the namespace, its exporter locked
 * @which: fields, a bit of &enum nfl_extra each
 * @on: add them
 */
void nfl_export_set_added(struct netflow *nf, u16 which, bool on)
{
	const u16 added = nf->export.added & ~which;

	set_sets(nf, nf->export.extras, on ? added | which : added);
}

/**
 * nfl_export_announce() - tell the collectors how records are made from now on
 * @nf: the namespace
 *
 * All options data are sent again.
 */
void nfl_export_announce(struct netflow *nf)
{
	mutex_lock(&nf->export.lock);
	nfl_export_options_due(&nf->export);
	mutex_unlock(&nf->export.lock);
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

	nfl_place_init(&nf->place);
	mutex_init(&export->lock);
	spin_lock_init(&export->wake_lock);
	nfl_batch_queue_init(&export->queue, batch_arrived);
	export->selection.meter = &nf->meter;
	export->selection.account = &export->account;
	INIT_DELAYED_WORK(&export->work, export_work);
	INIT_LIST_HEAD(&nf->transport.destinations);
	/* it was checked when it was set */
	export->protocol = max(nfl_protocol_find(nf->config.protocol), 0);
	export->counts_since = nfl_clock64();
	export->statistics_time = jiffies;
	export->system_time = jiffies;

	/* it was parsed when it was set, so only memory may be missing */
	err = nfl_destinations_parse(nf->config.destination, &nf->transport.destinations);
	if (err)
		pr_err("destination: nothing is exported, error %pe: set it again\n", ERR_PTR(err));
	protocols_changed(nf);
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
 *
 * Context: process; sleeps; without locks that any work takes, nftables' among them.
 */
void nfl_export_pause(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	unsigned long flags;

	/* who has just looked at it queues no work behind the cancelling */
	spin_lock_irqsave(&export->wake_lock, flags);
	WRITE_ONCE(export->stopping, true);
	spin_unlock_irqrestore(&export->wake_lock, flags);
	if (cancel_delayed_work_sync(&export->work))
		nfl_works_cancelled(&export->works);
	/*
	 * It may have been moved while it ran, and still run where it was; and sockets may
	 * still be closed.
	 */
	nfl_works_wait(&export->works);
}

static void discard_batch(struct nfl_export *export, struct nfl_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			nfl_account_lost_flow(&export->account, nfl_batch_flow(batch, i));
	}
	nfl_batch_free(&export->queue, batch);
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
	llist_for_each_entry_safe(batch, next, nfl_batch_queue_take(&export->queue), node)
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
