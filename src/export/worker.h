/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A work item of the exporter: when it runs.
 */
#ifndef NFL_EXPORT_WORKER_H
#define NFL_EXPORT_WORKER_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "export/placement.h"

struct nfl_works;

/**
 * struct nfl_worker - a work item
 * @work: the item
 * @works: the namespace's items of work, of which it is one
 * @place: where it runs
 * @wake_lock: for @awaited, @wake_at and when @work is queued; taken in any context
 * @awaited: the work is queued, and has not begun
 * @stopping: no work is started: not yet, or no more; set under @wake_lock
 * @wake_at: for when at the latest, jiffies; read without the lock if @awaited says so
 */
struct nfl_worker {
	struct delayed_work work;
	struct nfl_works *works;
	const struct nfl_place *place;
	spinlock_t wake_lock;
	bool awaited;
	bool stopping;
	unsigned long wake_at;
};

void nfl_worker_init(struct nfl_worker *worker, void (*work)(struct work_struct *work),
		     struct nfl_works *works, const struct nfl_place *place);
void nfl_worker_start(struct nfl_worker *worker);
void nfl_export_wake(struct nfl_worker *worker, unsigned long delay);
void nfl_export_work_begins(struct nfl_worker *worker);
void nfl_worker_stop(struct nfl_worker *worker);

#endif /* NFL_EXPORT_WORKER_H */
