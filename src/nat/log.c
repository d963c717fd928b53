// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of NAT: which sessions collectors are told of.
 *
 * There is a table of the sessions that were told of, so each is told of as created
 * once and as deleted once, whatever is lost. After a loss conntrack's table is read
 * and compared with it: sessions that are new in it were missed, and those that are
 * in ours only have ended. At the beginning ours is empty.
 *
 * A piece of the dump may be older than an event that was read before it, so sessions
 * that end meanwhile are kept as ended until the dump is over, and the dump does
 * not make them live again.
 *
 * Context of all: process, the listener's work, under the exporter's lock.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "base/clock.h"
#include "instance.h"
#include "nat/listener.h"
#include "protocol/protocol.h"

static u64 real_ms(void)
{
	return ktime_to_ms(ktime_get_real());
}

/*
 * natEvent of RFC 8158 section 4.3, which has no event for IPv6 to IPv6. 1 and 2
 * are the only values that are not tied to NAT44 or NAT64.
 */
static u8 event_number(u8 family, bool create)
{
	if (family == AF_INET)
		return create ? NFL_NAT44_SESSION_CREATE : NFL_NAT44_SESSION_DELETE;
	return create ? NFL_NAT_TRANSLATION_CREATE : NFL_NAT_TRANSLATION_DELETE;
}

static void event_export(struct netflow *nf, const struct nfl_natsession *session, bool create,
			 u64 time, const struct nfl_connection *counters)
{
	struct nfl_natevents *nat = &nf->natevents;
	const u64 clock = nfl_clock64();
	const struct nfl_nat_record record = {
		.event = event_number(session->key.family, create),
		.family = session->key.family,
		.protocol = session->key.protocol,
		.zone = session->key.zone,
		.before = &session->key.before,
		.after = &session->after,
		.time = time,
		.start = create ? time : min(session->start, time),
		.realtime = real_ms() - clock,
		.clock = clock,
		.counters = counters && counters->has_counters ? counters : NULL,
	};

	if (!nfl_export_nat_record(&nf->exporter.messages, &record)) {
		nfl_account_lost_events(&nf->exporter.account, 1);
		return;
	}
	if (create)
		WRITE_ONCE(nat->started, nat->started + 1);
	else
		WRITE_ONCE(nat->stopped, nat->stopped + 1);
}

/**
 * nfl_natlog_lost() - nobody saw some events, which perhaps a dump makes up for
 * @nat: the listener
 * @count: how many
 */
void nfl_natlog_lost(struct nfl_natevents *nat, u64 count)
{
	WRITE_ONCE(nat->lost, nat->lost + count);
	nat->missing += count;
	nat->dump_needed = true;
}

/* May there be sessions that we do not know, or that have ended? */
static bool in_doubt(const struct nfl_natevents *nat)
{
	return nat->dumping || nat->dump_needed;
}

static void session_watch(struct nfl_natevents *nat, struct nfl_natsession *session)
{
	if (!session->watched)
		nat->unwatched--;
	session->watched = true;
}

static void session_forget(struct nfl_natevents *nat, struct nfl_natsession *session)
{
	session_watch(nat, session);
	nfl_natsession_remove(&nat->sessions, session);
}

/* An end that is told of. While a dump goes on, it may still show the connection. */
static void session_end(struct netflow *nf, struct nfl_natsession *session, u64 time,
			const struct nfl_connection *counters)
{
	struct nfl_natevents *nat = &nf->natevents;

	event_export(nf, session, false, time, counters);
	if (in_doubt(nat)) {
		session_watch(nat, session);
		session->round = nat->round;
		session->ended = true;
	} else {
		session_forget(nat, session);
	}
}

/*
 * The end of one with the same end points was missed, if there is any: it is told
 * first, or the end would be taken for this one's.
 */
static struct nfl_natsession *session_begin(struct netflow *nf,
					    const struct nfl_connection *connection, bool watched)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session, *other;

	other = nfl_natsession_find_other(&nat->sessions, connection);
	if (other) {
		nat->made_up++;
		session_end(nf, other, real_ms(), NULL);
	}
	session = nfl_natsession_add(&nat->sessions, connection,
				     connection->start ?: real_ms(), nat->round);
	if (!session)
		return NULL;
	session->watched = watched;
	if (!watched)
		nat->unwatched++;
	event_export(nf, session, true, session->start, NULL);
	return session;
}

/*
 * The session that is known of a connection. conntrack gives a connection the
 * number of an earlier one with the same end points if it has the same memory.
 * When the translation is another, the earlier one's end was missed.
 */
static struct nfl_natsession *session_find(struct netflow *nf,
					   const struct nfl_connection *connection)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session;

	session = nfl_natsession_find(&nat->sessions, connection);
	if (!session || !memcmp(&session->after, &connection->after, sizeof(session->after)))
		return session;
	if (!session->ended) {
		event_export(nf, session, false, real_ms(), NULL);
		nat->made_up++;
	}
	session_forget(nat, session);
	return NULL;
}

