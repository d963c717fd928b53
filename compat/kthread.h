/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that run work items, by the names of current kernels.
 */
#ifndef NFL_COMPAT_KTHREAD_H
#define NFL_COMPAT_KTHREAD_H

#include <linux/kthread.h>

/* 6.14 gave the function that also starts the thread a name of its own. */
#ifndef kthread_run_worker
#define kthread_run_worker(flags, ...)	kthread_create_worker(flags, __VA_ARGS__)
#endif

#endif /* NFL_COMPAT_KTHREAD_H */
