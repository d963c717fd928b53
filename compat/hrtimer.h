/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * High-resolution timers, by the names of current kernels.
 */
#ifndef NFL_COMPAT_HRTIMER_H
#define NFL_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

/* 6.13 gave the function to a timer with the rest, and 6.15 removed the old initialisation. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#endif /* NFL_COMPAT_HRTIMER_H */
