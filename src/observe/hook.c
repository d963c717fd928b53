// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks mode (hooks=prerouting,forward): functions at netfilter's hooks meter the packets
 * of a namespace. No iptables is needed. The ingress hook belongs to a device: see
 * ingress.c.
 *
 * Each function has the priority of a first rule: in PREROUTING and OUTPUT before the
 * raw table, at the other hooks before mangle, the first table there. So packets that the
 * firewall drops afterwards are metered. PREROUTING sees addresses before NAT, POSTROUTING
 * sees them before source NAT. Fragments are reassembled if conntrack or a rule requires
 * it, as with rules.
 *
 * A packet that was metered at a hook is not metered by a rule there: the target
 * calls nfl_hook_covers(). The hook and the target read the same word, nfl_hooks.hooks, so
 * a change switches both at once. Only a packet between the hook and the rule at that
 * moment is counted by both or by neither.
 */
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "meter/meter.h"
#include "observe/hook.h"
#include "observe/hook_names.h"
#include "observe/ingress.h"
#include "observe/point.h"

DEFINE_STATIC_KEY_FALSE(nfl_hook_key);

static unsigned int meter(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const u32 iif = nfl_point_iif(state->in, state->out), oif = nfl_point_oif(state->out);
	const struct nfl_hooks *hooks = priv;

	if (!nfl_hook_wants(hooks, skb, state->hook))
		return NF_ACCEPT;
	if (state->pf == NFPROTO_IPV4) {
		if (!nfl_point_is_copy4(skb, state))
			nfl_meter_ipv4(hooks->meter, skb, state->hook, iif, oif);
	} else if (!nfl_point_is_copy6(state)) {
		nfl_meter_ipv6(hooks->meter, skb, state->hook, iif, oif);
	}
	return NF_ACCEPT;
}

/* NFPROTO_INET registers for both families; their tables have the same priorities. */
static_assert((int)NF_IP_PRI_RAW == (int)NF_IP6_PRI_RAW);
static_assert((int)NF_IP_PRI_MANGLE == (int)NF_IP6_PRI_MANGLE);

#define HOOK(_hooknum, _table)			\
	[_hooknum] = {				\
		.hook = meter,			\
		.pf = NFPROTO_INET,		\
		.hooknum = _hooknum,		\
		.priority = (_table) - 1,	\
	}

static const struct nf_hook_ops operations[] = {
	HOOK(NF_INET_PRE_ROUTING, NF_IP_PRI_RAW),
	HOOK(NF_INET_LOCAL_IN, NF_IP_PRI_MANGLE),
	HOOK(NF_INET_FORWARD, NF_IP_PRI_MANGLE),
	HOOK(NF_INET_LOCAL_OUT, NF_IP_PRI_RAW),
	HOOK(NF_INET_POST_ROUTING, NF_IP_PRI_MANGLE),
};

static_assert(ARRAY_SIZE(operations) == NF_INET_NUMHOOKS);

/* Unregister the hooks among @bits that belong to a namespace: all except ingress. */
static void unregister(struct nfl_hooks *hooks, unsigned long bits)
{
	unsigned int hook;

	for_each_set_bit(hook, &bits, NF_INET_NUMHOOKS)
		nf_unregister_net_hook(hooks->net, &hooks->operations[hook]);
}

static int register_missing(struct nfl_hooks *hooks, unsigned long missing)
{
	unsigned long done = 0;
	unsigned int hook;
	int err;

	for_each_set_bit(hook, &missing, NF_INET_NUMHOOKS) {
		err = nf_register_net_hook(hooks->net, &hooks->operations[hook]);
		if (err) {
			unregister(hooks, done);
			return err;
		}
		done |= BIT(hook);
	}
	return 0;
}

/* Register and unregister the hooks of the namespace, and set the bits that packets read. */
static int change(struct nfl_hooks *hooks, u32 bits)
{
	const u32 old = hooks->hooks;
	int err;

	err = register_missing(hooks, bits & ~old);
	if (err)
		return err;
	if (bits && !old)
		static_branch_inc(&nfl_hook_key);
	WRITE_ONCE(hooks->hooks, bits);
	if (old && !bits)
		static_branch_dec(&nfl_hook_key);
	unregister(hooks, old & ~bits);
	return 0;
}

/**
 * nfl_hook_set() - meter packets at these hooks only
 * @hooks: the hooks of the namespace
 * @bits: the bits of the hooks
 *
 * Packets are metered only while the per-CPU parts of the Metering Process exist; the
 * caller starts them.
 *
 * Hooks that stay registered miss no packet. Flows of the other hooks stay in the tables
 * until they time out.
 *
 * Context: process; sleeps; takes RTNL. The caller holds the namespace's settings_lock, or
 *	the namespace is being removed. The caller does not hold the namespace's lock.
 * Return: 0, or a negative error; nothing has changed then.
 */
int nfl_hook_set(struct nfl_hooks *hooks, u32 bits)
{
	int err;

	err = nfl_ingress_set(&hooks->ingress, (bits | hooks->hooks) & BIT(NF_INET_INGRESS));
	if (err)
		return err;
	err = change(hooks, bits);
	/* switching off does not fail */
	nfl_ingress_set(&hooks->ingress, hooks->hooks & BIT(NF_INET_INGRESS));
	return err;
}

/**
 * nfl_hook_init() - initialise the hooks; none is registered
 * @hooks: the hooks, all 0
 * @net: the namespace
 * @config: the settings of the namespace
 * @meter: the Metering Process of the namespace
 */
void nfl_hook_init(struct nfl_hooks *hooks, struct net *net, const struct nfl_config *config,
		   struct nfl_meter *meter)
{
	unsigned int hook;

	hooks->net = net;
	hooks->config = config;
	hooks->meter = meter;
	memcpy(hooks->operations, operations, sizeof(operations));
	for (hook = 0; hook < NF_INET_NUMHOOKS; hook++)
		hooks->operations[hook].priv = hooks;
	nfl_ingress_init(&hooks->ingress, hooks);
}
