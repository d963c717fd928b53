/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_NETFILTER_H
#define SHIM_LINUX_NETFILTER_H

#include "../kernel.h"

#include_next <linux/netfilter.h>

/* Only so that what has one can be declared. */
struct nf_hook_ops {
	void *priv;
};

#endif /* SHIM_LINUX_NETFILTER_H */
