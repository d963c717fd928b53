// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP sessions with collectors.
 *
 * Everything here runs in process context under the exporter's lock. Sends do
 * not block: what a full send buffer refuses waits in the destination's queue
 * (queue.c), and so does what cannot be sent because there is no route, no
 * interface, or a firewall in the way.
 *
 * Errors are seen as results of a send, or by a look at the socket; no callback
 * of it is replaced, so none can come late. An ICMP error that answers the last
 * message ("port unreachable": no collector listens) takes it back: it is sent
 * again when somebody listens. Over a real network a few that were sent before
 * the answer came are gone, and nobody can know how many. So that these are few,
 * a session begins with templates alone, at first and after each failure: data
 * follow when no error has answered them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errqueue.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/dst.h>
#include <net/neighbour.h>
#include <net/sock.h>

#include "base/config.h"
#include "compat/compat.h"
#include "protocol/protocol.h"
#include "transport/account.h"
#include "transport/transport.h"

/* A destination that cannot be sent to is tried again after this. */
#define RETRY_DELAY	HZ

/* A send buffer that stays full for longer is a fault; it holds up no other. */
#define BUSY_MAX	(5 * HZ)

/* So long data wait for an answer to the templates, ... */
#define PROBE_DELAY	(HZ / 10)
/* ... and so long for the neighbour's address to be found, or an error. */
#define PROBE_MAX	(5 * HZ)

/* Largest IP packet where nobody says otherwise: what collectors expect. */
#define MTU_DEFAULT	1500

#define UDP_HEADER	8

/* The protocol in which new messages go to a destination. */
static enum nfl_protocol_index destination_protocol(const struct nfl_transport *transport,
						    const struct nfl_destination *destination)
{
	return destination->version ? nfl_protocol_find(destination->version) :
				      transport->protocol;
}

/* Does a message tell of anything in this protocol? */
static bool is_told(const struct nfl_message *message, enum nfl_protocol_index protocol)
{
	return message->body[protocol] && message->body[protocol]->length;
}

/*
 * The protocol in which a message of the queue goes there: one that was made
 * before a change goes in the protocol that it was made for.
 */
static enum nfl_protocol_index message_protocol(const struct nfl_transport *transport,
						const struct nfl_destination *destination,
						const struct nfl_message *message)
{
	enum nfl_protocol_index protocol = destination_protocol(transport, destination);

	if (likely(is_told(message, protocol)))
		return protocol;
	if (is_told(message, destination->protocol))
		return destination->protocol;
	for (protocol = 0; protocol < NFL_PROTOCOLS - 1; protocol++) {
		if (is_told(message, protocol))
			break;
	}
	return protocol;
}

/**
 * nfl_transport_protocols() - which protocols destinations use
 * @transport: the transport, its exporter locked
 *
 * Return: a bit for each &enum nfl_protocol_index; without destinations that of
 * the setting.
 */
unsigned int nfl_transport_protocols(const struct nfl_transport *transport)
{
	const struct nfl_destination *destination;
	unsigned int protocols = 0;

	list_for_each_entry(destination, &transport->destinations, list)
		protocols |= BIT(destination_protocol(transport, destination));
	return protocols ?: BIT(transport->protocol);
}

/* Octets that a message's body may have towards this destination. */
static u16 destination_limit(const struct nfl_transport *transport,
			     const struct nfl_destination *destination,
			     const struct nfl_protocol *protocol)
{
	const unsigned int ip_header = destination->address.ss_family == AF_INET ? 20 : 40;
	const unsigned int headers = ip_header + UDP_HEADER + protocol->header_length;
	const u32 set = READ_ONCE(transport->config->mtu);
	unsigned int mtu = set ?: MTU_DEFAULT;
	struct dst_entry *dst;

	if (destination->socket) {
		dst = sk_dst_get(destination->socket->sk);
		if (dst)
			mtu = min(mtu, dst_mtu(dst));
		dst_release(dst);
	}
	return min_t(unsigned int, max_t(unsigned int, mtu, NFL_MTU_LEAST) - headers,
		     protocol->body_max);
}

/**
 * nfl_transport_limits() - octets that a message's bodies may have
 * @transport: the transport, its exporter locked
 * @limits: for each protocol what fits to every destination that uses it without a
 *	fragment; 0 for those that nobody uses
 */
