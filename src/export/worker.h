/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread of the exporter: when it runs.
 */
#ifndef NFL_EXPORT_WORKER_H
#define NFL_EXPORT_WORKER_H

#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "export/placement.h"

struct nfl_config;
struct nfl_meter;
struct task_struct;

/**
 * struct nfl_worker - a thread, with its work
 * @thread: runs it
 * @task: the thread, a reference
 * @work: the item
 * @timer: runs the work after less than a jiffy
 * @watch: looks whether the thread gets a CPU
 * @place: where it runs
 * @wake_lock: for @awaited, @wake_at, @running, @begun, and when @work is queued; taken in any
 *	context
 * @awaited: the work is queued, and has not begun
 * @running: the work has begun, and not ended
 * @stopping: no work is started: not yet, or no more; set under @wake_lock
 * @wake_at: for when at the latest, jiffies; read without the lock if @awaited says so. When it
 *	stops: since when
 * @begun: when it began, jiffies
 */
struct nfl_worker {
	struct kthread_worker *thread;
	struct task_struct *task;
	struct kthread_delayed_work work;
	struct hrtimer timer;
	struct delayed_work watch;
	struct nfl_place place;
	spinlock_t wake_lock;
	bool awaited;
	bool running;
	bool stopping;
	unsigned long wake_at;
	unsigned long begun;
};

void nfl_worker_init(struct nfl_worker *worker, void (*work)(struct kthread_work *work),
		     struct nfl_meter *meter, const struct nfl_config *config);
int __must_check nfl_worker_create(struct nfl_worker *worker, const char *name);
void nfl_worker_start(struct nfl_worker *worker);
void nfl_worker_stop(struct nfl_worker *worker);
void nfl_export_wake(struct nfl_worker *worker, unsigned long delay);
void nfl_worker_rest(struct nfl_worker *worker, u32 ns);
void nfl_export_work_begins(struct nfl_worker *worker);
void nfl_export_work_ends(struct nfl_worker *worker);

#endif /* NFL_EXPORT_WORKER_H */
