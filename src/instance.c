// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a network namespace: how its parts come and go.
 *
 * Life: pernet init makes an instance with its settings and views, which costs
 * little, since most namespaces never meter a packet. The first user (a rule,
 * hooks mode, promisc) brings the rest: per-CPU tables, exporter
 * (nfl_instance_use()). They stay until the namespace or the module goes. pre_exit
 * hides the tables from packets; after the RCU grace period that the kernel adds,
 * exit sends what is left and frees.
 *
 * The first namespace has an exporter from the start, so that a collector hears
 * of the router as soon as the module is loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "base/works.h"
#include "control/settings.h"
#include "export/reconfigure.h"
#include "flow/selector.h"
#include "instance.h"
#include "meter/enrich.h"
#include "meter/process.h"
#include "observe/hook.h"
#include "observe/hook_names.h"
#include "proc/procfs.h"
#include "stats/audit.h"

unsigned int nfl_pernet_id __read_mostly;

/* For those who are not packets: the tables are there while an exporter is. */
static struct nfl_cpu __percpu *instance_cpus(struct netflow *nf)
{
	return READ_ONCE(nf->meter.cpus);
}

/**
 * nfl_instance_start() - bring what metering and exporting need, once
 * @nf: the namespace, under its lock or being made
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_instance_start(struct netflow *nf)
{
	int err;

	if (instance_cpus(nf))
		return 0;
	err = nfl_meter_start(&nf->meter);
	if (err)
		return err;
	err = nfl_rate_start(&nf->rate);
	if (err) {
		nfl_meter_stop(&nf->meter);
		synchronize_rcu();
		nfl_meter_free(&nf->meter);
		return err;
	}
	nfl_export_start(&nf->exporter);
	return 0;
}

/* What texts say, which were looked at when they were set: only memory may be missing. */
static int texts_start(struct netflow *nf)
{
	u32 selector = 0;
	int err;

	nfl_selector_parse(nf->config.sampler, &selector);
	nfl_export_set_selector(&nf->exporter, selector);
	err = nfl_export_set_aggregation(&nf->exporter, nf->config.aggregation);
	return err ?: nfl_export_set_interface_rules(&nf->exporter, nf->config.snmp_rules);
}

static void texts_stop(struct netflow *nf)
{
	nfl_export_set_selector(&nf->exporter, 0);
	nfl_export_set_aggregation(&nf->exporter, "");
	nfl_export_set_interface_rules(&nf->exporter, "");
}

/* What is told of flows and of NAT, as it is set; under nf->lock. */
static void telling_start(struct netflow *nf)
{
	nfl_export_start_extras(&nf->exporter);
	if (nf->config.natfields && nfl_nat_hook_enable(&nf->nat_hook))
		WRITE_ONCE(nf->config.natfields, 0);
	/* a kernel without conntrack meters all the same; it was logged */
	if (nf->config.natevents && nfl_natevents_enable(&nf->natevents))
		WRITE_ONCE(nf->config.natevents, 0);
}

/**
 * nfl_instance_use() - have all that metering needs, and what the settings say
 * @nf: the namespace, under its lock
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_instance_use(struct netflow *nf)
{
	const int err = nfl_instance_start(nf);

	if (!err)
		telling_start(nf);
	return err;
}

static int __net_init instance_net_init(struct net *net)
{
	struct netflow *nf = nfl_instance(net);
	int err;

	nf->net = net;
	mutex_init(&nf->settings_lock);
	mutex_init(&nf->lock);
	nfl_config_init(&nf->config, net_eq(net, &init_net));
	nfl_meter_init(&nf->meter, net, &nf->config, &nf->exporter.queue);
	nfl_nat_hook_init(&nf->nat_hook, &nf->meter);
	nfl_export_init(&nf->exporter, net, &nf->config, &nf->meter);
	nfl_natevents_init(&nf->natevents, net, &nf->exporter);
	nfl_rate_init(&nf->rate, &nf->exporter);
	nfl_hook_init(&nf->hooks, net, &nf->config, &nf->meter);
	nfl_promisc_init(&nf->promisc, net, &nf->meter);
	err = texts_start(nf);
	if (err)
		goto err_destinations;

	/* where the target may not be used there is nothing to set or to see */
	if (net->user_ns != &init_user_ns)
		return 0;
	err = nfl_names_listen(&nf->exporter.names);
	if (err)
		goto err_destinations;
	err = nfl_sysctl_register(nf);
	if (err)
		goto err_names;
	err = nfl_procfs_register(nf);
	if (err)
		goto err_sysctl;
	if (net_eq(net, &init_net)) {
		err = nfl_instance_start(nf);
		if (err)
			goto err_procfs;
	}
	return 0;

