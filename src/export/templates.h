/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which templates are sent.
 */
#ifndef NFL_EXPORT_TEMPLATES_H
#define NFL_EXPORT_TEMPLATES_H

#include "protocol/layout.h"

struct nfl_exporter;

/**
 * struct nfl_templates_state - the extra fields of the templates that are sent
 * @extra_sets: sets of extra fields that templates are sent for
 * @extras: the one that packets are asked for, 0 for none
 * @added: extra fields that all records have beside those of their flows
 * @older: both, as they were before the last change
 *
 * Under the lock of rounds and the sender's lock; @extra_sets under the sender's alone.
 */
struct nfl_templates_state {
	struct nfl_extra_sets extra_sets;
	u16 extras;
	u16 added;
	u16 older;
};

void nfl_export_set_extras(struct nfl_exporter *export, u16 extras);
void nfl_export_set_added(struct nfl_exporter *export, u16 which, bool on);

#endif /* NFL_EXPORT_TEMPLATES_H */
