// SPDX-License-Identifier: GPL-2.0-only
/*
 * UDP sessions with collectors.
 *
 * Sends do not block: what a full send buffer refuses stays in the log, and so does what
 * cannot be sent because there is no route, no interface, or a firewall in the way.
 *
 * A session remembers its last messages. An ICMP error that quotes one ("port unreachable":
 * no collector listens) takes back that message and all after it: their records are sent
 * again (answers.c). Without an answer a message settles, and its records count as sent.
 *
 * A session begins with templates alone, at first and after each failure: data follow when
 * no error has answered them (probe.c).
 *
 * Context of all functions: process, under the sender's lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/if.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/dst.h>
#include <net/sock.h>

#include "base/config.h"
#include "transport/probe.h"
#include "transport/session.h"
#include "transport/transport.h"

/* A destination that cannot be sent to is tried again after this. */
#define RETRY_DELAY	HZ

/*
 * A message settles after this: an answer from this host comes before the send returns, or
 * soon after if packets are distributed to other CPUs.
 */
#define SETTLE_LOCAL	(HZ / 100 + 1)
#define SETTLE_DELAY	(2 * HZ)

/* Largest IP packet where nobody says otherwise: what collectors expect. */
#define MTU_DEFAULT	1500

#define UDP_HEADER	8

/**
 * nfl_session_protocol() - the protocol in which messages go to a collector
 * @session: the session
 */
enum nfl_protocol_index nfl_session_protocol(const struct nfl_session *session)
{
	return session->to.version ? nfl_protocol_find(session->to.version) :
				     session->transport->protocol;
}

/* The observation domain, that of the settings unless the collector has its own. */
static u32 domain_of(const struct nfl_session *session)
{
	return nfl_collector_number(&session->to, NFL_COLLECTOR_DOMAIN,
				    READ_ONCE(session->transport->config->engine_id));
}

/**
 * nfl_session_use() - use a protocol, and the present observation domain
 * @session: the session
 * @protocol: the protocol
 *
 * Templates and sequence numbers are of a protocol and a domain: if either is another than
 * before, both begin anew. An answer to an earlier message could not be understood.
 */
void nfl_session_use(struct nfl_session *session, enum nfl_protocol_index protocol)
{
	const u32 domain = domain_of(session);

	if (session->protocol == protocol && session->header.domain == domain)
		return;
	nfl_session_settle(session, true);
	session->protocol = protocol;
	session->header = (struct nfl_header) { .domain = domain };
	nfl_announce_anew(session);
}

/**
 * nfl_session_headers() - octets of the headers of a message, from the IP header on
 * @session: the session
 */
unsigned int nfl_session_headers(const struct nfl_session *session)
{
	return (session->to.address.ss_family == AF_INET ? 20 : 40) + UDP_HEADER +
	       nfl_protocols[session->protocol]->header_length;
}

/**
 * nfl_session_limit() - octets that the body of a message may have
 * @session: the session
 * @protocol: of the message
 */
u16 nfl_session_limit(struct nfl_session *session, const struct nfl_protocol *protocol)
{
	const unsigned int ip_header = session->to.address.ss_family == AF_INET ? 20 : 40;
	const unsigned int headers = ip_header + UDP_HEADER + protocol->header_length;
	const u32 set = nfl_collector_number(&session->to, NFL_COLLECTOR_MTU,
					     READ_ONCE(session->transport->config->mtu));
	unsigned int mtu = set ?: MTU_DEFAULT;
	struct dst_entry *dst = NULL;

	if (session->socket)
		dst = sk_dst_get(session->socket->sk);
	if (dst) {
		mtu = min(mtu, dst_mtu(dst));
		session->is_local = dst->dev->flags & IFF_LOOPBACK;
	}
	dst_release(dst);
	/* a path may have an MTU into which no record fits, but not less than this */
	return min_t(unsigned int, max(mtu, headers + 1) - headers, protocol->body_max);
}

