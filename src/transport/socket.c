// SPDX-License-Identifier: GPL-2.0-only
/*
 * The UDP socket of a destination: how it is made, and made anew.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/net.h>
#include <linux/netdevice.h>
#include <net/sock.h>

#include "base/alloc.h"
#include "base/config.h"
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

/**
 * nfl_socket_set_sndbuf() - set the send buffer of a destination's socket
 * @destination: the destination, with a socket
 * @size: octets, 0 for what a new socket has
 *
 * Context: process; sleeps.
 */
void nfl_socket_set_sndbuf(struct nfl_destination *destination, u32 size)
{
	struct sock *sk = destination->socket->sk;

	lock_sock(sk);
	if (size)
		sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	else
		sk->sk_userlocks &= ~SOCK_SNDBUF_LOCK;
	WRITE_ONCE(sk->sk_sndbuf, size ? max_t(u32, size, SOCK_MIN_SNDBUF) :
					 destination->sndbuf_initial);
	release_sock(sk);
}

static int bind_interface(struct nfl_transport *transport, struct nfl_destination *destination,
			  struct socket *socket)
{
	struct net_device *dev;
	int index;

	if (!destination->interface[0])
		return 0;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(transport->net, destination->interface);
	index = dev ? dev->ifindex : 0;
	rcu_read_unlock();
	return index ? sock_bindtoindex(socket->sk, index, true) : -ENODEV;
}

/* The address has the type that this kernel's kernel_bind() wants. */
static int bind_source(struct nfl_destination *destination, struct socket *socket)
{
	struct sockaddr_storage address = destination->source;
	int err;

	if (!address.ss_family && !destination->local_port)
		return 0;
	address.ss_family = destination->address.ss_family;
	((struct sockaddr_in *)&address)->sin_port = destination->local_port;
	err = kernel_bind(socket, (void *)&address, address_length(&address));
	if (err == -EADDRINUSE && destination->local_port) {
		/* somebody took our port meanwhile: better another than none */
		((struct sockaddr_in *)&address)->sin_port = 0;
		err = kernel_bind(socket, (void *)&address, address_length(&address));
	}
	return err;
}

/**
 * nfl_socket_close() - close a destination's socket, if it has one
 * @destination: the destination, under the exporter's lock
 */
void nfl_socket_close(struct nfl_destination *destination)
{
	if (!destination->socket)
		return;
	sock_release(destination->socket);
	destination->socket = NULL;
}

/**
 * nfl_socket_connect() - make a destination's socket
 * @transport: the transport, its exporter locked
 * @destination: the destination, without one. A session begins anew with it:
 *	templates go first.
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error, which was counted and is logged the first time.
 */
int nfl_socket_connect(struct nfl_transport *transport, struct nfl_destination *destination)
{
	const int family = destination->address.ss_family;
	struct sockaddr_storage local;
	struct socket *socket;
	int err;

	destination->attempts++;
	err = sock_create_kern(transport->net, family, SOCK_DGRAM, IPPROTO_UDP, &socket);
	if (err)
		goto err_count;
	/* we hold no page of ours in a packet, and may wait for memory, see base/alloc.h */
	socket->sk->sk_allocation = NFL_GFP_WORKER;
	err = forbid_fragments(socket, family);
	if (!err)
		err = hear_errors(socket, family);
	if (!err)
		err = bind_interface(transport, destination, socket);
	if (!err)
		err = bind_source(destination, socket);
	if (!err)
		err = kernel_connect(socket, (void *)&destination->address,
				     address_length(&destination->address), 0);
	if (err)
		goto err_socket;

	if (kernel_getsockname(socket, (struct sockaddr *)&local) >= 0)
		destination->local_port = ((struct sockaddr_in *)&local)->sin_port;
	destination->socket = socket;
	destination->sndbuf_initial = READ_ONCE(socket->sk->sk_sndbuf);
	nfl_socket_set_sndbuf(destination, READ_ONCE(transport->config->sndbuf));
	destination->attempts = 0;
	destination->probing = true;
	nfl_destination_templates_due(destination);
	transport->new_session = true;
	if (READ_ONCE(transport->config->debug))
		pr_info("connected %s\n", destination->name);
	return 0;

err_socket:
	sock_release(socket);
err_count:
	destination->error_connect++;
	if (destination->attempts == 1)
		pr_info("%s: cannot connect, error %pe; will try again every second\n",
			destination->name, ERR_PTR(err));
	return err;
}