void nfl_transport_limits(struct nfl_transport *transport, u16 limits[NFL_PROTOCOLS])
{
	const struct nfl_destination *destination;

	memset(limits, 0, NFL_PROTOCOLS * sizeof(limits[0]));
	if (list_empty(&transport->destinations))
		limits[transport->protocol] = NFL_MTU_LEAST;
	list_for_each_entry(destination, &transport->destinations, list) {
		const enum nfl_protocol_index i = destination_protocol(transport, destination);
		const u16 limit = destination_limit(transport, destination, nfl_protocols[i]);

		limits[i] = limits[i] ? min(limits[i], limit) : limit;
	}
}

static int send_body(struct nfl_destination *destination, const struct nfl_protocol *protocol,
		     const struct nfl_body *body)
{
	const size_t length = protocol->header_length + body->length;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct sock *sk = destination->socket->sk;
	u8 header[NFL_HEADER_MAX];
	struct kvec part[2] = {
		{ .iov_base = header, .iov_len = protocol->header_length },
		{ .iov_base = (void *)body->octets, .iov_len = body->length },
	};
	int err;

	protocol->header(header, body, &destination->session);
	err = kernel_sendmsg(destination->socket, &msg, part, 2, length);
	destination->filled_peak = max_t(u32, destination->filled_peak, sk_wmem_alloc_get(sk));
	if (err < 0)
		return err;
	destination->messages++;
	destination->octets += length;
	return 0;
}

/* Templates and sequence numbers are of a protocol and a domain: a new one starts anew. */
static void begin_session(struct nfl_transport *transport, struct nfl_destination *destination,
			  enum nfl_protocol_index protocol)
{
	const u32 domain = READ_ONCE(transport->config->engine_id);

	if (destination->protocol == protocol && destination->session.domain == domain)
		return;
	destination->protocol = protocol;
	destination->session = (struct nfl_session) { .domain = domain };
	destination->templates_next = 0;
	destination->last_counted = 0;
}

/* A way that takes one message at a time would never take all if each try began anew. */
static int send_templates(struct nfl_transport *transport, struct nfl_destination *destination,
			  enum nfl_protocol_index i)
{
	const struct nfl_protocol *protocol = nfl_protocols[i];
	bool complete = !protocol->templates;
	unsigned int next;
	int err = 0;

	begin_session(transport, destination, i);
	next = destination->templates_next;
	while (!err && !complete) {
		struct nfl_body *body;

		body = nfl_body_alloc(destination_limit(transport, destination, protocol));
		if (!body)
			return -ENOMEM;
		complete = protocol->add_templates(body, transport->sets, &next);
		protocol->finish(body);
		err = send_body(destination, protocol, body);
		if (!err) {
			destination->session.sequence += protocol->counts(body);
			destination->templates_next = next;
		}
		kvfree(body);
	}
	destination->templates_due = err;
	if (!err) {
		destination->templates_next = 0;
		destination->templates_time = jiffies;
		destination->messages_since = 0;
	}
	return err;
}

/*
 * A second is taken off, so that "a minute" is less than one and not a message
 * more.
 */
static bool templates_due(const struct nfl_transport *transport,
			  const struct nfl_destination *destination,
			  enum nfl_protocol_index protocol)
{
	const unsigned long timeout = READ_ONCE(transport->config->timeout_rate) * 60 * HZ - HZ;

	return destination->templates_due || destination->protocol != protocol ||
	       destination->session.domain != READ_ONCE(transport->config->engine_id) ||
	       destination->messages_since >= READ_ONCE(transport->config->refresh_rate) ||
	       time_after_eq(jiffies, destination->templates_time + timeout);
}

static void retry_later(struct nfl_destination *destination)
{
	nfl_destination_templates_due(destination);
	destination->probing = true;
	destination->failing = true;
	destination->busy = false;
	destination->retrying = true;
	destination->retry = jiffies + RETRY_DELAY;
}

/*
 * An answer of the way or the host to what was sent. Returns true if nobody got it, and
 * nothing more is to be sent for now.
 */
