// SPDX-License-Identifier: GPL-2.0-only
/*
 * The baseline of bench/exact: a target NETFLOW that does nothing, and with hooks=1 a
 * function at netfilter's hook PREROUTING that does nothing. Both modules work with the same
 * rule and the same plugin, so that the rest of the packet path is the same.
 */
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter_ipv4.h>

#include "ipt_NETFLOW.h"

MODULE_AUTHOR("The ipt_NETFLOW developers");
MODULE_DESCRIPTION("An empty xtables target, to compare with");
MODULE_LICENSE("GPL");

static bool hooks;
module_param(hooks, bool, 0444);
MODULE_PARM_DESC(hooks, "have an empty function at the hook PREROUTING");

static unsigned int empty_tg(struct sk_buff *skb, const struct xt_action_param *par)
{
	return XT_CONTINUE;
}

static unsigned int empty_hook(void *private, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static struct xt_target empty_tg_reg[] __read_mostly = {
	{
		.name = NETFLOW_TARGET_NAME,
		.revision = NETFLOW_TARGET_REVISION,
		.family = NFPROTO_UNSPEC,
		.target = empty_tg,
		.targetsize = NETFLOW_TARGET_SIZE,
		.me = THIS_MODULE,
	},
};

/* the same hook and priority as the hooks mode of ipt_NETFLOW */
static const struct nf_hook_ops empty_ops = {
	.hook = empty_hook,
	.pf = NFPROTO_INET,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP_PRI_RAW - 1,
};

static int __init empty_init(void)
{
	int err;

	err = xt_register_targets(empty_tg_reg, ARRAY_SIZE(empty_tg_reg));
	if (err || !hooks)
		return err;
	err = nf_register_net_hook(&init_net, &empty_ops);
	if (err)
		xt_unregister_targets(empty_tg_reg, ARRAY_SIZE(empty_tg_reg));
	return err;
}

static void __exit empty_exit(void)
{
	if (hooks)
		nf_unregister_net_hook(&init_net, &empty_ops);
	xt_unregister_targets(empty_tg_reg, ARRAY_SIZE(empty_tg_reg));
}

module_init(empty_init);
module_exit(empty_exit);
