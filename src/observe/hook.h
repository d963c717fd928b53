/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks mode: packets are metered at netfilter's hooks themselves, without rules.
 */
#ifndef NFL_HOOK_H
#define NFL_HOOK_H

#include <linux/bits.h>
#include <linux/jump_label.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/l3mdev.h>

#include "instance.h"

struct seq_file;

/* Namespaces that use it. */
DECLARE_STATIC_KEY_FALSE(nfl_hook_key);

/**
 * nfl_hook_covers() - are packets metered at a hook, whatever rules are there?
 * @nf: the namespace
 * @hook: NF_INET_*
 *
 * Context: any. Costs nothing while no namespace uses hooks mode.
 */
static __always_inline bool nfl_hook_covers(const struct netflow *nf, unsigned int hook)
{
	return static_branch_unlikely(&nfl_hook_key) && READ_ONCE(nf->hooks) & BIT(hook);
}

/**
 * nfl_hook_wants() - is a packet metered at a hook?
 * @nf: the namespace
 * @skb: the packet; with a mask of 0 any mark is right
 * @hook: NF_INET_*
 *
 * Context: any.
 */
static __always_inline bool nfl_hook_wants(const struct netflow *nf, const struct sk_buff *skb,
					   unsigned int hook)
{
	const u32 mask = READ_ONCE(nf->config.hooks_mark_mask);

	return nfl_hook_covers(nf, hook) &&
	       (!mask || (skb->mark & mask) == READ_ONCE(nf->config.hooks_mark));
}

/**
 * nfl_hook_oif() - index of the interface that a packet at a netfilter hook leaves by
 * @out: the hook's
 *
 * Context: any.
 * Return: the index, 0 if there is none.
 */
static inline u32 nfl_hook_oif(const struct net_device *out)
{
	return out ? out->ifindex : 0;
}

/**
 * nfl_hook_iif() - index of the interface that a packet at a netfilter hook came in by
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
static inline u32 nfl_hook_iif(const struct net_device *in, const struct net_device *out)
{
	if (in)
		return in->ifindex;
	if (out && unlikely(netif_is_l3_slave(out)))
		return l3mdev_master_ifindex_rcu(out);
	return 0;
}

int nfl_hook_set(struct netflow *nf, u32 hooks);
int nfl_hook_start(struct netflow *nf);
void nfl_hook_close(struct netflow *nf);
void nfl_hook_show(struct seq_file *seq, const struct netflow *nf);

#endif /* NFL_HOOK_H */