static bool answered(struct nfl_transport *transport, struct nfl_destination *destination, int err)
{
	/* what the answers were about would be told there; that one came is enough */
	skb_queue_purge(&destination->socket->sk->sk_error_queue);
	if (err == -EMSGSIZE) {
		/*
		 * The path got narrower for a message, which need not be the last: to send
		 * that again might be to tell it twice. It may have been templates.
		 */
		destination->error_other++;
		nfl_destination_templates_due(destination);
		return false;
	}
	destination->error_refused++;
	nfl_queue_unsend(transport, destination);
	retry_later(destination);
	return true;
}

/* Has the host said that nobody got what it was sent? On loopback it is known at once. */
static bool refused(struct nfl_transport *transport, struct nfl_destination *destination)
{
	struct sock *sk = destination->socket->sk;
	int err;

	skb_queue_purge(&sk->sk_error_queue);
	err = sock_error(sk);
	return err && answered(transport, destination, err);
}

/*
 * Is the error of a send an answer to what was sent before, told in place of a try?
 * ICMP's wait in the error queue; a route of ours that says "unreachable" leaves none
 * there, and what was too long here one of another origin.
 */
static bool is_answer(const struct nfl_destination *destination, int err)
{
	struct sk_buff_head *queue = &destination->socket->sk->sk_error_queue;
	const struct sk_buff *skb;
	bool is_icmp = false;
	unsigned long flags;

	if (err == -ECONNREFUSED)
		return true;
	spin_lock_irqsave(&queue->lock, flags);
	skb_queue_walk(queue, skb) {
		const u8 origin = SKB_EXT_ERR(skb)->ee.ee_origin;

		is_icmp |= origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return is_icmp;
}

/* What an error of a send means for the messages that wait. */
static void send_failed(struct nfl_transport *transport, struct nfl_destination *destination,
			int err)
{
	switch (err) {
	case -EAGAIN:
	case -ENOBUFS:
	case -ENOMEM:
		destination->error_full++;
		if (!destination->busy) {
			destination->busy = true;
			destination->busy_since = jiffies;
		}
		destination->waited_for = true;
		return;
	}
	if (is_answer(destination, err)) {
		answered(transport, destination, err);
		return;
	}
	destination->error_other++;
	if (err == -EMSGSIZE) {
		/* too narrow for templates: nothing can be sent before it gets wider */
		if (destination->templates_due)
			retry_later(destination);
		else
			/* the path got narrower: later messages are made for it */
			nfl_queue_drop(transport, destination);
		return;
	}
	retry_later(destination);
	if (READ_ONCE(transport->config->debug))
		pr_info_ratelimited("%s: error %pe\n", destination->name, ERR_PTR(err));
	/* all but the firewall's refusal may be the socket's: make it anew */
	if (err != -EPERM)
		nfl_socket_close(destination);
}

/* Send the oldest message, and templates before it if they are due. */
static int send_oldest(struct nfl_transport *transport, struct nfl_destination *destination)
{
	const struct nfl_message *message = nfl_queue_at(destination, 0);
	const enum nfl_protocol_index protocol = message_protocol(transport, destination, message);
	int err;

	if (templates_due(transport, destination, protocol)) {
		nfl_queue_forget(transport, destination);
		err = send_templates(transport, destination, protocol);
		if (err || refused(transport, destination))
			return err;
	}
	err = send_body(destination, nfl_protocols[protocol], message->body[protocol]);
	if (err)
		return err;
	destination->busy = false;
	destination->failing = false;
	destination->messages_since++;
	nfl_queue_sent(transport, destination);
	refused(transport, destination);
	return 0;
}

/* Is the address of the neighbour known that messages go to? *@is_here: it is this host. */
static bool is_reachable(const struct nfl_destination *destination, bool *is_here)
{
	const struct sockaddr_storage *address = &destination->address;
	struct dst_entry *dst = sk_dst_get(destination->socket->sk);
	struct neighbour *neighbour = NULL;
	bool is_known = true;

	*is_here = false;
	if (dst)
		neighbour = dst_neigh_lookup(dst, address->ss_family == AF_INET ?
			(const void *)&((const struct sockaddr_in *)address)->sin_addr :
			(const void *)&((const struct sockaddr_in6 *)address)->sin6_addr);
	if (neighbour) {
		is_known = READ_ONCE(neighbour->nud_state) & NUD_VALID;
		/* an answer would have been there before the send returned */
		*is_here = neighbour->dev->flags & IFF_LOOPBACK;
		neigh_release(neighbour);
	}
	dst_release(dst);
	return is_known;
}

/* May data follow the templates that were sent at busy_since? */
static bool probe_ended(const struct nfl_destination *destination)
{
	const unsigned long waited = jiffies - destination->busy_since;
	bool is_known, is_here;

	is_known = is_reachable(destination, &is_here);
	return is_here || waited >= (is_known ? PROBE_DELAY : PROBE_MAX);
}

/*
 * Begin a session with templates alone, or where the protocol has none, with one
 * message. Returns true when data may follow.
 */
static bool probe(struct nfl_transport *transport, struct nfl_destination *destination)
{
	enum nfl_protocol_index protocol = destination_protocol(transport, destination);
	/* by a message that a protocol without templates sends it is forgotten */
	const bool failed = destination->failing;
	const unsigned long begin = jiffies;
	bool is_here;
	int err;

	if (destination->templates_due) {
		if (destination->queue_count)
			protocol = message_protocol(transport, destination,
						    nfl_queue_at(destination, 0));
		if (nfl_protocols[protocol]->templates)
			err = send_templates(transport, destination, protocol);
		else if (destination->queue_count)
			err = send_oldest(transport, destination);
		else
			return false;
		if (err) {
			send_failed(transport, destination, err);
			return false;
		}
		if (destination->retrying || refused(transport, destination))
			return false;
		destination->busy = true;
		destination->busy_since = begin;
		/* who did not answer the last time either holds up nobody */
		destination->failing = failed;
		destination->waited_for = !failed ||
					  is_reachable(destination, &is_here);
	}
	if (!probe_ended(destination))
		return false;
	destination->probing = false;
	destination->busy = false;
	return true;
}

static void destination_pump(struct nfl_transport *transport, struct nfl_destination *destination)
{
	int err;

	if (destination->socket && refused(transport, destination))
		return;
	if (destination->retrying && time_before(jiffies, destination->retry))
		return;
	if (!destination->queue_count && destination->socket)
		return;
	if (!destination->socket && nfl_socket_connect(transport, destination)) {
		retry_later(destination);
		return;
	}
	destination->retrying = false;
	if (destination->probing && !probe(transport, destination))
		return;

	while (destination->queue_count && !destination->retrying) {
		err = send_oldest(transport, destination);
		if (!err)
			continue;
		send_failed(transport, destination, err);
		if (destination->busy)
			return;
	}
}

/**
 * nfl_transport_queue() - have a message sent to every destination
 * @transport: the transport, its exporter locked
 * @message: the message; each destination whose protocol it has takes a reference
 */
void nfl_transport_queue(struct nfl_transport *transport, struct nfl_message *message)
{
	struct nfl_destination *destination;

	list_for_each_entry(destination, &transport->destinations, list) {
		if (is_told(message, destination_protocol(transport, destination)))
			nfl_queue_push(transport, destination, message);
	}
}

/**
 * nfl_transport_pump() - send what can be sent
 * @transport: the transport, its exporter locked
 *
 * Return: true if messages wait for a destination that may take them soon.
 */
bool nfl_transport_pump(struct nfl_transport *transport)
{
	struct nfl_destination *destination;
	bool busy = false;

	list_for_each_entry(destination, &transport->destinations, list) {
		destination_pump(transport, destination);
		busy |= destination->busy && destination->waited_for && destination->queue_count;
	}
	return busy;
}

/**
 * nfl_transport_busy() - shall the exporter make no more messages for now?
 * @transport: the transport, its exporter locked
 *
 * Return: true while the queue of a destination is half full only because it
 * takes nothing for now; one that has stood still for long is not waited for.
 */
bool nfl_transport_busy(const struct nfl_transport *transport)
{
	const struct nfl_destination *destination;

	list_for_each_entry(destination, &transport->destinations, list) {
		if (destination->busy && destination->waited_for &&
		    destination->queue_count > NFL_DESTINATION_QUEUE / 2 &&
		    time_before(jiffies, destination->busy_since + BUSY_MAX))
			return true;
	}
	return false;
}

/**
 * nfl_transport_templates_due() - have templates sent before anything else
 * @transport: the transport, its exporter locked
 */
void nfl_transport_templates_due(struct nfl_transport *transport)
{
	struct nfl_destination *destination;

	list_for_each_entry(destination, &transport->destinations, list)
		nfl_destination_templates_due(destination);
}

/**
 * nfl_transport_queued() - does a message wait for any destination?
 * @transport: the transport, its exporter locked
 */
bool nfl_transport_queued(const struct nfl_transport *transport)
{
	const struct nfl_destination *destination;

	list_for_each_entry(destination, &transport->destinations, list) {
		if (destination->queue_count)
			return true;
	}
	return false;
}

/**
 * nfl_transport_waiting() - is anything left to be sent?
 * @transport: the transport, its exporter locked
 *
 * Return: true if a message waits for any destination, or a destination that
 * is not connected may be connected.
 */
bool nfl_transport_waiting(const struct nfl_transport *transport)
{
	const struct nfl_destination *destination;

	if (nfl_transport_queued(transport))
		return true;
	list_for_each_entry(destination, &transport->destinations, list) {
		if (!destination->socket)
			return true;
		if (nfl_queue_answerable(destination))
			return true;
	}
	return false;
}

/**
 * nfl_transport_settle() - what was sent has been counted, and shall not be again
 * @transport: the transport, its exporter locked
 */
void nfl_transport_settle(struct nfl_transport *transport)
{
	struct nfl_destination *destination;

	list_for_each_entry(destination, &transport->destinations, list)
		nfl_queue_settle(destination);
}

/**
 * nfl_transport_set_sndbuf() - change the send buffers
 * @transport: the transport, its exporter locked
 * @size: octets, 0 for what new sockets have
 */
void nfl_transport_set_sndbuf(struct nfl_transport *transport, u32 size)
{
	struct nfl_destination *destination;

	list_for_each_entry(destination, &transport->destinations, list) {
		if (destination->socket)
			nfl_socket_set_sndbuf(destination, size);
	}
}

/**
 * nfl_destination_release() - free a destination; what waits for it is dropped
 * @transport: the transport, its exporter locked
 * @destination: no longer in a list
 */
void nfl_destination_release(struct nfl_transport *transport, struct nfl_destination *destination)
{
	nfl_queue_clear(transport, destination);
	nfl_socket_close(destination);
	kfree(destination);
}

/*
 * What a destination leaves that no other got is sent to those that come, and if
 * it is in none of their protocols, in its own.
 */
static void hand_over(struct nfl_transport *transport, struct nfl_destination *old)
{
	struct nfl_destination *destination;
	unsigned int i;

	for (i = 0; i < old->queue_count; i++) {
		struct nfl_message *message = nfl_queue_at(old, i);

		if (message->sent || message->references > 1)
			continue;
		nfl_transport_queue(transport, message);
		if (message->references > 1)
			continue;
		list_for_each_entry(destination, &transport->destinations, list)
			nfl_queue_push(transport, destination, message);
	}
}

/**
 * nfl_transport_redirect() - send to other destinations from now on
 * @transport: the transport, its exporter locked
 * @destinations: the new ones, which are taken out of this list. One that is
 *	already sent to goes on as it is.
 */
void nfl_transport_redirect(struct nfl_transport *transport, struct list_head *destinations)
{
	struct list_head *current_list = &transport->destinations;
	struct nfl_destination *old, *new, *next;
	LIST_HEAD(removed);
	LIST_HEAD(kept);

	list_for_each_entry_safe(new, next, destinations, list) {
		struct nfl_destination *found = NULL;

		list_for_each_entry(old, current_list, list) {
			if (!strcmp(old->name, new->name)) {
				found = old;
				break;
			}
		}
		list_del(&new->list);
		if (found) {
			kfree(new);
			new = found;
			list_del(&new->list);
		}
		list_add_tail(&new->list, &kept);
	}
	list_splice_init(current_list, &removed);
	list_splice_tail(&kept, current_list);

	list_for_each_entry_safe(old, next, &removed, list) {
		hand_over(transport, old);
		list_del(&old->list);
		nfl_destination_release(transport, old);
	}
}

/**
 * nfl_transport_close() - end all sessions
 * @transport: the transport, its exporter locked
 */
void nfl_transport_close(struct nfl_transport *transport)
{
	struct nfl_destination *destination, *next;

	list_for_each_entry_safe(destination, next, &transport->destinations, list) {
		list_del(&destination->list);
		nfl_destination_release(transport, destination);
	}
}
