// SPDX-License-Identifier: GPL-2.0-only
/*
 * What settings change of the exporter and of what it exports.
 */
#include <linux/rcupdate.h>

#include "flow/fields.h"
#include "instance.h"
#include "meter/aggregation.h"
#include "meter/aggregation_rules.h"
#include "meter/enrich.h"
#include "meter/sampling.h"

/**
 * nfl_export_want_extras() - want these extra fields from now on
 * @nf: the namespace, under its lock or being made, its tables there
 * @extras: a bit of &enum nfl_extra each
 *
 * Collectors are told of the new templates before a packet is asked.
 *
 * Context: process; sleeps.
 */
void nfl_export_want_extras(struct netflow *nf, u16 extras)
{
	nfl_export_set_extras(nf, extras);
	nfl_enrich_want(&nf->meter, NFL_EXTRAS_ALL, extras);
}

/**
 * nfl_export_start_extras() - want what the settings say
 * @nf: the namespace, under its lock or being made, its tables there
 */
void nfl_export_start_extras(struct netflow *nf)
{
	u16 extras;

	/* it was parsed when it was set */
	if (nfl_extra_parse(nf->config.fields, &extras) || !extras)
		return;
	if ((nf->meter.wanted & NFL_EXTRAS_ALL) != extras)
		nfl_export_want_extras(nf, extras);
}

/**
 * nfl_export_set_selector() - sample otherwise from now on
 * @nf: the namespace, its settings locked, or being made or dying
 * @selector: how, 0 for not at all
 *
 * What was metered before is exported first, as the old selector has it.
 *
 * Context: process; sleeps.
 */
void nfl_export_set_selector(struct netflow *nf, u32 selector)
{
	if (selector == nf->meter.selector)
		return;
	nfl_export_flush(nf);
	mutex_lock(&nf->export.lock);
	/* a message of NetFlow v5 says of all its records how they were sampled */
	nfl_export_close_messages(nf);
	nfl_flow_selection_reset(&nf->export.selection);
	nf->export.selection.records.selector = 0;
	nfl_sampling_use(&nf->meter, selector);
	nfl_export_set_added(nf, BIT(NFL_EXTRA_SELECTOR), selector);
	mutex_unlock(&nf->export.lock);
	nfl_export_announce(nf);
}

/**
 * nfl_export_set_aggregation() - aggregate by other rules from now on
 * @nf: the namespace, its settings locked, or being made or dying
 * @text: the rules; empty for none
 *
 * What was metered before is exported first, with the lengths that the old rules
 * have left.
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL, -ENOMEM, and the old rules are at work.
 */
int nfl_export_set_aggregation(struct netflow *nf, const char *text)
{
	struct nfl_aggregation *old, *new;
	int err;

	err = nfl_aggregation_make(text, &new);
	if (err)
		return err;
	if (!rcu_access_pointer(nf->meter.aggregation) && !new)
		return 0;
	nfl_export_flush(nf);
	mutex_lock(&nf->export.lock);
	old = nfl_aggregation_use(&nf->meter, new);
	nfl_export_set_added(nf, NFL_EXTRAS_OF_AGGREGATION,
			     new && new->rewrites->end[NFL_REWRITE_IPV6]);
	mutex_unlock(&nf->export.lock);
	nfl_export_announce(nf);
	if (old) {
		synchronize_rcu();
		nfl_aggregation_free(old);
	}
	return 0;
}
