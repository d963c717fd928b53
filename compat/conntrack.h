/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conntrack: attributes of newer kernels, and the sysctls
 * net.netfilter.nf_conntrack_events and nf_conntrack_timestamp of a namespace, if the kernel
 * has them.
 */
#ifndef NFL_COMPAT_CONNTRACK_H
#define NFL_COMPAT_CONNTRACK_H

#include <linux/compiler.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* 6.14 added the attribute: the time of the event itself. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define CTA_TIMESTAMP_EVENT	27
#endif

enum {
	NFL_CONNTRACK_EVENTS_NEVER,
	NFL_CONNTRACK_EVENTS_ALWAYS,
	NFL_CONNTRACK_EVENTS_AUTO,	/* from 5.19 on: while a socket listens */
};

/* Can the kernel store when a connection begins and ends? */
#define NFL_CONNTRACK_HAS_TIMES		IS_ENABLED(CONFIG_NF_CONNTRACK_TIMESTAMP)

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
static inline int nfl_conntrack_events(const struct net *net)
{
	return READ_ONCE(net->ct.sysctl_events);
}

static inline void nfl_conntrack_set_events(struct net *net, int value)
{
	WRITE_ONCE(net->ct.sysctl_events, value);
}

/* Does conntrack store when a connection begins and ends, if the kernel can? */
static inline bool nfl_conntrack_times(const struct net *net)
{
	return READ_ONCE(net->ct.sysctl_tstamp);
}

static inline void nfl_conntrack_set_times(struct net *net, bool value)
{
	WRITE_ONCE(net->ct.sysctl_tstamp, value);
}

/* Is nf_conntrack_netlink loaded? */
static inline bool nfl_conntrack_speaks(const struct net *net)
{
	return rcu_access_pointer(net->ct.nf_conntrack_event_cb);
}
#else
static inline int nfl_conntrack_events(const struct net *net)
{
	return NFL_CONNTRACK_EVENTS_NEVER;
}

static inline void nfl_conntrack_set_events(struct net *net, int value)
{
}

static inline bool nfl_conntrack_times(const struct net *net)
{
	return false;
}

static inline void nfl_conntrack_set_times(struct net *net, bool value)
{
}

static inline bool nfl_conntrack_speaks(const struct net *net)
{
	return false;
}
#endif

#endif /* NFL_COMPAT_CONNTRACK_H */
