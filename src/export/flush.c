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

/* How long a flush waits for destinations that take nothing, in milliseconds. */
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
		const bool is_late = !READ_ONCE(state->export->worker.stopping) &&
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

/*
 * Send what has come by now. Where more comes than can be sent, what comes later is
 * not waited for: @packets are those that had left the tables. Returns true when
 * it is done, or nothing is taken for a while.
 */
static bool flush_drain(struct nfl_exporter *export, u64 packets, int *wait)
{
	const unsigned long until = jiffies + NFL_EXPORT_RUN_MAX;
	bool busy, done;

	mutex_lock(&export->lock);
	while (nfl_export_round(export, until))
		cond_resched();
	nfl_export_close_messages(&export->messages);
	busy = nfl_transport_pump(&export->transport);
	done = !busy && (!nfl_export_waiting(export) ||
			 (s64)(export->account.exported.packets + export->account.lost.packets +
			       export->account.discarded.packets - packets) >= 0);
	mutex_unlock(&export->lock);
	if (done || *wait <= 0)
		return true;
	if (time_after(jiffies, until)) {
		*wait -= busy ? jiffies_to_msecs(NFL_EXPORT_RUN_MAX) : 0;
		return false;
	}
	--*wait;
	usleep_range(900, 1100);
	return false;
}

/**
 * nfl_export_flush() - export all flows now
 * @export: the exporter
 *
 * Returns when all that was in the tables has been sent, or, where a
 * destination takes nothing for a while, is on its way. What is at a CPU that does not
 * answer within a second stays there.
 *
 * Context: process; sleeps.
 */
void nfl_export_flush(struct nfl_exporter *export)
{
	const unsigned long until = jiffies + FLUSH_MAX;
	const unsigned long answered_until = jiffies + UNANSWERED_MAX;
	struct flush_state state;
	unsigned int unanswered;
	int wait = FLUSH_WAIT;
	u64 packets;

	if (!export->running)
		return;
	WRITE_ONCE(export->flushing, true);
	do {
		state = (struct flush_state) { .export = export, .until = until };
		unanswered = nfl_cpus_call(export->meter, NULL, flush_cpu, &state);
		packets = packets_expired(export->meter);
		while (!flush_drain(export, packets, &wait))
			;
		/* the kernel makes room meanwhile, or lets the CPU answer */
		if (state.starved || unanswered)
			usleep_range(900, 1100);
	} while (wait > 0 && (state.more || (unanswered && time_before(jiffies, answered_until))) &&
		 (export->worker.stopping || time_before(jiffies, until)));
	WRITE_ONCE(export->flushing, false);
	if (unanswered)
		pr_warn("flush: %u CPUs do not answer, and keep their flows\n", unanswered);
}