/**
 * nfl_natlog_begins() - an event: a translated connection is new
 * @nf: the namespace
 * @connection: the connection
 */
void nfl_natlog_begins(struct netflow *nf, const struct nfl_connection *connection)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session;

	session = session_find(nf, connection);
	if (session && !session->ended) {
		/* a dump was faster, or conntrack tells again what somebody else missed */
		if (!session->watched && session->round == nat->round && nat->made_up) {
			nat->made_up--;
			nat->shown -= !!nat->shown;
		}
		session_watch(nat, session);
		return;
	}
	if (session)
		session_forget(nat, session);
	if (!session_begin(nf, connection, true)) {
		nfl_natlog_lost(nat, 1);
		nat->dump_retry = jiffies + NFL_NATEVENTS_RETRY;
	}
}

/**
 * nfl_natlog_exists() - a dump: a translated connection exists
 * @nf: the namespace
 * @connection: the connection
 */
void nfl_natlog_exists(struct netflow *nf, const struct nfl_connection *connection)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session, *other;

	/* events know it better than an old piece of the dump */
	session = nfl_natsession_find(&nat->sessions, connection);
	if (session && session->round == nat->round)
		return;
	if (session && session->ended) {
		/* before this dump began: it is another one, with the same id */
		session_forget(nat, session);
		session = NULL;
	}
	other = nfl_natsession_find_other(&nat->sessions, connection);
	if (other && other->round == nat->round)
		return;
	session = session_find(nf, connection);
	if (session) {
		session->round = nat->round;
		return;
	}
	if (connection->is_dying)
		return;
	if (!session_begin(nf, connection, false)) {
		nat->dump_needed = true;
		nat->dump_retry = jiffies + NFL_NATEVENTS_RETRY;
		return;
	}
	nat->made_up++;
	nat->shown++;
}

/**
 * nfl_natlog_ends() - an event: a translated connection has ended
 * @nf: the namespace
 * @connection: the connection
 */
void nfl_natlog_ends(struct netflow *nf, const struct nfl_connection *connection)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session;

	session = session_find(nf, connection);
	if (session && session->ended)
		return;
	if (!session) {
		/*
		 * Conntrack tells again what another listener had no room for, again and
		 * again. Not so, if more was lost than has been found so far; what the dump
		 * shows may have an event that is still to be read.
		 */
		if (!in_doubt(nat) ||
		    (nat->dump_known && nat->missing + nat->shown <= nat->made_up))
			return;
		nat->made_up++;
		session = session_begin(nf, connection, true);
		if (!session) {
			nfl_account_lost_events(&nf->exporter.account, 2);
			return;
		}
	}
	if (connection->start)
		session->start = connection->start;
	session_end(nf, session, connection->stop ?: real_ms(), connection);
}

/*
 * Events that were lost were those of sessions that the dump showed to have
 * begun or ended, or of connections that are not translated, or of sessions
 * that came and went unseen. The last two are one number: it is told as lost,
 * so that what is said to be lost is never less than what is.
 */
static void losses_settle(struct netflow *nf)
{
	struct nfl_natevents *nat = &nf->natevents;

	if (!nat->dump_known) {
		/* the first dump finds what is old */
		nat->made_up = 0;
		nat->shown = 0;
	}
	nat->dump_known = true;
	if (nat->dump_needed)
		return;			/* more was lost meanwhile: with the next */
	if (nat->missing > nat->made_up)
		nfl_account_lost_events(&nf->exporter.account, nat->missing - nat->made_up);
	nat->missing = 0;
	nat->made_up = 0;
	nat->shown = 0;
}

/**
 * nfl_natlog_dumped() - the dump is over
 * @nf: the namespace
 * @complete: it was read to its end: what it did not meet has ended, and was missed.
 *	This is told by nfl_natlog_tell_stale(), before any more events are.
 */
void nfl_natlog_dumped(struct netflow *nf, bool complete)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session, *next;

	nfl_natsessions_stale(&nat->sessions, nat->round, &nat->stale);
	list_for_each_entry_safe(session, next, &nat->stale, stale) {
		if (!session->ended && complete)
			continue;
		list_del_init(&session->stale);
		if (session->ended)
			session_forget(nat, session);
	}
	if (complete && list_empty(&nat->stale))
		losses_settle(nf);
}

/**
 * nfl_natlog_tell_stale() - tell of ends that were missed
 * @nf: the namespace, in whose list of stale sessions there are some
 * @most: of so many
 */
void nfl_natlog_tell_stale(struct netflow *nf, unsigned int most)
{
	struct nfl_natevents *nat = &nf->natevents;
	struct nfl_natsession *session, *next;
	const u64 now = real_ms();

	list_for_each_entry_safe(session, next, &nat->stale, stale) {
		if (!most--)
			return;
		list_del_init(&session->stale);
		if (session->watched)
			nat->made_up++;
		event_export(nf, session, false, now, NULL);
		session_forget(nat, session);
	}
	losses_settle(nf);
}
