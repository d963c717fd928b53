/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flush: all flows leave the tables and are sent.
 */
#ifndef NFL_EXPORT_FLUSH_H
#define NFL_EXPORT_FLUSH_H

struct nfl_exporter;

void nfl_export_empty(struct nfl_exporter *export);
void nfl_export_flush(struct nfl_exporter *export);

#endif /* NFL_EXPORT_FLUSH_H */
