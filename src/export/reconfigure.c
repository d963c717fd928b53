// SPDX-License-Identifier: GPL-2.0-only
/*
 * What settings change of the exporter and of what it exports.
 */
#include <linux/rcupdate.h>

#include "base/config.h"
#include "export/exporter.h"
#include "export/flush.h"
#include "export/reconfigure.h"
#include "flow/fields.h"
#include "meter/aggregation.h"
#include "meter/aggregation_rules.h"
#include "meter/enrich.h"
#include "meter/meter.h"
#include "meter/sampling.h"

/* Want the extra fields of the setting, and those that only some destinations receive. */
static void want_fields(struct nfl_exporter *export)
{
	struct nfl_transport *transport = &export->transport;
	u16 extras;

	mutex_lock(&transport->lock);
	extras = export->fields | transport->wanted_fields;
	transport->hidden_fields = transport->wanted_fields & ~export->fields;
	mutex_unlock(&transport->lock);
	if ((export->meter->wanted & NFL_EXTRAS_ALL) == extras)
		return;
	/* collectors receive the new templates before a packet is asked */
	nfl_export_set_extras(export, extras);
	nfl_enrich_want(export->meter, NFL_EXTRAS_ALL, extras);
}

/**
 * nfl_export_redirect() - export to other destinations
 * @export: the exporter, under the lock of its namespace
 * @destinations: list of them
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
int nfl_export_redirect(struct nfl_exporter *export, struct list_head *destinations)
{
	const int err = nfl_transport_redirect(&export->transport, destinations);

	if (err)
		return err;
	if (export->running)
		want_fields(export);
	WRITE_ONCE(export->told_withheld, false);
	nfl_export_wake(&export->sender, 0);
	return 0;
}

/**
 * nfl_export_announce() - tell the collectors how records are made from now on
 * @export: the exporter
 *
 * All options data are sent again.
 */
void nfl_export_announce(struct nfl_exporter *export)
{
	mutex_lock(&export->transport.lock);
	nfl_export_options_due(&export->options);
	mutex_unlock(&export->transport.lock);
	nfl_export_wake(&export->sender, 0);
}

/**
 * nfl_export_set_protocol() - export by another protocol
 * @export: the exporter
 * @protocol: for destinations that have none of their own, and what waits for them
 */
void nfl_export_set_protocol(struct nfl_exporter *export, enum nfl_protocol_index protocol)
{
	struct nfl_transport *transport = &export->transport;

	mutex_lock(&transport->lock);
	WRITE_ONCE(transport->protocol, protocol);
	nfl_transport_protocols_changed(transport);
	WRITE_ONCE(export->told_withheld, false);
	mutex_unlock(&transport->lock);
	/* by its templates, and by these, a collector learns what comes now */
	nfl_export_announce(export);
}

/**
 * nfl_export_domain_changed() - export as another observation domain
 * @export: the exporter, whose settings have its number
 *
 * What was told of the old domain is nothing to the new one (RFC 7011 section 3.1).
 */
void nfl_export_domain_changed(struct nfl_exporter *export)
{
	nfl_export_announce(export);
}

/**
 * nfl_export_set_log_size() - change how many records may wait
 * @export: the exporter, whose settings have the size
 *
 * If more wait now, the oldest are skipped only where the logs are full then.
 *
 * Return: 0 or -ENOMEM; then the old size is at work.
 */
int nfl_export_set_log_size(struct nfl_exporter *export)
{
	int err;

	mutex_lock(&export->transport.lock);
	err = export->running ? nfl_transport_start(&export->transport) : 0;
	mutex_unlock(&export->transport.lock);
	nfl_export_wake(&export->sender, 0);
	return err;
}

/**
 * nfl_export_set_sndbuf() - change the send buffers
 * @export: the exporter
 * @size: octets
 */
void nfl_export_set_sndbuf(struct nfl_exporter *export, u32 size)
{
	mutex_lock(&export->transport.lock);
	nfl_transport_set_sndbuf(&export->transport, size);
	mutex_unlock(&export->transport.lock);
}

/**
 * nfl_export_want_extras() - want these extra fields from now on
 * @export: the exporter, under the lock of its namespace or being made, the tables there
 * @extras: those of the setting, a bit of &enum nfl_extra each
 *
 * Context: process; sleeps.
 */
void nfl_export_want_extras(struct nfl_exporter *export, u16 extras)
{
	export->fields = extras;
	want_fields(export);
}

/**
 * nfl_export_start_extras() - want what the settings say
 * @export: the exporter, under the lock of its namespace or being made, the tables there
 */
void nfl_export_start_extras(struct nfl_exporter *export)
{
	/* it was parsed when it was set */
	if (!nfl_fields_parse(export->config->fields, &export->fields))
		want_fields(export);
}

/**
 * nfl_export_set_selector() - sample otherwise from now on
 * @export: the exporter, the settings of its namespace locked, or being made or dying
 * @selector: how, 0 for not at all
 *
 * What was metered before is exported first, as the old selector has it.
 *
 * Context: process; sleeps.
 */
void nfl_export_set_selector(struct nfl_exporter *export, u32 selector)
{
	if (selector == export->meter->selector)
		return;
	nfl_export_empty(export);
	mutex_lock(&export->round_lock);
	mutex_lock(&export->transport.lock);
	nfl_flow_selection_reset(&export->selection);
	export->selection.records.selector = 0;
	nfl_sampling_use(export->meter, selector);
	nfl_export_set_added(export, BIT(NFL_EXTRA_SELECTOR), selector);
	mutex_unlock(&export->transport.lock);
	mutex_unlock(&export->round_lock);
	nfl_export_announce(export);
}

/**
 * nfl_export_set_aggregation() - aggregate by other rules from now on
 * @export: the exporter, the settings of its namespace locked, or being made or dying
 * @text: the rules; empty for none
 *
 * What was metered before is exported first, with the lengths that the old rules
 * have left.
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL, -ENOMEM, and the old rules are at work.
 */
int nfl_export_set_aggregation(struct nfl_exporter *export, const char *text)
{
	struct nfl_aggregation *old, *new;
	int err;

	err = nfl_aggregation_make(text, &new);
	if (err)
		return err;
	if (!rcu_access_pointer(export->meter->aggregation) && !new)
		return 0;
	nfl_export_empty(export);
	mutex_lock(&export->round_lock);
	mutex_lock(&export->transport.lock);
	old = nfl_aggregation_use(export->meter, new);
	nfl_export_set_added(export, NFL_EXTRAS_OF_AGGREGATION,
			     new && new->rewrites->end[NFL_REWRITE_IPV6]);
	mutex_unlock(&export->transport.lock);
	mutex_unlock(&export->round_lock);
	nfl_export_announce(export);
	if (old) {
		synchronize_rcu();
		nfl_aggregation_free(old);
	}
	return 0;
}

/**
 * nfl_export_set_interface_rules() - number interfaces by other rules from now on
 * @export: the exporter, under the settings_lock of its namespace, or being made or dying;
 *	not under its locks
 * @text: the rules; empty for none
 *
 * Context: process; sleeps; takes RTNL.
 * Return: 0; a negative error, and the old rules are at work.
 */
int nfl_export_set_interface_rules(struct nfl_exporter *export, const char *text)
{
	bool changed;
	int err;

	err = nfl_interface_numbers_set(&export->interfaces.numbers, export->transport.net, text,
					&changed);
	if (changed)
		nfl_export_announce(export);
	return err;
}
