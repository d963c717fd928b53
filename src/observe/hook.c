// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks mode (hooks=prerouting,forward): for machines without iptables, a
 * namespace's packets are metered by functions at netfilter's hooks. The hook ingress
 * is one of each device: ingress.c.
 *
 * Each function comes where a first rule would: in PREROUTING and OUTPUT before
 * the table raw, in the others before mangle, the first that they have. So it sees
 * what the firewall drops afterwards, addresses before NAT in PREROUTING, and in
 * POSTROUTING those before the translation of the source. Fragments are whole
 * again where conntrack or a rule asks for it, as they are for rules.
 *
 * A packet that was metered at a hook is not metered by a rule there: the target
 * asks nfl_hook_covers(). Both look at one word, nfl_hooks.hooks, so that a change of
 * it switches both at once. Only a packet that is just between the hook and the
 * rule then is counted by both or by none.
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
	if (state->pf == NFPROTO_IPV4)
		nfl_meter_ipv4(hooks->meter, skb, state->hook, iif, oif);
	else
		nfl_meter_ipv6(hooks->meter, skb, state->hook, iif, oif);
	return NF_ACCEPT;
}

/* NFPROTO_INET is both families, whose tables have the same priorities. */
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

/* Of the bits of the setting, those of the hooks that are a namespace's own. */
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

/* The hooks of the namespace, and what packets at all of them look at. */
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
 * nfl_hook_set() - meter at these hooks from now on, and at no others
 * @hooks: the namespace's hooks, under its settings_lock or dying; not under its lock
 * @bits: their bits. What is seen is metered while the metering process has its CPUs' parts;
 *	the caller brings them.
 *
 * Hooks that stay miss no packet. Flows that were seen at those that go live on in
 * the tables until they time out.
 *
 * Context: process; sleeps; takes RTNL.
 * Return: 0, or a negative error, and all is as it was.
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
 * nfl_hook_init() - packets are metered at no hook
 * @hooks: to be initialised, all 0
 * @net: their namespace
 * @config: the settings there
 * @meter: the metering process there
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