/* Remember a message. If there is no room, no answer to the oldest one is waited for. */
static void remember(struct nfl_session *session, const struct nfl_send *send)
{
	if (nfl_sends_full(&session->sends)) {
		const struct nfl_send *oldest = nfl_sends_at(&session->sends, 0);

		if (oldest->stream)
			nfl_stream_settle(oldest->stream, session->transport->log, session, oldest);
		nfl_sends_shift(&session->sends);
	}
	nfl_sends_add(&session->sends, send);
}

/* What a session with a rate did not use is for it to use later: of so many nanoseconds. */
#define RATE_BURST	(2 * TICK_NSEC)

/* A message was sent: the rate counts IP packets, as queueing disciplines do. */
static void rate_count(struct nfl_session *session, size_t length)
{
	const u32 rate = nfl_collector_number(&session->to, NFL_COLLECTOR_RATE, 0);
	const unsigned int ip_header = session->to.address.ss_family == AF_INET ? 20 : 40;
	const u64 now = ktime_get_ns();

	if (rate)
		session->rate_next = max(session->rate_next, now - RATE_BURST) +
			div_u64((u64)(length + UDP_HEADER + ip_header) * NSEC_PER_SEC, rate);
}

/**
 * nfl_session_rate_delay() - how long the session's rate forbids to send
 * @session: the session
 *
 * Return: jiffies from now, 0 if it may send.
 */
unsigned long nfl_session_rate_delay(const struct nfl_session *session)
{
	const u64 now = ktime_get_ns();

	if (likely(!(session->to.numbers & BIT(NFL_COLLECTOR_RATE))) || session->rate_next <= now)
		return 0;
	return nsecs_to_jiffies(session->rate_next - now) + 1;
}

/**
 * nfl_session_send() - send a message
 * @session: the session, connected
 * @body: the message, complete
 * @send: its records
 *
 * Return: 0, and the message is remembered; or a negative error.
 */
int nfl_session_send(struct nfl_session *session, const struct nfl_body *body,
		     const struct nfl_send *send)
{
	const struct nfl_protocol *protocol = nfl_protocols[session->protocol];
	const size_t length = protocol->header_length + body->length;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct nfl_transport *transport = session->transport;
	const struct nfl_log *log = send->stream ? &transport->log[send->log] : NULL;
	struct sock *sk = session->socket->sk;
	struct nfl_send remembered = *send;
	u8 header[NFL_HEADER_MAX];
	struct kvec part[2] = {
		{ .iov_base = header, .iov_len = protocol->header_length },
		{ .iov_base = (void *)body->octets, .iov_len = body->length },
	};
	int err;

	protocol->header(header, body, &session->header);
	err = kernel_sendmsg(session->socket, &msg, part, 2, length);
	session->filled_peak = max_t(u32, session->filled_peak, sk_wmem_alloc_get(sk));
	if (err < 0)
		return err;
	nfl_burst_add(&session->burst, length, ktime_get_ns(),
		      log ? READ_ONCE(log->head) - send->range.to.block : 0, log ? log->most : 0);
	remembered.time = jiffies;
	remembered.session = session->number;
	remembered.sequence = session->header.sequence;
	remembered.length = length;
	remember(session, &remembered);
	session->header.sequence += protocol->counts(body);
	rate_count(session, length);
	spin_lock(&transport->account);
	session->told.messages++;
	session->told.octets += length;
	transport->messages++;
	/* rates are taken without the lock */
	WRITE_ONCE(transport->octets, transport->octets + length);
	spin_unlock(&transport->account);
	return 0;
}

/**
 * nfl_session_retry_later() - nothing can be sent for now
 * @session: the session
 */
void nfl_session_retry_later(struct nfl_session *session)
{
	nfl_announce_anew(session);
	nfl_room_end(session);
	session->probing = true;
	session->probe_due = true;
	session->busy = false;
	session->retrying = true;
	session->retry = jiffies + RETRY_DELAY;
	session->dead = true;
	session->changed = jiffies;
}

/**
 * nfl_session_failed() - a send has failed
 * @session: the session
 * @err: the error; not -EMSGSIZE
 */
