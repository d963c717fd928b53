/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows that leave a round, appended to the log of flows.
 */
#ifndef NFL_EXPORT_APPEND_H
#define NFL_EXPORT_APPEND_H

#include <linux/types.h>

struct nfl_batch;
struct nfl_exporter;

unsigned int nfl_append_flows(struct nfl_exporter *export, const struct nfl_batch *batch,
			      unsigned int from);
void nfl_append_check_ipv6(struct nfl_exporter *export);

#endif /* NFL_EXPORT_APPEND_H */
