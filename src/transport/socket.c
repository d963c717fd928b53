// SPDX-License-Identifier: GPL-2.0-only
/*
 * The UDP socket of a session: how it is made, and made anew.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/net.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "base/alloc.h"
#include "base/config.h"
#include "transport/session.h"
#include "transport/transport.h"

static size_t address_length(const struct sockaddr_storage *address)
{
	return address->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
					       sizeof(struct sockaddr_in6);
}

static int set_option(struct socket *socket, int family, int ipv4, int ipv6, int value)
{
	return socket->ops->setsockopt(socket, family == AF_INET ? SOL_IP : SOL_IPV6,
				       family == AF_INET ? ipv4 : ipv6, KERNEL_SOCKPTR(&value),
				       sizeof(value));
}

/* No fragments are made: a message that is too long is refused (RFC 7011 10.3.3). */
static int forbid_fragments(struct socket *socket, int family)
{
	return set_option(socket, family, IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO);
}

/*
 * Without this a message that the way out drops (a queueing discipline that is
 * full) passes for sent, and of ICMP's errors only some are told.
 */
static int hear_errors(struct socket *socket, int family)
{
	return set_option(socket, family, IP_RECVERR, IPV6_RECVERR, 1);
}

/* What packets have in their headers: DSCP, hop limit. */
static int set_header(struct socket *socket, const struct nfl_collector *to)
{
	const int family = to->address.ss_family;
	u32 value;
	int err = 0;

	if (to->numbers & BIT(NFL_COLLECTOR_DSCP))
		err = set_option(socket, family, IP_TOS, IPV6_TCLASS,
				 to->number[NFL_COLLECTOR_DSCP] << 2);
	if (err || !(to->numbers & BIT(NFL_COLLECTOR_HOPS)))
		return err;
	value = to->number[NFL_COLLECTOR_HOPS];
	err = set_option(socket, family, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, value);
	return err ?: set_option(socket, family, IP_TTL, IPV6_UNICAST_HOPS, value);
}

/**
 * nfl_socket_set_sndbuf() - set the send buffer of a session's socket
 * @session: the session, with a socket
 * @size: octets, 0 for what a new socket has
 *
 * Context: process; sleeps.
 */
void nfl_socket_set_sndbuf(struct nfl_session *session, u32 size)
{
	struct sock *sk = session->socket->sk;

	lock_sock(sk);
	if (size)
		sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	else
		sk->sk_userlocks &= ~SOCK_SNDBUF_LOCK;
	WRITE_ONCE(sk->sk_sndbuf, size ? max_t(u32, size, SOCK_MIN_SNDBUF) :
					 session->sndbuf_initial);
	release_sock(sk);
	/* there may be room now, which the kernel does not say */
	nfl_room_end(session);
}

static int bind_interface(struct nfl_session *session, struct socket *socket)
{
	struct net_device *dev;
	int index;

	if (!session->to.interface[0])
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(session->transport->net, session->to.interface);
	index = dev ? dev->ifindex : 0;
	rcu_read_unlock();
	return index ? sock_bindtoindex(socket->sk, index, true) : -ENODEV;
}

/* The address has the type that this kernel's kernel_bind() wants. */
static int bind_source(struct nfl_session *session, struct socket *socket)
{
	struct sockaddr_storage address = session->to.source;
	int err;

	if (!address.ss_family && !session->local_port)
		return 0;
	address.ss_family = session->to.address.ss_family;
	((struct sockaddr_in *)&address)->sin_port = session->local_port;
	err = kernel_bind(socket, (void *)&address, address_length(&address));
	if (err == -EADDRINUSE && session->local_port) {
		/* somebody took our port meanwhile: better another than none */
		((struct sockaddr_in *)&address)->sin_port = 0;
		err = kernel_bind(socket, (void *)&address, address_length(&address));
	}
	return err;
}

/**
 * nfl_socket_close() - close a session's socket, if it has one
 * @session: the session
 */
void nfl_socket_close(struct nfl_session *session)
{
	struct socket *socket = session->socket;

	if (!socket)
		return;
	nfl_room_end(session);
	/* readers of the statistics look at it */
	spin_lock(&session->transport->account);
	session->socket = NULL;
	spin_unlock(&session->transport->account);
	sock_release(socket);
}

