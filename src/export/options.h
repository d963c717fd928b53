/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options data: what a collector is told about the exporter and its interfaces.
 */
#ifndef NFL_OPTIONS_H
#define NFL_OPTIONS_H

struct netflow;

void nfl_options_export(struct netflow *nf);
unsigned long nfl_options_delay(const struct netflow *nf);

#endif /* NFL_OPTIONS_H */
