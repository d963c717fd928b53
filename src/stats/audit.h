/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The account, counted.
 */
#ifndef NFL_AUDIT_H
#define NFL_AUDIT_H

struct netflow;
struct seq_file;

int nfl_audit_show(struct seq_file *seq, void *unused);
void nfl_audit_close(struct netflow *nf);

#endif /* NFL_AUDIT_H */
