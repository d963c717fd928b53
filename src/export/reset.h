/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics set to zero.
 */
#ifndef NFL_RESET_H
#define NFL_RESET_H

struct nfl_exporter;

void nfl_account_reset(struct nfl_exporter *export);

#endif /* NFL_RESET_H */
