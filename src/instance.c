// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a network namespace: its parts, composed and brought to life.
 *
 * Life: a namespace that comes has its parts initialised, which costs little, since most
 * namespaces never meter a packet. The first user (a rule, hooks mode, promisc,
 * natevents) brings the rest: per-CPU tables, exporter (nfl_net_use()). They stay until
 * the namespace or the module goes.
 */
#include "export/reconfigure.h"
#include "flow/selector.h"
#include "instance.h"
#include "meter/enrich.h"
#include "meter/process.h"
#include "stats/audit.h"

unsigned int nfl_pernet_id __read_mostly;

/**
 * nfl_net_start() - bring what metering and exporting need, once
 * @nn: the namespace, under its lock or being made
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_net_start(struct nfl_net *nn)
{
	int err;

	if (nn->meter.cpus)
		return 0;
	err = nfl_rate_start(&nn->rate);
	if (err)
		return err;
	err = nfl_meter_start(&nn->meter);
	if (err) {
		nfl_rate_stop(&nn->rate);
		return err;
	}
	nfl_export_start(&nn->exporter);
	return 0;
}

/**
 * nfl_net_start_optional() - start the optional exports, as the settings say
 * @nn: the namespace, started, under its lock
 *
 * Context: process; sleeps.
 */
void nfl_net_start_optional(struct nfl_net *nn)
{
	nfl_export_start_extras(&nn->exporter);
	if (nn->config.natfields && nfl_nat_hook_enable(&nn->nat_hook))
		WRITE_ONCE(nn->config.natfields, 0);
	/* a kernel without conntrack meters all the same; it was logged */
	if (nn->config.natevents && nfl_natevents_enable(&nn->natevents))
		WRITE_ONCE(nn->config.natevents, 0);
}

/**
 * nfl_net_use() - have all that metering needs, and what the settings say
 * @nn: the namespace, under its lock
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_net_use(struct nfl_net *nn)
{
	const int err = nfl_net_start(nn);

	if (!err)
		nfl_net_start_optional(nn);
	return err;
}

/* What texts say, which were looked at when they were set: only memory may be missing. */
static int texts_start(struct nfl_net *nn)
{
	u32 selector = 0;
	int err;

	nfl_selector_parse(nn->config.sampler, &selector);
	nfl_export_set_selector(&nn->exporter, selector);
	err = nfl_export_set_aggregation(&nn->exporter, nn->config.aggregation);
	return err ?: nfl_export_set_interface_rules(&nn->exporter, nn->config.snmp_rules);
}

static void texts_stop(struct nfl_net *nn)
{
	nfl_export_set_selector(&nn->exporter, 0);
	nfl_export_set_aggregation(&nn->exporter, "");
	nfl_export_set_interface_rules(&nn->exporter, "");
}

/**
 * nfl_net_init() - initialise the parts of a namespace
 * @nn: to be initialised, all 0 but for its settings, which are set
 * @net: the namespace
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error; nfl_net_free() undoes it in either case.
 */
int nfl_net_init(struct nfl_net *nn, struct net *net)
{
	nn->net = net;
	mutex_init(&nn->settings_lock);
	mutex_init(&nn->lock);
	nfl_meter_init(&nn->meter, net, &nn->config, &nn->exporter.queue);
	nfl_nat_hook_init(&nn->nat_hook, &nn->meter);
	nfl_export_init(&nn->exporter, net, &nn->config, &nn->meter);
	nfl_natevents_init(&nn->natevents, net, &nn->exporter);
	nfl_rate_init(&nn->rate, &nn->exporter);
	nfl_hook_init(&nn->hooks, net, &nn->config, &nn->meter);
	nfl_promisc_init(&nn->promisc, net, &nn->meter);
	return texts_start(nn);
}

/**
 * nfl_net_free() - free what an instance that was never started has
 * @nn: the namespace
 */
void nfl_net_free(struct nfl_net *nn)
{
	texts_stop(nn);
	nfl_destinations_free(&nn->exporter.transport.destinations);
}

/* No packet is metered any more: end what runs, and send what is there. */
static void stop(struct nfl_net *nn)
{
	if (!nn->meter.cpus) {
		nfl_export_stop(&nn->exporter);
		nfl_interfaces_stop(&nn->exporter.interfaces);
		texts_stop(nn);
		return;
	}
	/* whatever could arm a CPU's timer ends before the timers do */
	nfl_rate_stop(&nn->rate);
	nfl_natevents_disable(&nn->natevents);
	nfl_export_pause(&nn->exporter.worker);
	nfl_meter_stop(&nn->meter);
	nfl_export_stop(&nn->exporter);
	nfl_audit_close(&nn->exporter);
	nfl_interfaces_stop(&nn->exporter.interfaces);
	texts_stop(nn);
	nfl_meter_free(&nn->meter);
}

/**
 * nfl_net_close() - end all parts of a namespace that goes
 * @nn: the namespace, of which nothing is shown and no setting changed any more
 *
 * Context: process; sleeps.
 */
void nfl_net_close(struct nfl_net *nn)
{
	nfl_promisc_set(&nn->promisc, false);
	if (nn->hooks.hooks)
		nfl_hook_set(&nn->hooks, 0);
	nfl_nat_hook_disable(&nn->nat_hook);
	nfl_enrich_want(&nn->meter, U16_MAX, 0);
	/* no packet that comes from now on finds the tables */
	WRITE_ONCE(nn->meter.closed, true);
	if (nn->meter.cpus)
		synchronize_rcu();
	stop(nn);
}
