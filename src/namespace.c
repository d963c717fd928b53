// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creation and removal of namespaces.
 *
 * pre_exit hides the tables from packets, waits for a grace period, exports the remaining
 * flows and frees the tables (nfl_net_close()).
 *
 * The exporter of the first namespace starts when the module is loaded, so that a collector
 * receives templates and options data of the router at once.
 */
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "base/works.h"
#include "control/settings.h"
#include "control/sysctl.h"
#include "instance.h"
#include "meter/process.h"
#include "namespace.h"
#include "observe/hook_names.h"
#include "proc/procfs.h"
#include "protocol/layouts.h"

static int __net_init namespace_init(struct net *net)
{
	struct nfl_net *nn = nfl_net_of(net);
	int err;

	nfl_config_init(&nn->config, net_eq(net, &init_net));
	err = nfl_net_init(nn, net);
	if (err)
		goto err_net;

	/* the target may not be used here, so there are no settings and no statistics */
	if (net->user_ns != &init_user_ns)
		return 0;
	err = nfl_interfaces_listen(&nn->exporter.interfaces);
	if (err)
		goto err_net;
	err = nfl_sysctl_register(nn);
	if (err)
		goto err_interfaces;
	err = nfl_procfs_register(nn);
	if (err)
		goto err_sysctl;
	if (net_eq(net, &init_net)) {
		err = nfl_net_start(nn);
		if (err)
			goto err_procfs;
	}
	return 0;

err_procfs:
	nfl_procfs_unregister(nn);
err_sysctl:
	nfl_sysctl_unregister(nn);
err_interfaces:
	nfl_interfaces_stop(&nn->exporter.interfaces);
err_net:
	nfl_net_free(nn);
	return err;
}

/*
 * Close the instance before routes and devices are removed: the last flows are sent over
 * them. Rules may be removed after this. They are counted in the instance, which is freed
 * later.
 */
static void __net_exit namespace_pre_exit(struct net *net)
{
	struct nfl_net *nn = nfl_net_of(net);

	if (net->user_ns == &init_user_ns) {
		nfl_procfs_unregister(nn);
		nfl_sysctl_unregister(nn);
	}
	nfl_net_close(nn);
}

static struct pernet_operations namespace_operations = {
	.init = namespace_init,
	.pre_exit = namespace_pre_exit,
	.id = &nfl_pernet_id,
	.size = sizeof(struct nfl_net),
};

/* Apply the settings of the first namespace, which are module parameters. */
static int first_start(struct nfl_net *nn)
{
	u32 hooks;
	int err;

	/* not in pernet init: loading that module would wait for pernet init */
	if (nn->config.natevents)
		nfl_natevents_load();
	mutex_lock(&nn->settings_lock);
	mutex_lock(&nn->lock);
	nfl_net_start_optional(nn);
	nfl_promisc_set(&nn->promisc, nn->config.promisc);
	mutex_unlock(&nn->lock);
	err = nfl_hook_parse(nn->config.hooks, &hooks);
	err = err ?: nfl_hook_set(&nn->hooks, hooks);
	mutex_unlock(&nn->settings_lock);
	return err;
}

/**
 * nfl_namespaces_init() - create instances in all namespaces
 *
 * Return: 0, or a negative error.
 */
int nfl_namespaces_init(void)
{
	int err;

	err = nfl_workqueues_init();
	if (err)
		return err;
	err = nfl_metering_init();
	if (err)
		goto err_workqueues;
	/* as a pernet device: these are removed before pernet subsystems */
	err = register_pernet_device(&namespace_operations);
	if (err)
		goto err_metering;
	err = first_start(nfl_net_of(&init_net));
	if (err)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_device(&namespace_operations);
err_metering:
	nfl_metering_exit();
err_workqueues:
	nfl_workqueues_exit();
	nfl_layouts_free();
	return err;
}

/* Find a namespace that reports NAT events; the caller puts it. */
static struct net *namespace_that_listens(void)
{
	struct net *net, *found = NULL;

	rcu_read_lock();
	for_each_net_rcu(net) {
		if (READ_ONCE(nfl_net_of(net)->natevents.events))
			found = maybe_get_net(net);
		if (found)
			break;
	}
	rcu_read_unlock();
	return found;
}

/*
 * A listener may wait for nf_conntrack_netlink to load, which waits for namespaces being created
 * or removed. While the operations of namespaces are unregistered, all of these wait. So
 * listeners stop before that. (Where a namespace is being removed, its own removal does it.)
 */
static void natevents_end(void)
{
	struct net *net;

	while ((net = namespace_that_listens())) {
		struct nfl_net *nn = nfl_net_of(net);

		mutex_lock(&nn->lock);
		nfl_natevents_disable(&nn->natevents);
		mutex_unlock(&nn->lock);
		put_net(net);
	}
}

/**
 * nfl_namespaces_exit() - undo nfl_namespaces_init()
 */
void nfl_namespaces_exit(void)
{
	natevents_end();
	unregister_pernet_device(&namespace_operations);
	nfl_metering_exit();
	nfl_workqueues_exit();
	nfl_layouts_free();
}
