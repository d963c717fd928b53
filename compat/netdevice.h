/* SPDX-License-Identifier: GPL-2.0-only */
/* Features of network devices that not every kernel has. */
#ifndef NFL_COMPAT_NETDEVICE_H
#define NFL_COMPAT_NETDEVICE_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>
#include <linux/version.h>

/* 5.17 added a namespace to packet handlers; from 6.16 on they get only its frames. */
static inline void nfl_packet_type_set_net(struct packet_type *type, struct net *net)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	type->af_packet_net = net;
#endif
}

/* Does the kernel have netfilter's ingress hook at devices? */
static inline bool nfl_has_ingress(void)
{
	return IS_ENABLED(CONFIG_NETFILTER_INGRESS);
}

/* The number of functions at the ingress hook of a device, which is read under RCU. */
static inline unsigned int nfl_ingress_count(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_INGRESS
	const struct nf_hook_entries *entries = rcu_dereference(dev->nf_hooks_ingress);

	return entries ? entries->num_hook_entries : 0;
#else
	return 0;
#endif
}

#endif /* NFL_COMPAT_NETDEVICE_H */
