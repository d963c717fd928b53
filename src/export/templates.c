// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which sets of extra fields templates are sent for.
 */
#include <linux/bitops.h>
#include <linux/string.h>

#include "export/exporter.h"
#include "export/round.h"
#include "export/templates.h"
#include "flow/fields.h"
#include "transport/transport.h"

/* Other sets of extra fields: @extras of wide flows, and @added of all that is exported. */
static void set_sets(struct nfl_exporter *export, u16 extras, u16 added)
{
	struct nfl_templates_state *templates = &export->templates;
	const u16 old = templates->extras | templates->added, new = extras | added;

	if (!nfl_export_waiting(export) && nfl_transport_is_idle(&export->transport))
		memset(&templates->extra_sets, 0, sizeof(templates->extra_sets));
	/* of flows that may be in a table still */
	if (templates->older)
		__set_bit(nfl_extra_set(templates->older), templates->extra_sets.map);
	templates->older = old;
	if (old)
		__set_bit(nfl_extra_set(old), templates->extra_sets.map);
	templates->extras = extras;
	templates->added = added;
	/* flows that are not wide, in the table or since there are others */
	if (added)
		__set_bit(nfl_extra_set(added), templates->extra_sets.map);
	if (new) {
		__set_bit(nfl_extra_set(new), templates->extra_sets.map);
		nfl_transport_templates_due(&export->transport);
		nfl_export_options_due(&export->options);
	}
}

/**
 * nfl_export_set_extras() - export other extra fields
 * @export: the exporter
 * @extras: a bit of &enum nfl_extra each; packets are not asked for them yet
 *
 * Templates are sent for the last two sets as well, since flows that have them go on
 * for a while. Those before are forgotten if no message with them may wait; a flow
 * that has one all the same makes it known again.
 */
void nfl_export_set_extras(struct nfl_exporter *export, u16 extras)
{
	mutex_lock(&export->round_lock);
	mutex_lock(&export->transport.lock);
	set_sets(export, extras, export->templates.added);
	mutex_unlock(&export->transport.lock);
	mutex_unlock(&export->round_lock);
	nfl_export_wake(&export->sender, 0);
}

/**
 * nfl_export_set_added() - add extra fields to all records, or add them no more
 * @export: the exporter, under the lock of rounds and the sender's lock
 * @which: fields, a bit of &enum nfl_extra each
 * @on: add them
 */
void nfl_export_set_added(struct nfl_exporter *export, u16 which, bool on)
{
	const u16 added = export->templates.added & ~which;

	set_sets(export, export->templates.extras, on ? added | which : added);
}