err_procfs:
	nfl_procfs_unregister(nf);
err_sysctl:
	nfl_sysctl_unregister(nf);
err_names:
	nfl_names_stop(&nf->exporter.names);
err_destinations:
	texts_stop(nf);
	nfl_destinations_free(&nf->exporter.transport.destinations);
	return err;
}

/* Nobody meters any more: end what runs, and send what is there. */
static void __net_exit instance_stop(struct netflow *nf)
{
	if (!instance_cpus(nf)) {
		nfl_export_stop(&nf->exporter);
		nfl_names_stop(&nf->exporter.names);
		texts_stop(nf);
		return;
	}
	/* whatever could arm a CPU's timer ends before the timers do */
	nfl_rate_stop(&nf->rate);
	nfl_natevents_disable(&nf->natevents);
	nfl_export_pause(&nf->exporter.worker);
	nfl_meter_stop(&nf->meter);
	nfl_export_stop(&nf->exporter);
	nfl_audit_close(&nf->exporter);
	nfl_names_stop(&nf->exporter.names);
	texts_stop(nf);
	nfl_meter_free(&nf->meter);
}

/*
 * All of it here, before routes and devices go, by which the last flows are sent. Rules
 * may outlive this, and give their use of the instance back: it is freed after them.
 */
static void __net_exit instance_net_pre_exit(struct net *net)
{
	struct netflow *nf = nfl_instance(net);

	if (net->user_ns == &init_user_ns) {
		nfl_procfs_unregister(nf);
		nfl_sysctl_unregister(nf);
	}
	nfl_promisc_set(&nf->promisc, false);
	if (nf->hooks.hooks)
		nfl_hook_set(&nf->hooks, 0);
	nfl_nat_hook_disable(&nf->nat_hook);
	nfl_enrich_want(&nf->meter, U16_MAX, 0);
	/* no packet that comes from now on finds the tables */
	WRITE_ONCE(nf->meter.closed, true);
	if (instance_cpus(nf))
		synchronize_rcu();
	instance_stop(nf);
}

static struct pernet_operations instance_net_ops = {
	.init = instance_net_init,
	.pre_exit = instance_net_pre_exit,
	.id = &nfl_pernet_id,
	.size = sizeof(struct netflow),
};

/**
 * nfl_instance_init() - have instances in all namespaces
 *
 * Return: 0, or a negative error.
 */
int nfl_instance_init(void)
{
	struct netflow *nf;
	u32 hooks;
	int err;

	err = nfl_workqueues_init();
	if (err)
		return err;
	err = nfl_metering_init();
	if (err)
		goto err_workqueues;
	/* as a device: those end first */
	err = register_pernet_device(&instance_net_ops);
	if (err)
		goto err_metering;
	nf = nfl_instance(&init_net);
	/* not from pernet init, for which the loading of that module would wait */
	if (nf->config.natevents)
		nfl_natevents_load();
	mutex_lock(&nf->settings_lock);
	mutex_lock(&nf->lock);
	telling_start(nf);
	nfl_promisc_set(&nf->promisc, nf->config.promisc);
	mutex_unlock(&nf->lock);
	err = nfl_hook_parse(nf->config.hooks, &hooks);
	err = err ?: nfl_hook_set(&nf->hooks, hooks);
	mutex_unlock(&nf->settings_lock);
	if (err)
		goto err_pernet;
	return 0;

err_pernet:
	unregister_pernet_device(&instance_net_ops);
err_metering:
	nfl_metering_exit();
err_workqueues:
	nfl_workqueues_exit();
	return err;
}

/**
 * nfl_instance_exit() - undo nfl_instance_init()
 */
void nfl_instance_exit(void)
{
	unregister_pernet_device(&instance_net_ops);
	nfl_metering_exit();
	nfl_workqueues_exit();
}
