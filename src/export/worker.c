// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread of the exporter: when it runs. Where it runs is placement.c's.
 *
 * A real-time task can take the thread's CPU at any time, also while the thread holds a
 * lock that statistics need. The scheduler does not always move a thread away
 * from there. So it is watched: if its work has not begun in time, or has not ended in time,
 * it is moved to another CPU, and may come back when that CPU answers calls again. Workers of
 * workqueues cannot be moved, so this is a thread.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/sched/task.h>

#include "base/works.h"
#include "compat/hrtimer.h"
#include "compat/kthread.h"
#include "export/worker.h"

/* The thread is late if its work begins so long after it is due, or lasts so long. */
#define LATE	max(HZ / 4, 1)

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
 * nfl_export_wake() - have the exporter's work run
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
		kthread_mod_delayed_work(worker->thread, &worker->work, delay);
		mod_delayed_work(nfl_workqueue, &worker->watch, delay + LATE);
	}
	spin_unlock_irqrestore(&worker->wake_lock, flags);
}

static enum hrtimer_restart rest_ends(struct hrtimer *timer)
{
	nfl_export_wake(container_of(timer, struct nfl_worker, timer), 0);
	return HRTIMER_NORESTART;
}

/**
 * nfl_worker_rest() - have the work run again soon
 * @worker: the worker
 * @ns: after so many nanoseconds, or sooner
 *
 * Context: the worker's thread.
 */
void nfl_worker_rest(struct nfl_worker *worker, u32 ns)
{
	hrtimer_start(&worker->timer, ns_to_ktime(ns), HRTIMER_MODE_REL);
}

/**
 * nfl_export_work_begins() - what is added from now on needs another run
 * @worker: the worker, whose work has begun, and holds no lock
 *
 * Context: the worker's thread.
 */
void nfl_export_work_begins(struct nfl_worker *worker)
{
	unsigned long flags;

	spin_lock_irqsave(&worker->wake_lock, flags);
	WRITE_ONCE(worker->awaited, false);
	worker->running = true;
	worker->begun = jiffies;
	/* from where it goes now it may not come back by itself */
	mod_delayed_work(nfl_workqueue, &worker->watch, LATE);
	spin_unlock_irqrestore(&worker->wake_lock, flags);
	/* before it looks for what was added */
	smp_mb();
	nfl_place_go(&worker->place);
}

/**
 * nfl_export_work_ends() - the work has ended
 * @worker: the worker
 */
void nfl_export_work_ends(struct nfl_worker *worker)
{
	unsigned long flags;

	spin_lock_irqsave(&worker->wake_lock, flags);
	worker->running = false;
	spin_unlock_irqrestore(&worker->wake_lock, flags);
}

/* Look whether the thread is late. Returns in how many jiffies to look again, 0 for never. */
static unsigned long look(struct nfl_worker *worker, bool *late)
{
	const unsigned long now = jiffies;
	unsigned long flags, delay = 0;

	spin_lock_irqsave(&worker->wake_lock, flags);
	*late = (worker->running && time_after(now, worker->begun + LATE)) ||
		((worker->awaited || worker->stopping) && time_after(now, worker->wake_at + LATE));
	if (worker->stopping || worker->running)
		delay = LATE;
	else if (worker->awaited)
		delay = time_after(worker->wake_at, now) ? worker->wake_at - now + LATE : LATE;
	spin_unlock_irqrestore(&worker->wake_lock, flags);
	return delay;
}

static void watch_work(struct work_struct *work)
{
	struct nfl_worker *worker = container_of(to_delayed_work(work), struct nfl_worker, watch);
	unsigned long delay;
	bool late;

	delay = look(worker, &late);
	if (late)
		nfl_place_leave(&worker->place, worker->task);
	if (delay)
		queue_delayed_work(nfl_workqueue, &worker->watch, delay);
}

/**
 * nfl_worker_create() - make the thread, at rest
 * @worker: the worker, initialised
 * @name: the thread's
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_worker_create(struct nfl_worker *worker, const char *name)
{
	struct kthread_worker *thread;
	int err;

	err = nfl_place_start(&worker->place);
	if (err)
		return err;
	thread = kthread_run_worker(0, "%s", name);
	if (IS_ERR(thread)) {
		nfl_place_stop(&worker->place);
		return PTR_ERR(thread);
	}
	worker->thread = thread;
	worker->task = get_task_struct(thread->task);
	return 0;
}

/**
 * nfl_worker_start() - have the work run whenever it is woken
 * @worker: the worker, with its thread
 */
void nfl_worker_start(struct nfl_worker *worker)
{
	WRITE_ONCE(worker->stopping, false);
}

/**
 * nfl_worker_stop() - have the work run no more, and end the thread
 * @worker: the worker, with its thread, started or not
 *
 * From now on it gives no flow part back to a CPU, so that these can be stopped.
 *
 * Context: process; sleeps; without locks that the work takes.
 */
void nfl_worker_stop(struct nfl_worker *worker)
{
	unsigned long flags;

	/* who has just looked at it queues no work behind the cancelling */
	spin_lock_irqsave(&worker->wake_lock, flags);
	WRITE_ONCE(worker->stopping, true);
	worker->wake_at = jiffies;
	spin_unlock_irqrestore(&worker->wake_lock, flags);
	/* a thread that does not get its CPU ends elsewhere */
	mod_delayed_work(nfl_workqueue, &worker->watch, LATE);
	kthread_cancel_delayed_work_sync(&worker->work);
	/* only the work starts it */
	hrtimer_cancel(&worker->timer);
	kthread_destroy_worker(worker->thread);
	cancel_delayed_work_sync(&worker->watch);
	worker->thread = NULL;
	put_task_struct(worker->task);
	nfl_place_stop(&worker->place);
}

/**
 * nfl_worker_init() - a worker without a thread
 * @worker: to be initialised, all 0
 * @work: what it does
 * @meter: its metering process
 * @config: its settings
 */
void nfl_worker_init(struct nfl_worker *worker, void (*work)(struct kthread_work *work),
		     struct nfl_meter *meter, const struct nfl_config *config)
{
	spin_lock_init(&worker->wake_lock);
	kthread_init_delayed_work(&worker->work, work);
	INIT_DELAYED_WORK(&worker->watch, watch_work);
	hrtimer_setup(&worker->timer, rest_ends, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	worker->stopping = true;
	nfl_place_init(&worker->place, meter, config);
}
