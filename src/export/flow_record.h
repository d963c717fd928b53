/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records of flows.
 */
#ifndef NFL_EXPORT_FLOW_RECORD_H
#define NFL_EXPORT_FLOW_RECORD_H

#include "flow/flow.h"

struct nfl_exporter;
struct nfl_record;

void nfl_export_flow(struct nfl_exporter *export, enum nfl_family family,
		     struct nfl_record *record);
void nfl_export_check_ipv6(struct nfl_exporter *export);

#endif /* NFL_EXPORT_FLOW_RECORD_H */
