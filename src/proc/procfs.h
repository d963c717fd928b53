/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics as files in /proc/net/stat.
 */
#ifndef NFL_PROCFS_H
#define NFL_PROCFS_H

struct netflow;

int nfl_procfs_register(struct netflow *nf);
void nfl_procfs_unregister(struct netflow *nf);
extern const struct seq_operations nfl_dump_operations;
size_t nfl_dump_state_size(void);

#endif /* NFL_PROCFS_H */
