// SPDX-License-Identifier: GPL-2.0-only
/*
 * Apply settings. A setting that causes packets to be metered first starts the Metering
 * Process and the exporter.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/printk.h>

#include "control/apply.h"
#include "export/flush.h"
#include "export/interface_numbers.h"
#include "export/reconfigure.h"
#include "export/reset.h"
#include "flow/fields.h"
#include "flow/selector.h"
#include "instance.h"
#include "meter/aggregation.h"
#include "meter/expire.h"
#include "meter/maxflows.h"
#include "meter/process.h"
#include "observe/hook_names.h"
#include "protocol/protocol.h"
#include "transport/destination.h"

int nfl_apply_timeout(struct nfl_net *nn, u32 old, u32 new)
{
	if (nn)
		nfl_expire_timeouts_changed(&nn->meter);
	return 0;
}

int nfl_apply_protocol(struct nfl_net *nn, u32 old, u32 new)
{
	const int protocol = nfl_protocol_find(new);

	if (protocol < 0)
		return protocol;
	if (nn)
		nfl_export_set_protocol(&nn->exporter, protocol);
	return 0;
}

int nfl_apply_engine_id(struct nfl_net *nn, u32 old, u32 new)
{
	if (nn && new != old)
		nfl_export_domain_changed(&nn->exporter);
	return 0;
}

int nfl_apply_maxflows(struct nfl_net *nn, u32 old, u32 new)
{
	if (!new)
		pr_info("maxflows=0: no limit; a flood of new flows can take all memory\n");
	if (nn)
		nfl_maxflows_change(&nn->meter, old, new);
	return 0;
}

int nfl_apply_hashsize(struct nfl_net *nn, u32 old, u32 new)
{
	if (nn)
		nfl_meter_set_hashsize(&nn->meter, new);
	return 0;
}

int nfl_apply_sndbuf(struct nfl_net *nn, u32 old, u32 new)
{
	if (nn)
		nfl_export_set_sndbuf(&nn->exporter, new);
	return 0;
}

int nfl_apply_logsize(struct nfl_net *nn, u32 old, u32 new)
{
	if (new && new < NFL_LOG_LEAST)
		return -EINVAL;
	return nn ? nfl_export_set_log_size(&nn->exporter) : 0;
}

int nfl_apply_exportcpu(struct nfl_net *nn, u32 old, u32 new)
{
	return (s32)new < 0 || (new < nr_cpu_ids && cpu_online(new)) ? 0 : -EINVAL;
}

/* NAT events may be reported without metering, so this starts the exporter. */
int nfl_apply_natevents(struct nfl_net *nn, u32 old, u32 new)
{
	int err;

	if (!nn)
		return 0;
	if (!new) {
		nfl_natevents_disable(&nn->natevents);
		return 0;
	}
	err = nfl_net_start(nn);
	return err ?: nfl_natevents_enable(&nn->natevents, new == NFL_NATEVENTS_COUNTS);
}

/*
 * If nothing is metered yet, the first rule applies the setting. Packets of a flow before
 * and after the change are metered as two flows.
 */
int nfl_apply_natfields(struct nfl_net *nn, u32 old, u32 new)
{
	if (!nn || !nn->exporter.running)
		return 0;
	if (new)
		return nfl_nat_hook_enable(&nn->nat_hook);
	nfl_nat_hook_disable(&nn->nat_hook);
	return 0;
}

int nfl_apply_promisc(struct nfl_net *nn, u32 old, u32 new)
{
	int err;

	if (!nn)
		return 0;
	err = new && !nn->promisc.on ? nfl_net_use(nn) : 0;
	if (!err)
		nfl_promisc_set(&nn->promisc, new);
	return err;
}

/* Every IPv4 host accepts 576 octets; templates do not fit into less than 512. */
int nfl_apply_mtu(struct nfl_net *nn, u32 old, u32 new)
{
	return !new || new >= NFL_MTU_LEAST ? 0 : -EINVAL;
}

int nfl_take_destination(struct nfl_net *nn, char *text, size_t size)
{
	struct list_head destinations = LIST_HEAD_INIT(destinations);
	int err;

	err = nfl_destinations_parse(text, &destinations);
	if (!err && nn)
		err = nfl_export_redirect(&nn->exporter, &destinations);
	nfl_destinations_free(&destinations);
	return err;
}

/* If nothing is metered yet, the first rule applies the setting. */
int nfl_take_fields(struct nfl_net *nn, char *text, size_t size)
{
	u16 extras;
	int err;

	err = nfl_fields_parse(text, &extras);
	if (err)
		return err;
	nfl_fields_print(extras, text, size);
	if (nn && nn->exporter.running)
		nfl_export_want_extras(&nn->exporter, extras);
	return 0;
}

static int set_hooks(struct nfl_net *nn, u32 hooks)
{
	int err = 0;

	if (hooks && !nn->hooks.hooks) {
		mutex_lock(&nn->lock);
		err = nfl_net_use(nn);
		mutex_unlock(&nn->lock);
	}
	return err ?: nfl_hook_set(&nn->hooks, hooks);
}

int nfl_take_hooks(struct nfl_net *nn, char *text, size_t size)
{
	u32 hooks;
	int err;

	err = nfl_hook_parse(text, &hooks);
	if (!err && nn)
		err = set_hooks(nn, hooks);
	if (!err)
		nfl_hook_names(hooks, text, size);
	return err;
}

int nfl_take_aggregation(struct nfl_net *nn, char *text, size_t size)
{
	return nn ? nfl_export_set_aggregation(&nn->exporter, text) : nfl_aggregation_check(text);
}

int nfl_take_snmp_rules(struct nfl_net *nn, char *text, size_t size)
{
	if (!nn)
		return nfl_interface_numbers_check(text);
	return nfl_export_set_interface_rules(&nn->exporter, text);
}

int nfl_take_sampler(struct nfl_net *nn, char *text, size_t size)
{
	u32 selector;

	if (nfl_selector_parse(text, &selector))
		return -EINVAL;
	nfl_selector_print(selector, text, size);
	if (nn)
		nfl_export_set_selector(&nn->exporter, selector);
	if (selector)
		pr_info("%s sampling is enabled, mode %s one-out-of %u.\n",
			nfl_selector_mode(selector) < NFL_SELECT_PACKETS ? "flow" : "packet",
			nfl_selector_name(selector), nfl_selector_interval(selector));
	else
		pr_info("sampling is disabled.\n");
	return 0;
}

/* 1: export all flows now; larger values: also reset the statistics. */
void nfl_apply_flush(struct nfl_net *nn, s64 value)
{
	if (value <= 0)
		return;
	pr_info("forced flush%s.\n", value > 1 ? " (reset stat counters)" : "");
	nfl_export_flush(&nn->exporter);
	if (value > 1)
		nfl_account_reset(&nn->exporter);
}
