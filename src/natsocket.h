/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets to nf_conntrack_netlink, as a program would have them.
 */
#ifndef NFL_NATSOCKET_H
#define NFL_NATSOCKET_H

#include <linux/types.h>

struct net;
struct sock;
struct socket;

int nfl_natsocket_open(struct net *net, u32 groups, struct socket **result);
int nfl_natsocket_ask(struct socket *socket, u32 sequence);
void nfl_natsocket_listen(struct socket *socket, void (*ready)(struct sock *sk), void *data);

#endif /* NFL_NATSOCKET_H */
