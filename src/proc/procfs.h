/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics as files in /proc/net/stat.
 */
#ifndef NFL_PROC_PROCFS_H
#define NFL_PROC_PROCFS_H

#include <linux/types.h>

struct nfl_net;
struct seq_file;
struct seq_operations;

int nfl_procfs_register(struct nfl_net *nn);
void nfl_procfs_unregister(struct nfl_net *nn);

int nfl_statistics_show(struct seq_file *seq, void *unused);
int nfl_snmp_show(struct seq_file *seq, void *unused);
int nfl_audit_show(struct seq_file *seq, void *unused);
extern const struct seq_operations nfl_flows_operations;
size_t nfl_flows_state_size(void);

#endif /* NFL_PROC_PROCFS_H */
