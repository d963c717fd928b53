/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook ingress: packets are metered at the devices that they come in by.
 */
#ifndef NFL_OBSERVE_INGRESS_H
#define NFL_OBSERVE_INGRESS_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct nfl_hooks;

/**
 * struct nfl_ingress - the devices of a namespace that are watched
 * @watches: what is registered at each, by its index; written under RTNL
 * @notifier: where the kernel reports devices, while @on
 * @error: why a device could not be watched, since it was switched on; written
 *	under RTNL
 * @on: all devices are watched; under nfl_net.settings_lock
 * @hooks: the hooks of the namespace, of which this is one
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
