// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's workqueues, and the items of work that a namespace waits for.
 *
 * A namespace waits for its own items, not for a workqueue: items of other namespaces
 * may wait for what waits for a namespace to go.
 */
#include <linux/errno.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "base/works.h"
#include "compat/compat.h"

struct workqueue_struct *nfl_workqueue __read_mostly;
struct workqueue_struct *nfl_cpu_workqueue __read_mostly;
/*
 * For what others wait for: the exporter runs on a CPU's workqueue and waits for calls
 * on that CPU, which could fill all places there.
 */
struct workqueue_struct *nfl_call_workqueue __read_mostly;

/* Of all namespaces, since one's own may be gone when it is touched. */
static DECLARE_WAIT_QUEUE_HEAD(ended);

/**
 * nfl_works_end() - an item of work has ended
 * @works: the namespace's, which may go from now on
 *
 * Context: process, as the last thing that the item does.
 */
void nfl_works_end(struct nfl_works *works)
{
	if (atomic_dec_and_test(&works->count))
		wake_up_all(&ended);
}

/**
 * nfl_works_wait() - wait until no item is queued or running
 * @works: the namespace's, which begins no more of them
 *
 * Context: process; sleeps; without locks that any of the items takes.
 */
void nfl_works_wait(struct nfl_works *works)
{
	wait_event(ended, !atomic_read(&works->count));
}

/**
 * nfl_workqueues_init() - make the workqueues
 *
 * Return: 0 or -ENOMEM.
 */
int nfl_workqueues_init(void)
{
	nfl_workqueue = alloc_workqueue("netflow", WQ_UNBOUND, 0);
	if (!nfl_workqueue)
		return -ENOMEM;
	/* the exporter may work for long, and holds up no other work of its CPU */
	nfl_cpu_workqueue = alloc_workqueue("netflow-cpu", WQ_PERCPU | WQ_CPU_INTENSIVE, 0);
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
