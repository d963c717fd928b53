/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#include "../kernel.h"

/* The log is not looked at. */
#define pr_info(...)		do { if (0) fprintf(stderr, __VA_ARGS__); } while (0)
#define pr_err(...)		pr_info(__VA_ARGS__)
#define pr_err_ratelimited(...)	pr_info(__VA_ARGS__)
#define pr_warn(...)		pr_info(__VA_ARGS__)
#define pr_warn_ratelimited(...)	pr_info(__VA_ARGS__)

#endif /* SHIM_LINUX_PRINTK_H */
