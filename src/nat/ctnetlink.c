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
#include <net/netlink.h>
#include <net/sock.h>

#include "base/alloc.h"
#include "base/machine.h"
#include "base/works.h"
#include "nat/ctnetlink.h"
#include "nat/session.h"

/* Room for about 20,000 events while the work item waits to run, on a machine of 2 GB. */
#define RECEIVE_BUFFER_MOST	(32 << 20)

/* ... and this part of RAM, if that is less. */
#define RECEIVE_BUFFER_PART	64

/* Octets of attributes in the question for a connection: two IPv6 addresses, and what is small. */
#define FIND_SIZE		256

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
	natsocket->ready = NULL;
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

static int request_send(struct nfl_natsocket *natsocket, void *request, size_t size)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	/*
	 * The destination address (the kernel) is required: with it, netlink checks the
	 * credentials of the caller, a kernel thread. Without it, netlink checks those of
	 * the opener of the socket's file, and this socket has no file.
	 */
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	struct kvec part = { .iov_base = request, .iov_len = size };
	int err;

	err = kernel_sendmsg(natsocket->socket, &msg, &part, 1, size);
	return err < 0 ? err : 0;
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

	return request_send(natsocket, &request, sizeof(request));
}

/* The attributes of a tuple of the original direction. */
static int tuple_put(struct sk_buff *skb, const struct nfl_natsession_key *key)
{
	const struct nfl_endpoints *ends = &key->before;
	const bool v4 = key->family == AF_INET, v6 = key->protocol == IPPROTO_ICMPV6;
	const int size = v4 ? sizeof(ends->source.ip) : sizeof(ends->source.in6);
	struct nlattr *tuple, *part;
	int err;

	tuple = nla_nest_start(skb, CTA_TUPLE_ORIG);
	part = tuple ? nla_nest_start(skb, CTA_TUPLE_IP) : NULL;
	if (!part)
		return -EMSGSIZE;
	err = nla_put(skb, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, size, &ends->source) ?:
	      nla_put(skb, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, size, &ends->destination);
	nla_nest_end(skb, part);
	part = nla_nest_start(skb, CTA_TUPLE_PROTO);
	if (err || !part)
		return -EMSGSIZE;
	err = nla_put_u8(skb, CTA_PROTO_NUM, key->protocol);
	if (v6 || key->protocol == IPPROTO_ICMP)
		err = err ?:
		      nla_put_be16(skb, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
				   ends->source_port) ?:
		      nla_put_u8(skb, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
				 key->icmp >> 8) ?:
		      nla_put_u8(skb, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE,
				 key->icmp);
	else
		err = err ?: nla_put_be16(skb, CTA_PROTO_SRC_PORT, ends->source_port) ?:
		      nla_put_be16(skb, CTA_PROTO_DST_PORT, ends->destination_port);
	nla_nest_end(skb, part);
	nla_nest_end(skb, tuple);
	return err;
}

/**
 * nfl_natsocket_find() - ask for a connection
 * @natsocket: the socket that receives the answer, before this function returns
 * @key: its end points and zone
 * @sequence: sequence number of the request
 *
 * Context: process; sleeps. If nf_conntrack_netlink is not loaded, waits for its loading.
 * Return: 0, or a negative error.
 */
int nfl_natsocket_find(struct nfl_natsocket *natsocket, const struct nfl_natsession_key *key,
		       u32 sequence)
{
	struct nfgenmsg *nfmsg;
	struct nlmsghdr *nlh;
	struct sk_buff *skb;
	int err = -EMSGSIZE;

	skb = nlmsg_new(FIND_SIZE, NFL_GFP_WORKER);
	if (!skb)
		return -ENOMEM;
	nlh = nlmsg_put(skb, 0, sequence, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
			sizeof(*nfmsg), NLM_F_REQUEST);
	if (!nlh)
		goto out;
	nfmsg = nlmsg_data(nlh);
	*nfmsg = (struct nfgenmsg){ .nfgen_family = key->family, .version = NFNETLINK_V0 };
	err = tuple_put(skb, key);
	if (!err && key->zone)
		err = nla_put_be16(skb, CTA_ZONE, htons(key->zone));
	if (err)
		goto out;
	nlmsg_end(skb, nlh);
	err = request_send(natsocket, skb->data, skb->len);
out:
	kfree_skb(skb);
	return err;
}

/**
 * nfl_natsocket_listen() - set the function that is called when data arrive
 * @natsocket: the socket
 * @ready: the function, called in softirq; NULL for the socket's own, so that nothing calls the
 *	module when it is gone
 * @data: the socket's sk_user_data; @ready reads it under sk_callback_lock. NULL when
 *	the listener stops.
 */
void nfl_natsocket_listen(struct nfl_natsocket *natsocket, void (*ready)(struct sock *sk),
			  void *data)
{
	struct sock *sk = natsocket->socket->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_user_data = data;
	if (ready && !natsocket->ready)
		natsocket->ready = sk->sk_data_ready;
	if (natsocket->ready)
		sk->sk_data_ready = ready ?: natsocket->ready;
	write_unlock_bh(&sk->sk_callback_lock);
}

