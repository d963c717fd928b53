/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hook ingress: packets are metered at the devices that they come in by.
 */
#ifndef NFL_INGRESS_H
#define NFL_INGRESS_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct netflow;

/**
 * struct nfl_ingress - the devices of a namespace that are watched
 * @watches: what is registered at each, by its index; written under RTNL
 * @notifier: where the kernel tells of devices, while @on
 * @error: why a device could not be watched, since it was switched on; written
 *	under RTNL
 * @on: all devices are watched; under netflow.settings_lock
 */
struct nfl_ingress {
	struct xarray watches;
	struct notifier_block notifier;
	int error;
	bool on;
};

void nfl_ingress_init(struct nfl_ingress *ingress);
int nfl_ingress_set(struct netflow *nf, bool on);

#endif /* NFL_INGRESS_H */
