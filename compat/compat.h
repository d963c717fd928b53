/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels from 5.10 on, by feature. Kernel versions are tested only
 * in compat/.
 */
#ifndef NFL_COMPAT_H
#define NFL_COMPAT_H

#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

/* On PREEMPT_RT, local_lock.h of 6.12 needs spinlock.h but does not include it. */
#include <linux/spinlock.h>
#include <linux/local_lock.h>

/* 6.2 renamed it, 6.16 removed the old name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync(timer)	del_timer_sync(timer)
#endif

/* 6.16 renamed from_timer(). */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, typeof(*(var)), timer_fieldname)
#endif

/*
 * 6.11 added a lock for data that were protected by disabled bottom halves. PREEMPT_RT
 * needs the lock from then on. Before 6.11, bottom halves excluded each other on PREEMPT_RT,
 * too.
 */
#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))
#endif

/* 6.6 added the size of a table as an argument, 6.11 made the handlers' tables constant. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define register_net_sysctl_sz(net, path, table, size) register_net_sysctl(net, path, table)
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
typedef struct ctl_table nfl_ctl_table;
#else
typedef const struct ctl_table nfl_ctl_table;
#endif

/* 5.18 renumbered and renamed them. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
#define HK_TYPE_DOMAIN	HK_FLAG_DOMAIN
#endif

/* 6.17 added a flag for workqueues whose work items stay on their CPU. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU	0
#endif

#endif /* NFL_COMPAT_H */
