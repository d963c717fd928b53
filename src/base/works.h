/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Items of work that a namespace waits for before it goes, and the queues they are in.
 */
#ifndef NFL_BASE_WORKS_H
#define NFL_BASE_WORKS_H

#include <linux/atomic.h>

struct workqueue_struct;

extern struct workqueue_struct *nfl_workqueue;		/* items run anywhere */
extern struct workqueue_struct *nfl_cpu_workqueue;	/* items stay on their CPU */
extern struct workqueue_struct *nfl_call_workqueue;	/* the same; others wait for them */

/**
 * struct nfl_works - the items of a namespace
 * @count: items that are queued or running
 */
struct nfl_works {
	atomic_t count;
};

/* An item is about to be queued. Context: any. */
static inline void nfl_works_begin(struct nfl_works *works)
{
	atomic_inc(&works->count);
}

/*
 * An item that was counted will not run: it was queued already, or is cancelled. Context:
 * any, where nothing waits for the last item.
 */
static inline void nfl_works_cancelled(struct nfl_works *works)
{
	atomic_dec(&works->count);
}

void nfl_works_end(struct nfl_works *works);
void nfl_works_wait(struct nfl_works *works);
int nfl_workqueues_init(void);
void nfl_workqueues_exit(void);

#endif /* NFL_BASE_WORKS_H */