void nfl_session_failed(struct nfl_session *session, int err)
{
	switch (err) {
	case -EAGAIN:
	case -ENOBUFS:
	case -ENOMEM:
		session->error_full++;
		nfl_room_wait(session, err);
		if (!session->busy) {
			session->busy = true;
			session->busy_since = jiffies;
		}
		session->waited_for = true;
		return;
	}
	/* it may be an answer to what was sent before, told in place of a try */
	if (err == -ECONNREFUSED || nfl_session_has_answer(session)) {
		if (!nfl_session_answers(session))
			nfl_session_refused(session, max(session->sends.count, 1U) - 1);
		return;
	}
	session->error_other++;
	nfl_session_retry_later(session);
	if (READ_ONCE(session->transport->config->debug))
		pr_info_ratelimited("%s: error %pe\n", session->to.name, ERR_PTR(err));
	/* all but the firewall's refusal may be the socket's: make it anew */
	if (err != -EPERM)
		nfl_socket_close(session);
}

/**
 * nfl_session_refused() - a message and those after it were not received
 * @session: the session
 * @first: the number of that message in @session->sends; it need not exist
 *
 * Their records are sent again, with the same sequence numbers.
 */
void nfl_session_refused(struct nfl_session *session, unsigned int first)
{
	const struct nfl_protocol *protocol = nfl_protocols[session->protocol];
	struct nfl_sends *sends = &session->sends;
	unsigned int i;
	u64 lost = 0;

	session->error_refused++;
	session->probed = jiffies;
	for (i = first; i < sends->count; i++) {
		const struct nfl_send *send = nfl_sends_at(sends, i);

		if (send->stream)
			lost += nfl_stream_refused(send->stream, session->transport->log, protocol,
						   send);
	}
	if (first < sends->count) {
		session->header.sequence = nfl_sends_at(sends, first)->sequence;
		nfl_sends_truncate(sends, first);
	}
	nfl_session_skipped(session, lost);
	nfl_session_retry_later(session);
}

/**
 * nfl_session_skipped() - records will not be sent
 * @session: the session
 * @records: the number of records
 *
 * The next sequence number tells the collector (RFC 7011 section 10.2.2). NetFlow v9 counts
 * messages, so the number of those that the records would have filled is estimated.
 */
void nfl_session_skipped(struct nfl_session *session, u64 records)
{
	const struct nfl_told *told = &session->told;
	u64 sent = 0, messages;
	int kind;

	if (!records)
		return;
	for (kind = 0; kind < NFL_LOGS; kind++)
		sent += told->sent[kind].flows;
	messages = max(div64_u64(records * max(told->messages, 1ULL), max(sent, 1ULL)), 1ULL);
	messages = min(messages, records);
	session->lost_messages += messages;
	nfl_announce_anew(session);
	session->header.sequence += session->protocol == NFL_NETFLOW9 ? messages : records;
}

/* How long an answer to a message may take, in jiffies. */
static unsigned long settle_delay(const struct nfl_session *session)
{
	unsigned long delay = max_t(unsigned long, SETTLE_DELAY, 2 * session->answer);

	if (session->is_local)
		return SETTLE_LOCAL;
	/* nothing follows a session's first message before it is known what came of it */
	return session->probing ? max_t(unsigned long, delay, NFL_PROBE_MAX + HZ) : delay;
}

/**
 * nfl_session_settles_in() - when the next message settles
 * @session: the session
 *
 * Return: jiffies from now; MAX_JIFFY_OFFSET if there is none.
 */
unsigned long nfl_session_settles_in(const struct nfl_session *session)
{
	const struct nfl_sends *sends = &session->sends;
	unsigned long at;

	if (!sends->count)
		return MAX_JIFFY_OFFSET;
	at = sends->ring[sends->first].time + settle_delay(session);
	return time_after(at, jiffies) ? at - jiffies : 0;
}

/**
 * nfl_session_settle() - no answer to older messages will come
 * @session: the session; the answers that have come were read
 * @all: no answer is waited for
 */
void nfl_session_settle(struct nfl_session *session, bool all)
{
	struct nfl_sends *sends = &session->sends;

	while (sends->count && (all || !nfl_session_settles_in(session))) {
		const struct nfl_send *send = nfl_sends_at(sends, 0);

		if (send->stream)
			nfl_stream_settle(send->stream, session->transport->log, session, send);
		nfl_sends_shift(sends);
	}
}
