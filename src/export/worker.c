// SPDX-License-Identifier: GPL-2.0-only
/*
 * A work item of the exporter: when it runs. Where it runs is placement.c's.
 */
#include <linux/jiffies.h>

#include "base/works.h"
#include "export/worker.h"

/*
 * Will the work run by then? Whoever adds something and then is told so need do no
 * more: the work is not postponed, and has not looked yet.
 */
static bool is_awaited(const struct nfl_worker *worker, unsigned long at)
{
	/* pairs with nfl_export_wake(), which sets @wake_at first */
	const bool awaited = smp_load_acquire(&worker->awaited);

	return awaited && time_before_eq(READ_ONCE(worker->wake_at), at);
}

/**
 * nfl_export_wake() - have the work run
 * @worker: the worker
 * @delay: in so many jiffies from now, or sooner
 *
 * Context: any but NMI. Cheap where the work is to run by then anyway.
 */
void nfl_export_wake(struct nfl_worker *worker, unsigned long delay)
{
	/* the kernel's timers may be late by an eighth of their delay */
	const unsigned long at = jiffies + delay + delay / 4;
	unsigned long flags;

	if (READ_ONCE(worker->stopping) || is_awaited(worker, at))
		return;
	spin_lock_irqsave(&worker->wake_lock, flags);
	if (!worker->stopping && !is_awaited(worker, at)) {
		WRITE_ONCE(worker->wake_at, at);
		/* pairs with is_awaited() */
		smp_store_release(&worker->awaited, true);
		nfl_place_queue(worker->place, &worker->work, worker->works, delay);
	}
	spin_unlock_irqrestore(&worker->wake_lock, flags);
}

/**
 * nfl_export_work_begins() - what is added from now on needs another run
 * @worker: the worker, whose work has begun
 */
void nfl_export_work_begins(struct nfl_worker *worker)
{
	unsigned long flags;

	spin_lock_irqsave(&worker->wake_lock, flags);
	WRITE_ONCE(worker->awaited, false);
	spin_unlock_irqrestore(&worker->wake_lock, flags);
	/* before it looks for what was added */
	smp_mb();
}

/**
 * nfl_worker_stop() - have the work run no more
 * @worker: the worker
 *
 * It may have been moved while it ran, and still run where it was: wait for the works.
 *
 * Context: process; sleeps; without locks that any work takes, nftables' among them.
 */
void nfl_worker_stop(struct nfl_worker *worker)
{
	unsigned long flags;

	/* who has just looked at it queues no work behind the cancelling */
	spin_lock_irqsave(&worker->wake_lock, flags);
	WRITE_ONCE(worker->stopping, true);
	spin_unlock_irqrestore(&worker->wake_lock, flags);
	if (cancel_delayed_work_sync(&worker->work))
		nfl_works_cancelled(worker->works);
}

/**
 * nfl_worker_init() - a worker at rest
 * @worker: to be initialised, all 0
 * @work: what it does
 * @works: the namespace's items of work
 * @place: where it runs
 */
void nfl_worker_init(struct nfl_worker *worker, void (*work)(struct work_struct *work),
		     struct nfl_works *works, const struct nfl_place *place)
{
	spin_lock_init(&worker->wake_lock);
	INIT_DELAYED_WORK(&worker->work, work);
	worker->works = works;
	worker->stopping = true;
	worker->place = place;
}

/**
 * nfl_worker_start() - have the work run whenever it is woken
 * @worker: the worker, at rest
 */
void nfl_worker_start(struct nfl_worker *worker)
{
	WRITE_ONCE(worker->stopping, false);
}
