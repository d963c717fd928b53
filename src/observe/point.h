/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The observation point of a packet: by which interfaces it comes and goes.
 */
#ifndef NFL_OBSERVE_POINT_H
#define NFL_OBSERVE_POINT_H

#include <linux/netdevice.h>
#include <net/l3mdev.h>

/**
 * nfl_point_oif() - index of the interface that a packet at a netfilter hook leaves by
 * @out: the hook's
 *
 * Context: any.
 * Return: the index, 0 if there is none.
 */
static inline u32 nfl_point_oif(const struct net_device *out)
{
	return out ? out->ifindex : 0;
}

/**
 * nfl_point_iif() - index of the interface that a packet at a netfilter hook came in by
 * @in: the hook's
 * @out: the hook's
 *
 * The machine's own packets in a VRF pass OUTPUT twice: into the VRF's device, and out
 * of it by one of its ports. Then they come from the VRF, as in POSTROUTING, or one
 * record would have them twice.
 *
 * Context: any, in an RCU read section as all netfilter hooks.
 * Return: the index, 0 if there is none.
 */
static inline u32 nfl_point_iif(const struct net_device *in, const struct net_device *out)
{
	if (in)
		return in->ifindex;
	if (out && unlikely(netif_is_l3_slave(out)))
		return l3mdev_master_ifindex_rcu(out);
	return 0;
}

#endif /* NFL_OBSERVE_POINT_H */
