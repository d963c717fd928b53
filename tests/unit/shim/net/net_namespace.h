/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_NET_NAMESPACE_H
#define SHIM_NET_NET_NAMESPACE_H

#include "../kernel.h"
#include "../linux/rcupdate.h"

/* A kernel without conntrack, unless the test says otherwise. */
#ifdef SHIM_CONNTRACK
#define IS_ENABLED(option)		SHIM_##option
#define SHIM_CONFIG_NF_CONNTRACK	1
#define SHIM_CONFIG_NF_CONNTRACK_TIMESTAMP	1
#else
#define IS_ENABLED(option)		0
#endif

/* Conntrack makes events always, and something speaks for it. */
struct net {
	struct {
		int sysctl_events, sysctl_tstamp;
		const void *nf_conntrack_event_cb;
	} ct;
};

static struct net init_net __attribute__((unused));

#endif /* SHIM_NET_NET_NAMESPACE_H */
