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
 * asks nfl_hook_covers(). Both look at one word, netflow.hooks, so that a change of
 * it switches both at once. Only a packet that is just between the hook and the
 * rule then is counted by both or by none.
 */
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>

#include "meter/meter.h"
#include "observe/hook.h"
#include "observe/hook_names.h"
#include "observe/ingress.h"

DEFINE_STATIC_KEY_FALSE(nfl_hook_key);

static unsigned int meter(void *private, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct netflow *nf = nfl_instance(state->net);
	const u32 iif = nfl_hook_iif(state->in, state->out), oif = nfl_hook_oif(state->out);

	if (!nfl_hook_wants(nf, skb, state->hook))
		return NF_ACCEPT;
	if (state->pf == NFPROTO_IPV4)
		nfl_meter_ipv4(&nf->meter, skb, state->hook, iif, oif);
	else
		nfl_meter_ipv6(&nf->meter, skb, state->hook, iif, oif);
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
static void unregister(struct netflow *nf, unsigned long hooks)
{
	unsigned int hook;

	for_each_set_bit(hook, &hooks, NF_INET_NUMHOOKS)
		nf_unregister_net_hook(nf->net, &operations[hook]);
}

static int register_missing(struct netflow *nf, unsigned long missing)
{
	unsigned long done = 0;
	unsigned int hook;
	int err;

	for_each_set_bit(hook, &missing, NF_INET_NUMHOOKS) {
		err = nf_register_net_hook(nf->net, &operations[hook]);
		if (err) {
			unregister(nf, done);
			return err;
		}
		done |= BIT(hook);
	}
	return 0;
}

/* The hooks of the namespace, and what packets at all of them look at. */
static int change(struct netflow *nf, u32 hooks)
{
	const u32 old = nf->hooks;
	int err;

	if (hooks && !old) {
		err = nfl_instance_use_locked(nf);
		if (err)
			return err;
	}
	err = register_missing(nf, hooks & ~old);
	if (err) {
		if (!old)
			nf->users--;
		return err;
	}
	if (hooks && !old)
		static_branch_inc(&nfl_hook_key);
	WRITE_ONCE(nf->hooks, hooks);
	if (old && !hooks)
		static_branch_dec(&nfl_hook_key);
	unregister(nf, old & ~hooks);
	if (old && !hooks)
		nf->users--;
	return 0;
}

/**
 * nfl_hook_set() - meter at these hooks from now on, and at no others
 * @nf: the namespace, under its settings_lock or dying; not under its lock
 * @hooks: their bits; while there are any, hooks mode is a user of the namespace
 *
 * Hooks that stay miss no packet. Flows that were seen at those that go live on in
 * the tables until they time out.
 *
 * Context: process; sleeps; takes RTNL and the namespace's lock.
 * Return: 0, or a negative error, and all is as it was.
 */
int nfl_hook_set(struct netflow *nf, u32 hooks)
{
	int err;

	err = nfl_ingress_set(nf, (hooks | nf->hooks) & BIT(NF_INET_INGRESS));
	if (err)
		return err;
	mutex_lock(&nf->lock);
	err = change(nf, hooks);
	mutex_unlock(&nf->lock);
	/* switching off does not fail */
	nfl_ingress_set(nf, nf->hooks & BIT(NF_INET_INGRESS));
	return err;
}

/**
 * nfl_hook_start() - meter at the hooks that were set before the namespace was there
 * @nf: the namespace, under its settings_lock
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_hook_start(struct netflow *nf)
{
	u32 hooks;
	int err;

	err = nfl_hook_parse(nf->config.hooks, &hooks);
	return err ?: nfl_hook_set(nf, hooks);
}

/**
 * nfl_hook_close() - end it with its namespace
 * @nf: the namespace, dying: a grace period is to come before its tables go
 */
void nfl_hook_close(struct netflow *nf)
{
	if (nf->hooks)
		nfl_hook_set(nf, 0);
}

/**
 * nfl_hook_show() - hooks mode's line of the statistics, if it is on
 * @seq: where to
 * @nf: the namespace
 */
void nfl_hook_show(struct seq_file *seq, const struct netflow *nf)
{
	const u32 hooks = READ_ONCE(nf->hooks);
	char text[64];

	if (!hooks)
		return;
	nfl_hook_names(hooks, text, sizeof(text));
	seq_printf(seq, "Hooks %s", text);
	if (READ_ONCE(nf->config.hooks_mark_mask))
		seq_printf(seq, ", mark 0x%x/0x%x", READ_ONCE(nf->config.hooks_mark),
			   READ_ONCE(nf->config.hooks_mark_mask));
	seq_puts(seq, ".\n");
}
