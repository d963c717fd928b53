// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink sockets to nf_conntrack_netlink: one receives events, the other one dumps
 * conntrack's table. Both are kernel sockets without a process and without a file.
 */
#include <linux/math64.h>
#include <linux/net.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "base/machine.h"
#include "base/works.h"
#include "nat/ctnetlink.h"

/* Room for about 20,000 events while the work item waits to run, on a machine of 2 GB. */
#define RECEIVE_BUFFER_MOST	(32 << 20)

/* ... and this part of RAM, if that is less. */
#define RECEIVE_BUFFER_PART	64

/*
 * Give a socket for events its room. One for dumps has enough by default: the kernel goes on
 * with a dump as the reader does.
 */
static void set_receive_buffer(struct sock *sk)
{
	lock_sock(sk);
	sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
	WRITE_ONCE(sk->sk_rcvbuf, min_t(u64, div_u64(nfl_machine_memory(), RECEIVE_BUFFER_PART),
					RECEIVE_BUFFER_MOST));
	release_sock(sk);
}

static void close_work(struct work_struct *work)
{
	struct nfl_natsocket *natsocket = container_of(work, struct nfl_natsocket, closing);
	struct nfl_works *works = natsocket->works;

	sock_release(natsocket->socket);
	kfree(natsocket);
	nfl_works_end(works);
}

/**
 * nfl_natsocket_open() - create a socket
 * @net: the namespace; its removal waits until the socket is closed, see nfl_export_pause()
 * @works: the work items of the namespace
 * @groups: the bits of the multicast groups to join
 *
 * Context: process; sleeps.
 * Return: the socket, owned by the caller until nfl_natsocket_close(), or a negative error.
 */
struct nfl_natsocket *nfl_natsocket_open(struct net *net, struct nfl_works *works, u32 groups)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	struct nfl_natsocket *natsocket;
	int err;

	natsocket = kmalloc(sizeof(*natsocket), GFP_KERNEL);
	if (!natsocket)
		return ERR_PTR(-ENOMEM);
	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, &natsocket->socket);
	if (err) {
		kfree(natsocket);
		return ERR_PTR(err);
	}
	natsocket->works = works;
	INIT_WORK(&natsocket->closing, close_work);
	err = kernel_bind(natsocket->socket, (void *)&address, sizeof(address));
	if (err) {
		nfl_natsocket_close(natsocket);
		return ERR_PTR(err);
	}
	if (groups)
		set_receive_buffer(natsocket->socket->sk);
	return natsocket;
}

/**
 * nfl_natsocket_close() - close a socket from a work item
 * @natsocket: the socket, without other references
 *
 * A work item avoids a deadlock. Closing a netfilter socket waits for the lock of nftables.
 * nftables holds this lock while it checks a rule, and the check waits for the namespace's
 * lock. The caller of this function holds the namespace's lock.
 *
 * Context: process.
 */
void nfl_natsocket_close(struct nfl_natsocket *natsocket)
{
	nfl_works_begin(natsocket->works);
	queue_work(nfl_workqueue, &natsocket->closing);
}

/**
 * nfl_natsocket_ask() - request a dump of all connections of the namespace
 * @natsocket: the socket that receives the dump
 * @sequence: sequence number of the request
 *
 * Context: process; sleeps. If nf_conntrack_netlink is not loaded, waits for its loading.
 * Return: 0, or a negative error.
 */
int nfl_natsocket_ask(struct nfl_natsocket *natsocket, u32 sequence)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct {
		struct nlmsghdr header;
		struct nfgenmsg nfmsg;
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = sequence,
		},
		.nfmsg = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 },
	};
	/*
	 * The destination address (the kernel) is required: with it, netlink checks the
	 * credentials of the caller, a kernel thread. Without it, netlink checks those of
	 * the opener of the socket's file, and this socket has no file.
	 */
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	struct kvec part = { .iov_base = &request, .iov_len = sizeof(request) };
	int err;

	err = kernel_sendmsg(natsocket->socket, &msg, &part, 1, sizeof(request));
	return err < 0 ? err : 0;
}

/**
 * nfl_natsocket_listen() - set the function that is called when data arrive
 * @natsocket: the socket
 * @ready: the function, called in softirq; NULL to keep the present one
 * @data: the socket's sk_user_data; @ready reads it under sk_callback_lock. NULL when
 *	the listener stops.
 */
void nfl_natsocket_listen(struct nfl_natsocket *natsocket, void (*ready)(struct sock *sk),
			  void *data)
{
	struct sock *sk = natsocket->socket->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = data;
	if (ready)
		sk->sk_data_ready = ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

