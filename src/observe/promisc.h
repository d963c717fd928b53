/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mirrored traffic (promisc=1): frames for other hosts are metered.
 */
#ifndef NFL_OBSERVE_PROMISC_H
#define NFL_OBSERVE_PROMISC_H

#include <linux/netdevice.h>
#include <linux/types.h>

struct net;
struct nfl_meter;

/**
 * struct nfl_promisc - the packet handler of a namespace
 * @tap: the handler as the kernel sees it
 * @on: @tap is registered; under nfl_net.lock
 * @net: the namespace
 * @meter: the Metering Process of the namespace
 */
struct nfl_promisc {
	struct packet_type tap;
	bool on;
	struct net *net;
	struct nfl_meter *meter;
};

void nfl_promisc_init(struct nfl_promisc *promisc, struct net *net, struct nfl_meter *meter);
void nfl_promisc_set(struct nfl_promisc *promisc, bool on);

#endif /* NFL_OBSERVE_PROMISC_H */
