/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rounds: what is exported together.
 */
#ifndef NFL_EXPORT_ROUND_H
#define NFL_EXPORT_ROUND_H

#include <linux/types.h>

struct nfl_exporter;

bool nfl_export_waiting(const struct nfl_exporter *export);
bool nfl_export_round(struct nfl_exporter *export, unsigned long until);
void nfl_export_discard(struct nfl_exporter *export);

#endif /* NFL_EXPORT_ROUND_H */
