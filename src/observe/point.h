/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Observation Point of a packet: its ingress and egress interfaces.
 */
#ifndef NFL_OBSERVE_POINT_H
#define NFL_OBSERVE_POINT_H

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/l3mdev.h>
#include <net/route.h>

/**
 * nfl_point_oif() - the ifindex of the egress interface of a packet at a netfilter hook
 * @out: the output device of the hook, NULL if there is none
 *
 * Context: any.
 * Return: the index, 0 if there is none.
 */
static inline u32 nfl_point_oif(const struct net_device *out)
{
	return out ? out->ifindex : 0;
}

/**
 * nfl_point_iif() - the ifindex of the ingress interface of a packet at a netfilter hook
 * @in: the input device of the hook, NULL if there is none
 * @out: the output device of the hook, NULL if there is none
 *
 * Locally generated packets in a VRF pass OUTPUT twice: to the VRF device, then to one of
 * its ports. At the second pass the ingress interface is the VRF, as in POSTROUTING.
 * Otherwise one flow record would count them twice.
 *
 * Context: any, in an RCU read-side critical section, as in all netfilter hooks.
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

bool nfl_point_is_looped(const struct nf_hook_state *state);

/**
 * nfl_point_is_copy4() - does an IPv4 packet go to no interface, but back to this host?
 * @skb: the packet
 * @state: the hook
 *
 * A copy has no input interface, so that other packets have no cost from this.
 *
 * Context: a netfilter hook.
 */
static __always_inline bool nfl_point_is_copy4(const struct sk_buff *skb,
					       const struct nf_hook_state *state)
{
	const struct rtable *rt;

	if (state->in || state->hook != NF_INET_POST_ROUTING)
		return false;
	rt = skb_rtable(skb);
	return rt && unlikely(rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) &&
	       nfl_point_is_looped(state);
}

/**
 * nfl_point_is_copy6() - the same for an IPv6 packet
 * @state: the hook
 *
 * Context: a netfilter hook.
 */
static __always_inline bool nfl_point_is_copy6(const struct nf_hook_state *state)
{
	return !state->in && unlikely(state->okfn == dev_loopback_xmit);
}

#endif /* NFL_OBSERVE_POINT_H */
