/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ingress hook: packets are metered at the device that receives them.
 */
#ifndef NFL_OBSERVE_INGRESS_H
#define NFL_OBSERVE_INGRESS_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct nfl_hooks;

/**
 * struct nfl_ingress - the watched devices of a namespace
 * @watches: the registered functions, by ifindex; written under RTNL
 * @notifier: reports devices; registered while @on
 * @error: the error of a device that could not be watched since the start; written
 *	under RTNL
 * @on: all devices are watched; under nfl_net.settings_lock
 * @hooks: the hooks of the namespace
 */
struct nfl_ingress {
	struct xarray watches;
	struct notifier_block notifier;
	int error;
	bool on;
	struct nfl_hooks *hooks;
};

void nfl_ingress_init(struct nfl_ingress *ingress, struct nfl_hooks *hooks);
int nfl_ingress_set(struct nfl_ingress *ingress, bool on);

#endif /* NFL_OBSERVE_INGRESS_H */
