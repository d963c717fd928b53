/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics set to zero.
 */
#ifndef NFL_EXPORT_RESET_H
#define NFL_EXPORT_RESET_H

struct nfl_exporter;

void nfl_account_reset(struct nfl_exporter *export);

#endif /* NFL_EXPORT_RESET_H */
