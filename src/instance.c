// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module in a network namespace: composition, start and stop of its parts.
 *
 * When a namespace is created, its parts are initialised. This costs little, since most
 * namespaces never meter a packet. The first user (a rule, hooks mode, promisc,
 * natevents) starts the rest: per-CPU tables, exporter (nfl_net_use()). They stay until
 * the namespace is removed or the module is unloaded.
 */
#include "export/reconfigure.h"
#include "flow/selector.h"
#include "instance.h"
#include "meter/enrich.h"
#include "meter/process.h"
#include "stats/audit.h"

unsigned int nfl_pernet_id __read_mostly;

/**
 * nfl_net_start() - start the Metering Process and the exporter, unless they are running
 * @nn: the namespace
 *
 * Context: process; sleeps. The caller holds the namespace's lock, or the namespace is being
 *	created.
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
	err = nfl_worker_create(&nn->exporter.worker);
	if (err)
		return err;
	err = nfl_meter_start(&nn->meter);
	if (err) {
		nfl_worker_stop(&nn->exporter.worker);
		return err;
	}
	nfl_export_start(&nn->exporter);
	nfl_feed_start(&nn->feed);
	return 0;
}

/**
 * nfl_net_start_optional() - start the optional exports according to the settings
 * @nn: the namespace, started
 *
 * Context: process; sleeps. The caller holds the namespace's lock.
 */
void nfl_net_start_optional(struct nfl_net *nn)
{
	nfl_export_start_extras(&nn->exporter);
	if (nn->config.natfields && nfl_nat_hook_enable(&nn->nat_hook))
		WRITE_ONCE(nn->config.natfields, 0);
	/* not fatal: a kernel without conntrack still meters; the error was logged */
	if (nn->config.natevents && nfl_natevents_enable(&nn->natevents))
		WRITE_ONCE(nn->config.natevents, 0);
}

/**
 * nfl_net_use() - start all parts for metering, and the optional exports
 * @nn: the namespace
 *
 * Context: process; sleeps. The caller holds the namespace's lock.
 * Return: 0, or a negative error.
 */
int nfl_net_use(struct nfl_net *nn)
{
	const int err = nfl_net_start(nn);

	if (!err)
		nfl_net_start_optional(nn);
	return err;
}

/* Apply the text settings. They were checked when they were set, so only -ENOMEM is possible. */
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
 * @nn: the instance; all 0 except for the settings, which are initialised
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
	nfl_feed_init(&nn->feed, net, &nn->config, &nn->meter, &nn->rules, &nn->hooks.hooks);
	return texts_start(nn);
}

/**
 * nfl_net_free() - free the parts of an instance that was never started
 * @nn: the namespace
 */
void nfl_net_free(struct nfl_net *nn)
{
	/* a start may have failed behind it */
	nfl_rate_stop(&nn->rate);
	texts_stop(nn);
	nfl_destinations_free(&nn->exporter.transport.destinations);
}

/* No packet is metered any more: stop all parts, and export the remaining flows. */
static void stop(struct nfl_net *nn)
{
	if (!nn->meter.cpus) {
		nfl_rate_stop(&nn->rate);
		nfl_export_stop(&nn->exporter);
		nfl_interfaces_stop(&nn->exporter.interfaces);
		texts_stop(nn);
		return;
	}
	/* everything that could arm a CPU's timer stops before the timers */
	nfl_feed_stop(&nn->feed);
	nfl_rate_stop(&nn->rate);
	nfl_natevents_disable(&nn->natevents);
	nfl_worker_stop(&nn->exporter.worker);
	/* sockets may still be closed */
	nfl_works_wait(&nn->exporter.works);
	nfl_meter_stop(&nn->meter);
	nfl_export_stop(&nn->exporter);
	nfl_audit_close(&nn->exporter);
	nfl_interfaces_stop(&nn->exporter.interfaces);
	texts_stop(nn);
	nfl_meter_free(&nn->meter);
}

/**
 * nfl_net_close() - stop all parts of a namespace that is being removed
 * @nn: the namespace; its /proc files and sysctls are already unregistered
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
	/* packets that arrive from now on do not use the tables */
	WRITE_ONCE(nn->meter.closed, true);
	if (nn->meter.cpus)
		synchronize_rcu();
	stop(nn);
}
