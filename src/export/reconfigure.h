/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What settings change of the exporter and of what it exports.
 */
#ifndef NFL_EXPORT_RECONFIGURE_H
#define NFL_EXPORT_RECONFIGURE_H

#include <linux/types.h>

#include "protocol/message.h"

struct list_head;
struct nfl_exporter;

int nfl_export_redirect(struct nfl_exporter *export, struct list_head *destinations);
void nfl_export_set_protocol(struct nfl_exporter *export, enum nfl_protocol_index protocol);
void nfl_export_domain_changed(struct nfl_exporter *export);
void nfl_export_announce(struct nfl_exporter *export);
int nfl_export_set_log_size(struct nfl_exporter *export);
void nfl_export_set_sndbuf(struct nfl_exporter *export, u32 size);
void nfl_export_want_extras(struct nfl_exporter *export, u16 extras);
void nfl_export_start_extras(struct nfl_exporter *export);
void nfl_export_set_selector(struct nfl_exporter *export, u32 selector);
int nfl_export_set_aggregation(struct nfl_exporter *export, const char *text);
int nfl_export_set_interface_rules(struct nfl_exporter *export, const char *text);

#endif /* NFL_EXPORT_RECONFIGURE_H */