/* Make a socket that is connected, from the port that was used before if @port says so. */
static int socket_make(struct nfl_session *session, bool port, struct socket **made)
{
	const struct nfl_collector *to = &session->to;
	const int family = to->address.ss_family;
	struct socket *socket;
	int err;

	err = sock_create_kern(session->transport->net, family, SOCK_DGRAM, IPPROTO_UDP, &socket);
	if (err)
		return err;
	/* we hold no page of ours in a packet, and may wait for memory, see base/alloc.h */
	socket->sk->sk_allocation = NFL_GFP_WORKER;
	WRITE_ONCE(socket->sk->sk_mark, nfl_collector_number(to, NFL_COLLECTOR_MARK, 0));
	/* several destinations may have the same port */
	if (to->numbers & BIT(NFL_COLLECTOR_SPORT))
		socket->sk->sk_reuse = SK_CAN_REUSE;
	err = forbid_fragments(socket, family);
	if (!err)
		err = set_header(socket, to);
	if (!err)
		err = hear_errors(socket, family);
	if (!err)
		err = bind_interface(session, socket);
	if (!err && port)
		err = bind_source(session, socket);
	if (!err)
		err = kernel_connect(socket, (void *)&session->to.address,
				     address_length(&session->to.address), 0);
	if (err) {
		sock_release(socket);
		return err;
	}
	*made = socket;
	return 0;
}

/* Changes with routes and addresses, whether they concern the session or not. */
static u32 routes_generation(const struct nfl_session *session)
{
	struct net *net = session->transport->net;

#if IS_ENABLED(CONFIG_IPV6)
	if (session->to.address.ss_family == AF_INET6)
		return rt_genid_ipv6(net);
#endif
	return rt_genid_ipv4(net);
}

static bool is_same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return ipv6_addr_equal(&((const struct sockaddr_in6 *)a)->sin6_addr,
			       &((const struct sockaddr_in6 *)b)->sin6_addr);
}

/* Would a new socket have another source address than this one? */
static bool has_moved(struct nfl_session *session)
{
	struct sockaddr_storage old, new;
	struct socket *socket;
	bool moved;

	if (socket_make(session, false, &socket))
		return false;
	moved = kernel_getsockname(socket, (struct sockaddr *)&new) >= 0 &&
		kernel_getsockname(session->socket, (struct sockaddr *)&old) >= 0 &&
		!is_same_address(&old, &new);
	sock_release(socket);
	return moved;
}

/**
 * nfl_socket_renew() - close the socket if its source address is no longer the right one
 * @session: the session, connected
 *
 * The address was chosen by the route when the socket was connected. Another route, or
 * another address, may have come since, and the old address may be gone. That is looked for
 * at most once in a second, and only after any route or address has changed.
 *
 * Context: process; sleeps.
 */
void nfl_socket_renew(struct nfl_session *session)
{
	const u32 routes = routes_generation(session);

	if (session->to.source.ss_family || routes == session->routes ||
	    time_before(jiffies, session->renewed + HZ))
		return;
	session->routes = routes;
	session->renewed = jiffies;
	if (!has_moved(session))
		return;
	if (READ_ONCE(session->transport->config->debug))
		pr_info("%s: another source address\n", session->to.name);
	nfl_socket_close(session);
}

/**
 * nfl_socket_connect() - make a session's socket
 * @session: the session, without one. It begins anew with it: templates go first.
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error, which was counted and is logged the first time.
 */
int nfl_socket_connect(struct nfl_session *session)
{
	struct sockaddr_storage local;
	struct socket *socket;
	int err;

	session->attempts++;
	session->routes = routes_generation(session);
	session->renewed = jiffies;
	err = socket_make(session, true, &socket);
	if (err)
		goto err_count;

	if (kernel_getsockname(socket, (struct sockaddr *)&local) >= 0)
		session->local_port = ((struct sockaddr_in *)&local)->sin_port;
	session->sndbuf_initial = READ_ONCE(socket->sk->sk_sndbuf);
	spin_lock(&session->transport->account);
	session->socket = socket;
	spin_unlock(&session->transport->account);
	nfl_socket_set_sndbuf(session, READ_ONCE(session->transport->config->sndbuf));
	session->attempts = 0;
	session->probing = true;
	session->probe_due = true;
	session->number = ++session->transport->log[NFL_LOG_OPTIONS].sessions;
	nfl_announce_anew(session);
	if (READ_ONCE(session->transport->config->debug))
		pr_info("connected %s\n", session->to.name);
	return 0;

err_count:
	session->error_connect++;
	if (session->attempts == 1)
		pr_info("%s: cannot connect, error %pe; will try again every second\n",
			session->to.name, ERR_PTR(err));
	return err;
}
