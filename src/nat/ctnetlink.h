/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets to nf_conntrack_netlink, as a program would have them.
 */
#ifndef NFL_NAT_CTNETLINK_H
#define NFL_NAT_CTNETLINK_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct net;
struct nfl_works;
struct sock;
struct socket;

/**
 * struct nfl_natsocket - one of them
 * @socket: the socket
 * @works: items of work that its namespace waits for
 * @closing: closes it, and frees this
 */
struct nfl_natsocket {
	struct socket *socket;
	struct nfl_works *works;
	struct work_struct closing;
};

struct nfl_natsocket *nfl_natsocket_open(struct net *net, struct nfl_works *works, u32 groups);
void nfl_natsocket_close(struct nfl_natsocket *natsocket);
int nfl_natsocket_ask(struct nfl_natsocket *natsocket, u32 sequence);
void nfl_natsocket_listen(struct nfl_natsocket *natsocket, void (*ready)(struct sock *sk),
			  void *data);

#endif /* NFL_NAT_CTNETLINK_H */
