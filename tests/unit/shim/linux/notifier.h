/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_NOTIFIER_H
#define SHIM_LINUX_NOTIFIER_H

struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long action, void *data);
};

#define NOTIFY_DONE	0

#endif /* SHIM_LINUX_NOTIFIER_H */
