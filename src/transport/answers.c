// SPDX-License-Identifier: GPL-2.0-only
/*
 * Answers to messages: ICMP errors, in the error queue of a session's socket. Each quotes
 * the datagram that it is about: by the length and the sequence number of that message it is
 * found among those that the session remembers.
 *
 * Context of all functions: process, under the sender's lock.
 */
#include <linux/errqueue.h>
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/sock.h>

#include "compat/compat.h"
#include "compat/unaligned.h"
#include "transport/session.h"
#include "transport/transport.h"

/* Octets of a message that contain its sequence number, in any protocol. */
#define QUOTED	20

static bool is_icmp(const struct sk_buff *skb)
{
	const u8 origin = SKB_EXT_ERR(skb)->ee.ee_origin;

	return origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6;
}

/* Where the sequence number of a message is, by its version. */
static unsigned int sequence_at(u16 version)
{
	switch (version) {
	case 5:
		return 16;
	case 9:
		return 12;
	default:
		return 8;
	}
}

/* The number of the message that an error is about, or -ENOENT. */
static int quoted(struct nfl_session *session, const struct sk_buff *skb)
{
	struct nfl_sends *sends = &session->sends;
	const struct udphdr *udp;
	u8 start[QUOTED];
	u16 length;

	if (skb_headroom(skb) < sizeof(*udp))
		return -ENOENT;
	udp = (const struct udphdr *)(skb->data - sizeof(*udp));
	length = ntohs(udp->len) - sizeof(*udp);
	/* some hosts quote no more than the UDP header */
	if (skb_copy_bits(skb, 0, start, sizeof(start)))
		return nfl_sends_find_length(sends, length);
	return nfl_sends_find(sends, get_unaligned_be32(start +
							sequence_at(get_unaligned_be16(start))),
			      length);
}

/* The path has got narrower: what was too long for it from this message on is sent again. */
static void too_long(struct nfl_session *session, unsigned int first, unsigned int mtu)
{
	const unsigned int headers = session->to.address.ss_family == AF_INET ? 28 : 48;
	const struct nfl_protocol *protocol = nfl_protocols[session->protocol];
	struct nfl_sends *sends = &session->sends;
	unsigned int i;
	u64 lost = 0;

	session->error_other++;
	for (i = first; i < sends->count; i++) {
		struct nfl_send *send = nfl_sends_at(sends, i);

		if (send->length + headers <= mtu)
			continue;
		if (send->stream)
			lost += nfl_stream_refused(send->stream, session->transport->log, protocol,
						   send);
		else
			nfl_announce_anew(session);
		/* a second answer to it changes nothing */
		send->stream = NULL;
		send->length = 0;
	}
	nfl_session_skipped(session, lost);
}

static void answer(struct nfl_session *session, const struct sk_buff *skb)
{
	const struct sock_extended_err *error = &SKB_EXT_ERR(skb)->ee;
	const int number = quoted(session, skb);

	if (number < 0) {
		/* to a message that has settled, or forged: it is counted, and changes nothing */
		if (error->ee_errno == EMSGSIZE)
			session->error_other++;
		else
			session->error_refused++;
		return;
	}
	session->answer = max(session->answer,
			      jiffies - nfl_sends_at(&session->sends, number)->time);
	if (error->ee_errno == EMSGSIZE)
		too_long(session, number, error->ee_info);
	else
		nfl_session_refused(session, number);
}

/**
 * nfl_session_answers() - read the answers that have come
 * @session: the session, connected
 *
 * Return: true if one was an ICMP error.
 */
bool nfl_session_answers(struct nfl_session *session)
{
	struct sock *sk = session->socket->sk;
	bool answered = false;
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&sk->sk_error_queue))) {
		if (is_icmp(skb)) {
			answer(session, skb);
			answered = true;
		}
		kfree_skb(skb);
	}
	/* it is that of an answer which was read, or of one for which there was no memory */
	if (READ_ONCE(sk->sk_err))
		sock_error(sk);
	return answered;
}

/**
 * nfl_session_has_answer() - is there an answer that was not read?
 * @session: the session, connected
 */
bool nfl_session_has_answer(const struct nfl_session *session)
{
	struct sk_buff_head *queue = &session->socket->sk->sk_error_queue;
	const struct sk_buff *skb;
	bool found = false;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	skb_queue_walk(queue, skb)
		found |= is_icmp(skb);
	spin_unlock_irqrestore(&queue->lock, flags);
	return found;
}
