/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_HRTIMER_H
#define SHIM_LINUX_HRTIMER_H

/* Part of structs only, as in kthread.h. */
struct hrtimer {
	int unused;
};

#endif /* SHIM_LINUX_HRTIMER_H */
