// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flush: all flows leave the tables and are sent.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "export/exporter.h"
#include "export/flush.h"
#include "export/round.h"
#include "meter/cpu.h"
#include "meter/expire.h"
#include "meter/ring.h"

/* How long a flush waits for room in the log, and for destinations, in milliseconds. */
#define FLUSH_WAIT	2000

/* How long it waits for CPUs that do not answer, in jiffies. */
#define UNANSWERED_MAX	HZ

/*
 * A flood can fill the tables as fast as they are emptied: then a flush ends after
 * this. The last one, of a namespace that goes, has no packets beside it.
 */
#define FLUSH_MAX	(30 * HZ)

/*
 * @until: no longer than that, in jiffies; @more: flows are left; @starved: for want of
 * memory, though the exporter has room. CPUs set these two at the same time.
 */
struct flush_state {
	struct nfl_exporter *export;
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
		const bool is_late = !READ_ONCE(state->export->rounds.stopping) &&
				     time_after(jiffies, state->until);

		/* in a flood more may come between two pieces than goes in one */
		if (nfl_cpu_live(cpu) < live && !is_late)
			return true;
		if (nfl_cpu_live(cpu) >= live)
			WRITE_ONCE(state->starved, true);
	}
	WRITE_ONCE(state->more, true);
	return false;
}

/* Packets that have left the tables, and will not go back. */
static u64 packets_expired(const struct nfl_meter *meter)
{
	struct nfl_sums sums;

	nfl_meter_sums(meter, -1, &sums);
	return sums.counter[NFL_EXPIRED_PACKETS] - sums.counter[NFL_RETURNED_PACKETS];
}

/* Have as many packets reached the log, or were discarded? */
static bool packets_logged(struct nfl_exporter *export, u64 packets)
{
	u64 logged;

	spin_lock(&export->transport.account);
	logged = export->transport.log[NFL_LOG_FLOWS].appended.packets +
		 export->selection.discarded.packets;
	spin_unlock(&export->transport.account);
	return (s64)(logged - packets) >= 0;
}

/* Send for some milliseconds, or rest after a burst. Returns true if there is more. */
static bool send_some(struct nfl_exporter *export)
{
	unsigned long delay;
	u32 rest;

	mutex_lock(&export->transport.lock);
	/* a collector is told how flows are sampled before it receives them */
	nfl_options_export(export);
	delay = nfl_transport_pump(&export->transport, true);
	rest = DIV_ROUND_UP(export->transport.rest, NSEC_PER_USEC);
	mutex_unlock(&export->transport.lock);
	/* the sender's thread sends the next bursts, if there is one */
	if (!READ_ONCE(export->sender.stopping))
		rest *= 8;
	if (delay && rest)
		usleep_range(rest, rest + rest / 8);
	return !delay || rest;
}

/*
 * Append what has come by now to the log. Where more comes than there is room for, what
 * comes later is not waited for: @packets are those that had left the tables. Returns true
 * when it is done, or there is no room for a while.
 */
static bool flush_drain(struct nfl_exporter *export, u64 packets, int *wait)
{
	const unsigned long until = jiffies + NFL_EXPORT_RUN_MAX;
	bool done;

	mutex_lock(&export->round_lock);
	while (nfl_export_round(export, until))
		cond_resched();
	done = !nfl_export_waiting(export) || packets_logged(export, packets);
	mutex_unlock(&export->round_lock);
	nfl_export_wake(&export->sender, 0);
	if (done || *wait <= 0)
		return true;
	if (time_after(jiffies, until))
		return false;
	/* the log has no room: the last flush has no work item that makes some */
	if (READ_ONCE(export->sender.stopping))
		send_some(export);
	--*wait;
	usleep_range(900, 1100);
	return false;
}

/*
 * Send what is in the log by now, to all collectors that accept it. Returns when nothing
 * more is accepted for a while.
 */
static void flush_send(struct nfl_exporter *export, int *wait)
{
	struct nfl_transport *transport = &export->transport;
	const struct nfl_position mark = nfl_log_last(&transport->log[NFL_LOG_FLOWS]);
	const unsigned long until = jiffies + FLUSH_MAX;
	bool awaited;

	do {
		const bool more = send_some(export);

		mutex_lock(&transport->lock);
		awaited = nfl_transport_awaited(transport, &mark);
		mutex_unlock(&transport->lock);
		if (more && time_before(jiffies, until))
			continue;
		if (!awaited)
			break;
		--*wait;
		usleep_range(900, 1100);
	} while (*wait > 0);
	nfl_export_wake(&export->sender, 0);
}

/* As nfl_export_empty(); @wait has the milliseconds that are left for waiting. */
static void empty(struct nfl_exporter *export, int *wait)
{
	const unsigned long until = jiffies + FLUSH_MAX;
	const unsigned long answered_until = jiffies + UNANSWERED_MAX;
	struct flush_state state;
	unsigned int unanswered;
	u64 packets;

	mutex_lock(&export->flush_lock);
	WRITE_ONCE(export->flushing, true);
	do {
		state = (struct flush_state) { .export = export, .until = until };
		unanswered = nfl_cpus_call(export->meter, NULL, flush_cpu, &state);
		packets = packets_expired(export->meter);
		while (!flush_drain(export, packets, wait))
			;
		/* the kernel makes room meanwhile, or lets the CPU answer */
		if (state.starved || unanswered)
			usleep_range(900, 1100);
	} while (*wait > 0 &&
		 (state.more || (unanswered && time_before(jiffies, answered_until))) &&
		 (export->rounds.stopping || time_before(jiffies, until)));
	WRITE_ONCE(export->flushing, false);
	mutex_unlock(&export->flush_lock);
	if (unanswered)
		pr_warn("flush: %u CPUs do not answer, and keep their flows\n", unanswered);
}

/**
 * nfl_export_empty() - have all flows leave the tables, and append them to the log
 * @export: the exporter
 *
 * So a setting that records depend on can change. What is at a CPU that does not answer
 * within a second stays there.
 *
 * Context: process; sleeps.
 */
void nfl_export_empty(struct nfl_exporter *export)
{
	int wait = FLUSH_WAIT;

	if (export->running)
		empty(export, &wait);
}

/**
 * nfl_export_flush() - export all flows now
 * @export: the exporter
 *
 * Returns when all that was in the tables has been sent, or, where a destination takes
 * nothing for a while, waits for it.
 *
 * Context: process; sleeps; without locks of settings, which collectors would hold up.
 */
void nfl_export_flush(struct nfl_exporter *export)
{
	int wait = FLUSH_WAIT;

	if (!export->running)
		return;
	empty(export, &wait);
	flush_send(export, &wait);
}
