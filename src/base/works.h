/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work items that the removal of a namespace waits for, and their workqueues.
 */
#ifndef NFL_BASE_WORKS_H
#define NFL_BASE_WORKS_H

#include <linux/atomic.h>

struct workqueue_struct;

extern struct workqueue_struct *nfl_workqueue;		/* items run on any CPU */
extern struct workqueue_struct *nfl_cpu_workqueue;	/* items stay on their CPU */
extern struct workqueue_struct *nfl_call_workqueue;	/* the same; other items wait for them */

/**
 * struct nfl_works - the work items of a namespace
 * @count: items that are queued or running
 */
struct nfl_works {
	atomic_t count;
};

/* Count an item that is about to be queued. Context: any. */
static inline void nfl_works_begin(struct nfl_works *works)
{
	atomic_inc(&works->count);
}

void nfl_works_end(struct nfl_works *works);
void nfl_works_wait(struct nfl_works *works);
int nfl_workqueues_init(void);
void nfl_workqueues_exit(void);

#endif /* NFL_BASE_WORKS_H */
