// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes: what a session sends to a collector that may not be there. Data follow when no ICMP
 * error has answered.
 *
 * A host answers seldom: Linux sends six errors to an address, and then one in a second
 * (icmp_ratelimit). If several collectors of a host are dead, their probes must not use up
 * each other's answers: a probe without an answer would be taken for received. So after an
 * error that host gets one probe in a second, and its sessions take turns.
 *
 * While the address of the neighbour is not known, the kernel has a queue for what is sent
 * to it, and drops what is too much without an error. So nothing but a probe is sent then.
 *
 * Context of all functions: process, under the sender's lock.
 */
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include <net/sock.h>

#include "transport/probe.h"
#include "transport/session.h"
#include "transport/transport.h"

/* So long data wait for an answer to a probe, or longer if answers have taken longer. */
#define PROBE_DELAY	(HZ / 10)

/* After an error from a host another one can come after this; clocks differ by a little. */
#define ANSWERS_DELAY	((unsigned long)(HZ + HZ / 8))

/* The number of answers that are sure to come at first. */
#define ANSWERS_BURST	4

static bool is_same_host(const struct nfl_session *a, const struct nfl_session *b)
{
	const struct sockaddr_storage *one = &a->to.address, *other = &b->to.address;

	if (one->ss_family != other->ss_family)
		return false;
	if (one->ss_family == AF_INET)
		return ((const struct sockaddr_in *)one)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)other)->sin_addr.s_addr;
	return ipv6_addr_equal(&((const struct sockaddr_in6 *)one)->sin6_addr,
			       &((const struct sockaddr_in6 *)other)->sin6_addr);
}

/*
 * Has it waited longer than this session for its turn? If it does not take its turn, since it
 * has nothing to send any more, it does not hold up others.
 */
static bool goes_first(const struct nfl_session *other, const struct nfl_session *session)
{
	return other->awaits_turn && time_before(jiffies, other->retry + HZ) &&
	       (!session->awaits_turn || time_before(other->awaited_since, session->awaited_since));
}

static unsigned long later(unsigned long a, unsigned long b)
{
	return time_after(b, a) ? b : a;
}

/**
 * nfl_probe_may_begin() - is an answer to a probe sure to come, if the collector is dead?
 * @session: the session, connected; if not, it tries again later
 */
bool nfl_probe_may_begin(struct nfl_session *session)
{
	struct nfl_transport *transport = session->transport;
	const unsigned long now = jiffies;
	unsigned long at = now;
	unsigned int probes = 0;
	struct nfl_session *other;

	nfl_session_is_reachable(session);
	/* answers of this host are not limited */
	if (session->is_local)
		return true;
	list_for_each_entry(other, &transport->sessions, list) {
		if (other == session || !is_same_host(other, session))
			continue;
		probes += other->probing && other->busy;
		if (goes_first(other, session))
			at = later(at, later(other->retry, now + 1));
		if (other->dead && now - other->probed < ANSWERS_DELAY)
			at = later(at, other->probed + ANSWERS_DELAY);
	}
	if (at == now && probes >= ANSWERS_BURST)
		at += PROBE_DELAY;
	if (at == now) {
		session->awaits_turn = false;
		return true;
	}
	if (!session->awaits_turn) {
		session->awaits_turn = true;
		session->awaited_since = now;
	}
	session->retrying = true;
	session->retry = at;
	return false;
}

/**
 * nfl_session_is_reachable() - is the address of the neighbour known?
 * @session: the session, connected
 */
bool nfl_session_is_reachable(struct nfl_session *session)
{
	const struct sockaddr_storage *address = &session->to.address;
	struct dst_entry *dst = sk_dst_get(session->socket->sk);
	struct neighbour *neighbour = NULL;
	bool is_known = true;

	if (dst)
		neighbour = dst_neigh_lookup(dst, address->ss_family == AF_INET ?
			(const void *)&((const struct sockaddr_in *)address)->sin_addr :
			(const void *)&((const struct sockaddr_in6 *)address)->sin6_addr);
	if (neighbour) {
		is_known = READ_ONCE(neighbour->nud_state) & NUD_VALID;
		/* an answer would have been there before the send returned */
		session->is_local = neighbour->dev->flags & IFF_LOOPBACK;
		neigh_release(neighbour);
	}
	dst_release(dst);
	return is_known;
}

/* How long an answer to a probe may take, in jiffies. */
static unsigned long answer_delay(const struct nfl_session *session)
{
	/* an error from this host's neighbour table takes seconds, and no collector does */
	return clamp_t(unsigned long, session->answer + session->answer / 4, PROBE_DELAY, HZ);
}

/**
 * nfl_probe_ended() - may data follow the probe?
 * @session: the session, connected
 *
 * Without an answer and without the address of the neighbour it is tried again later.
 */
bool nfl_probe_ended(struct nfl_session *session)
{
	if (!nfl_session_is_reachable(session)) {
		/* it leaves only when the address is known */
		session->probed = jiffies;
		if (jiffies - session->busy_since >= NFL_PROBE_MAX)
			nfl_session_retry_later(session);
		return false;
	}
	return session->is_local || jiffies - session->probed >= answer_delay(session);
}

/**
 * nfl_probe_delay() - when to look whether the probe has ended
 * @session: the session, connected
 *
 * Return: jiffies from now.
 */
unsigned long nfl_probe_delay(struct nfl_session *session)
{
	const unsigned long at = session->probed + answer_delay(session);

	if (session->is_local)
		return 1;
	if (!nfl_session_is_reachable(session))
		return max(HZ / 50, 1);
	return time_after(at, jiffies) ? at - jiffies : 1;
}
