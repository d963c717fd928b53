/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks mode: packets are metered at netfilter's hooks themselves, without rules.
 */
#ifndef NFL_OBSERVE_HOOK_H
#define NFL_OBSERVE_HOOK_H

#include <linux/bits.h>
#include <linux/jump_label.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "base/config.h"
#include "observe/ingress.h"

struct net;
struct nfl_meter;

/* Enabled while a namespace uses hooks mode. */
DECLARE_STATIC_KEY_FALSE(nfl_hook_key);

/**
 * struct nfl_hooks - the hooks of a namespace at which all packets are metered
 * @hooks: the bits of the hooks; written under nfl_net.settings_lock, read by packets
 * @meter: the Metering Process
 * @config: the settings, with the mark that packets must have
 * @net: the namespace
 * @ingress: the devices, for the ingress hook
 * @operations: the registered operations, by hook number
 */
struct nfl_hooks {
	u32 hooks;
	struct nfl_meter *meter;
	const struct nfl_config *config;
	struct net *net;
	struct nfl_ingress ingress;
	struct nf_hook_ops operations[NF_INET_NUMHOOKS];
};

/**
 * nfl_hook_covers() - are all packets metered at a hook, without a rule?
 * @hooks: the hooks of the namespace
 * @hook: NF_INET_*
 *
 * Context: any. Costs nothing while no namespace uses hooks mode.
 */
static __always_inline bool nfl_hook_covers(const struct nfl_hooks *hooks, unsigned int hook)
{
	return static_branch_unlikely(&nfl_hook_key) && READ_ONCE(hooks->hooks) & BIT(hook);
}

/**
 * nfl_hook_wants() - is a packet metered at a hook?
 * @hooks: the hooks of the namespace
 * @skb: the packet; with a mask of 0 any mark matches
 * @hook: NF_INET_*
 *
 * Context: any.
 */
static __always_inline bool nfl_hook_wants(const struct nfl_hooks *hooks,
					   const struct sk_buff *skb, unsigned int hook)
{
	const u32 mask = READ_ONCE(hooks->config->hooks_mark_mask);

	return nfl_hook_covers(hooks, hook) &&
	       (!mask || (skb->mark & mask) == READ_ONCE(hooks->config->hooks_mark));
}

void nfl_hook_init(struct nfl_hooks *hooks, struct net *net, const struct nfl_config *config,
		   struct nfl_meter *meter);
int nfl_hook_set(struct nfl_hooks *hooks, u32 bits);

#endif /* NFL_OBSERVE_HOOK_H */
