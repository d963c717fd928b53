/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink sockets to nf_conntrack_netlink, as a user-space program uses them.
 */
#ifndef NFL_NAT_CTNETLINK_H
#define NFL_NAT_CTNETLINK_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct net;
struct nfl_natsession_key;
struct nfl_works;
struct sock;
struct socket;

/**
 * struct nfl_natsocket - a socket to nf_conntrack_netlink
 * @socket: the socket
 * @ready: its function that is called when data arrive, while another one is set
 * @works: the work items that the removal of the namespace waits for
 * @closing: closes @socket and frees this struct
 */
struct nfl_natsocket {
	struct socket *socket;
	void (*ready)(struct sock *sk);
	struct nfl_works *works;
	struct work_struct closing;
};

struct nfl_natsocket *nfl_natsocket_open(struct net *net, struct nfl_works *works, u32 groups);
void nfl_natsocket_close(struct nfl_natsocket *natsocket);
int nfl_natsocket_ask(struct nfl_natsocket *natsocket, u32 sequence);
int nfl_natsocket_find(struct nfl_natsocket *natsocket, const struct nfl_natsession_key *key,
		       u32 sequence);
void nfl_natsocket_listen(struct nfl_natsocket *natsocket, void (*ready)(struct sock *sk),
			  void *data);

#endif /* NFL_NAT_CTNETLINK_H */
