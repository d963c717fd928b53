/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What kernels from 5.10 on call differently, by feature. Nothing else in the
 * project asks for a kernel's version.
 */
#ifndef NFL_COMPAT_H
#define NFL_COMPAT_H

#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

/* On PREEMPT_RT local_lock.h of 6.12 takes it that spinlocks are known. */
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
 * 6.11 added a lock for what bottom halves being off used to protect, which
 * PREEMPT_RT needs from then on. Before, bottom halves excluded each other
 * there as well.
 */
#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))
#endif

/* 6.6 wants the size of a table, 6.11 made handlers' tables constant. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define register_net_sysctl_sz(net, path, table, size) register_net_sysctl(net, path, table)
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
typedef struct ctl_table nfl_ctl_table;
#else
typedef const struct ctl_table nfl_ctl_table;
#endif

/* 5.18 numbered them anew, and renamed them. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 18, 0)
#define HK_TYPE_DOMAIN	HK_FLAG_DOMAIN
#endif

/* 6.17 wants to be told that a workqueue's items stay on their CPU. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU	0
#endif

#endif /* NFL_COMPAT_H */
