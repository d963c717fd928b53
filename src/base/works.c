// SPDX-License-Identifier: GPL-2.0-only
/*
 * The workqueues of the module, and the work items that the removal of a namespace waits
 * for.
 *
 * The removal of a namespace waits for the namespace's own items only. Waiting for the whole
 * workqueue could deadlock: items of other namespaces may wait for a lock or a task that
 * itself waits for the removal.
 */
#include <linux/errno.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "base/works.h"
#include "compat/compat.h"

struct workqueue_struct *nfl_workqueue __read_mostly;
struct workqueue_struct *nfl_cpu_workqueue __read_mostly;
/*
 * For items that others wait for, for some milliseconds. The items of nfl_cpu_workqueue may
 * sleep for memory, so they have one of their own.
 */
struct workqueue_struct *nfl_call_workqueue __read_mostly;

/* Shared by all namespaces: a namespace may be freed before its waiters are woken. */
static DECLARE_WAIT_QUEUE_HEAD(ended);

/**
 * nfl_works_end() - a work item has ended
 * @works: the items of the namespace; the namespace may be freed from now on
 *
 * Context: process. Called at the end of the work item.
 */
void nfl_works_end(struct nfl_works *works)
{
	if (atomic_dec_and_test(&works->count))
		wake_up_all(&ended);
}

/**
 * nfl_works_wait() - wait until no item is queued or running
 * @works: the items of the namespace; no new item is queued
 *
 * Context: process; sleeps. The caller holds no lock that an item takes.
 */
void nfl_works_wait(struct nfl_works *works)
{
	wait_event(ended, !atomic_read(&works->count));
}

/**
 * nfl_workqueues_init() - create the workqueues
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_workqueues_init(void)
{
	nfl_workqueue = alloc_workqueue("netflow", WQ_UNBOUND, 0);
	if (!nfl_workqueue)
		return -ENOMEM;
	/* a million flows that end take long and must not delay other work items of the CPU */
	/* its items give memory back when there is none left for another worker */
	nfl_cpu_workqueue = alloc_workqueue("netflow-cpu", WQ_PERCPU | WQ_CPU_INTENSIVE |
					    WQ_MEM_RECLAIM, 0);
	if (!nfl_cpu_workqueue)
		goto err_workqueue;
	nfl_call_workqueue = alloc_workqueue("netflow-call", WQ_PERCPU | WQ_CPU_INTENSIVE, 0);
	if (!nfl_call_workqueue)
		goto err_cpu_workqueue;
	return 0;

err_cpu_workqueue:
	destroy_workqueue(nfl_cpu_workqueue);
err_workqueue:
	destroy_workqueue(nfl_workqueue);
	return -ENOMEM;
}

/**
 * nfl_workqueues_exit() - undo nfl_workqueues_init()
 */
void nfl_workqueues_exit(void)
{
	destroy_workqueue(nfl_call_workqueue);
	destroy_workqueue(nfl_cpu_workqueue);
	destroy_workqueue(nfl_workqueue);
}
