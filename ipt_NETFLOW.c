// SPDX-License-Identifier: GPL-2.0-only
/*
 * ipt_NETFLOW: the module, and its two xtables targets.
 *
 * A rule `-j NETFLOW` meters the packet and continues with the next rule (XT_CONTINUE). See
 * docs/architecture.md for the path of a packet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter/x_tables.h>
#include <linux/user_namespace.h>

#include "ipt_NETFLOW.h"
#include "src/control/settings.h"
#include "src/debug/selftest.h"
#include "src/export/flow_record.h"
#include "src/instance.h"
#include "src/meter/meter.h"
#include "src/namespace.h"
#include "src/observe/hook.h"
#include "src/observe/point.h"

MODULE_AUTHOR("The ipt_NETFLOW developers");
MODULE_DESCRIPTION("xtables target that meters flows and exports them as IPFIX or NetFlow");
MODULE_LICENSE("GPL");
MODULE_VERSION(NETFLOW_VERSION);
MODULE_ALIAS("ip6t_NETFLOW");
/* Otherwise natevents=1 would load it while the removal of a namespace waits for the module. */
MODULE_SOFTDEP("pre: nfnetlink");
#if IS_MODULE(CONFIG_IPV6)
/* Likewise: creating a socket would load it under locks that the initialisation of IPv6 needs. */
MODULE_SOFTDEP("pre: ipv6");
#endif

static unsigned int netflow_tg4(struct sk_buff *skb, const struct xt_action_param *par)
{
	struct nfl_net *nn = nfl_net_of(xt_net(par));

	if (!nfl_hook_covers(&nn->hooks, xt_hooknum(par)) && !nfl_point_is_copy4(skb, par->state))
		nfl_meter_ipv4(&nn->meter, skb, xt_hooknum(par),
			       nfl_point_iif(xt_in(par), xt_out(par)),
			       nfl_point_oif(xt_out(par)));
	return XT_CONTINUE;
}

static unsigned int netflow_tg6(struct sk_buff *skb, const struct xt_action_param *par)
{
	struct nfl_net *nn = nfl_net_of(xt_net(par));

	if (!nfl_hook_covers(&nn->hooks, xt_hooknum(par)) && !nfl_point_is_copy6(par->state))
		nfl_meter_ipv6(&nn->meter, skb, xt_hooknum(par),
			       nfl_point_iif(xt_in(par), xt_out(par)),
			       nfl_point_oif(xt_out(par)));
	return XT_CONTINUE;
}

/*
 * Only namespaces of the initial user namespace may meter: root of another user namespace
 * could fill the tables and forge flows in the host's export.
 */
static int netflow_tg_check(const struct xt_tgchk_param *par)
{
	struct nfl_net *nn = nfl_net_of(par->net);
	int err;

	if (par->net->user_ns != &init_user_ns) {
		pr_info_ratelimited("target refused: the network namespace belongs to a user namespace\n");
		return -EPERM;
	}
	if (par->family == NFPROTO_IPV6)
		nfl_export_check_ipv6(&nn->exporter);
	mutex_lock(&nn->lock);
	err = nfl_net_use(nn);
	if (!err)
		nn->rules++;
	mutex_unlock(&nn->lock);
	return err;
}

static void netflow_tg_destroy(const struct xt_tgdtor_param *par)
{
	struct nfl_net *nn = nfl_net_of(par->net);

	mutex_lock(&nn->lock);
	nn->rules--;
	mutex_unlock(&nn->lock);
}

/* Only the first packet of a connection passes the nat table, so metering there is refused. */
static int netflow_tg_check_table(const struct xt_tgchk_param *par)
{
	if (!strcmp(par->table, "nat")) {
		pr_info_ratelimited("target NETFLOW is not valid in table nat, which sees only the first packet of a connection: use raw, mangle or filter\n");
		return -EINVAL;
	}
	return netflow_tg_check(par);
}

static struct xt_target netflow_tg_reg[] __read_mostly = {
	{
		.name = NETFLOW_TARGET_NAME,
		.revision = NETFLOW_TARGET_REVISION,
		.family = NFPROTO_IPV4,
		.target = netflow_tg4,
		.targetsize = NETFLOW_TARGET_SIZE,
		.checkentry = netflow_tg_check_table,
		.destroy = netflow_tg_destroy,
		.me = THIS_MODULE,
	},
	{
		.name = NETFLOW_TARGET_NAME,
		.revision = NETFLOW_TARGET_REVISION,
		.family = NFPROTO_IPV6,
		.target = netflow_tg6,
		.targetsize = NETFLOW_TARGET_SIZE,
		.checkentry = netflow_tg_check_table,
		.destroy = netflow_tg_destroy,
		.me = THIS_MODULE,
	},
};

static bool have_targets(void)
{
	return nfl_net_of(&init_net)->config.targets;
}

static int __init netflow_init(void)
{
	int err;

	err = nfl_namespaces_init();
	if (err)
		goto err_log;
	err = nfl_selftest();
	if (err)
		goto err_namespaces;
	nfl_config_ready(true);
	if (have_targets()) {
		err = xt_register_targets(netflow_tg_reg, ARRAY_SIZE(netflow_tg_reg));
		if (err)
			goto err_namespaces;
	}
	pr_info("version %s is loaded.\n", NETFLOW_VERSION);
	return 0;

err_namespaces:
	nfl_config_ready(false);
	nfl_namespaces_exit();
err_log:
	pr_err("is not loaded: error %d\n", -err);
	return err;
}

static void __exit netflow_exit(void)
{
	if (have_targets())
		xt_unregister_targets(netflow_tg_reg, ARRAY_SIZE(netflow_tg_reg));
	nfl_config_ready(false);
	nfl_namespaces_exit();
	pr_info("unloaded.\n");
}

module_init(netflow_init);
module_exit(netflow_exit);
