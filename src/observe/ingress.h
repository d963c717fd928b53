/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ingress hook: packets are metered at the device that receives them.
 */
#ifndef NFL_OBSERVE_INGRESS_H
#define NFL_OBSERVE_INGRESS_H

#include <linux/hashtable.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct nfl_hooks;
struct nfl_ingress;

/**
 * struct nfl_watch - the functions at a device
 * @first: meters, or remembers a frame
 * @last: forgets it, behind all other functions; registered while @bracketed
 * @bracketed: frames are remembered; written under RTNL, read by packets
 * @carries: PPPoE sessions of this namespace use the device; under RTNL
 * @untagged: ifindex of the device above the bridge that has got an untagged frame of this
 *	port, 0 if none has yet; any CPU writes it, see upper.c
 * @ingress: the devices of the namespace
 * @hooks: the hooks of the namespace
 * @link: entry in nfl_ingress.links, of PPP devices and tunnels
 * @key: of @link; both under nfl_ingress.lock
 * @rcu: the kernel lists hooks under RCU and reads @first and @last then
 */
struct nfl_watch {
	struct nf_hook_ops first;
	struct nf_hook_ops last;
	bool bracketed;
	bool carries;
	u32 untagged;
	struct nfl_ingress *ingress;
	const struct nfl_hooks *hooks;
	struct hlist_node link;
	u32 key;
	struct rcu_head rcu;
};

#define NFL_LINK_BITS	6

/**
 * struct nfl_ingress - the watched devices of a namespace
 * @watches: struct nfl_watch, by ifindex; written under RTNL
 * @links: PPP devices and tunnels, by what their frames have outside; read under RCU
 * @lock: protects the writing of @links
 * @searched: jiffies of the last search for a link
 * @notifier: reports devices; registered while @on
 * @error: the error of a device that could not be watched since the start; written
 *	under RTNL
 * @tunnels: a tunnel is up whose packets a flowtable can forward; written under RTNL
 * @on: all devices are watched; under nfl_net.settings_lock
 * @hooks: the hooks of the namespace
 */
struct nfl_ingress {
	struct xarray watches;
	DECLARE_HASHTABLE(links, NFL_LINK_BITS);
	spinlock_t lock;
	unsigned long searched;
	struct notifier_block notifier;
	int error;
	bool tunnels;
	bool on;
	struct nfl_hooks *hooks;
};

void nfl_ingress_init(struct nfl_ingress *ingress, struct nfl_hooks *hooks);
int nfl_ingress_set(struct nfl_ingress *ingress, bool on);

#endif /* NFL_OBSERVE_INGRESS_H */
