/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_NOTIFIER_H
#define SHIM_LINUX_NOTIFIER_H

/* Only so that what has one can be declared. */
struct notifier_block {};

#endif /* SHIM_LINUX_NOTIFIER_H */
