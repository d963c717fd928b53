/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sysctls of a namespace.
 */
#ifndef NFL_CONTROL_SYSCTL_H
#define NFL_CONTROL_SYSCTL_H

struct nfl_net;

int nfl_sysctl_register(struct nfl_net *nn);
void nfl_sysctl_unregister(struct nfl_net *nn);

#endif /* NFL_CONTROL_SYSCTL_H */
