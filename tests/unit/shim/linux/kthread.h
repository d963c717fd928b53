/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KTHREAD_H
#define SHIM_LINUX_KTHREAD_H

/* Parts of structs only: no test runs a thread of the kernel. */
struct kthread_worker;

struct kthread_work {
	struct kthread_worker *worker;
};

struct kthread_delayed_work {
	struct kthread_work work;
};

#endif /* SHIM_LINUX_KTHREAD_H */
