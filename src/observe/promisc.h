/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mirrored traffic (promisc=1): frames for others are metered.
 */
#ifndef NFL_PROMISC_H
#define NFL_PROMISC_H

#include <linux/netdevice.h>
#include <linux/types.h>

struct netflow;

/**
 * struct nfl_promisc - what listens to the frames of a namespace
 * @tap: our place among the handlers of packets
 * @on: it is there; under netflow.lock
 */
struct nfl_promisc {
	struct packet_type tap;
	bool on;
};

int nfl_promisc_set(struct netflow *nf, bool on);
void nfl_promisc_close(struct netflow *nf);

#endif /* NFL_PROMISC_H */
