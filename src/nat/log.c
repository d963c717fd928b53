// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of NAT: which sessions are reported to collectors.
 *
 * There is a table of the sessions that were reported, so each is reported as created
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
#include <linux/list.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "base/clock.h"
#include "export/messages.h"
#include "nat/connection.h"
#include "nat/log.h"
#include "protocol/record.h"
#include "transport/account.h"

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

static void event_export(struct nfl_natlog *log, const struct nfl_natsession *session, bool create,
			 u64 time, const struct nfl_connection *counters)
{
	const u64 clock = nfl_clock64();
	struct nfl_nat_record record = {
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
	};

	if (counters && counters->has_counters) {
		record.has_counters = true;
		memcpy(record.packets, counters->packets, sizeof(record.packets));
		memcpy(record.octets, counters->octets, sizeof(record.octets));
	}
	if (!nfl_export_nat_record(log->messages, &record)) {
		nfl_account_lost_events(log->account, 1);
		return;
	}
	if (create)
		WRITE_ONCE(log->started, log->started + 1);
	else
		WRITE_ONCE(log->stopped, log->stopped + 1);
}

/**
 * nfl_natlog_lost() - some events were lost, which perhaps a dump makes up for
 * @log: the log
 * @count: how many
 */
void nfl_natlog_lost(struct nfl_natlog *log, u64 count)
{
	WRITE_ONCE(log->lost, log->lost + count);
	log->missing += count;
	log->dump_needed = true;
}

/* May there be sessions that we do not know, or that have ended? */
static bool in_doubt(const struct nfl_natlog *log)
{
	return log->dumping || log->dump_needed;
}

static void session_watch(struct nfl_natlog *log, struct nfl_natsession *session)
{
	if (!session->watched)
		log->unwatched--;
	session->watched = true;
}

static void session_forget(struct nfl_natlog *log, struct nfl_natsession *session)
{
	session_watch(log, session);
	nfl_natsession_remove(&log->sessions, session);
}

/* An end that is reported. While a dump goes on, it may still show the connection. */
static void session_end(struct nfl_natlog *log, struct nfl_natsession *session, u64 time,
			const struct nfl_connection *counters)
{
	event_export(log, session, false, time, counters);
	if (in_doubt(log)) {
		session_watch(log, session);
		session->round = log->round;
		session->ended = true;
	} else {
		session_forget(log, session);
	}
}

/*
 * The end of one with the same end points was missed, if there is any: it is told
 * first, or the end would be taken for this one's.
 */
static struct nfl_natsession *session_begin(struct nfl_natlog *log,
					    const struct nfl_connection *connection, bool watched)
{
	struct nfl_natsession *session, *other;

	other = nfl_natsession_find_other(&log->sessions, connection);
	if (other) {
		log->made_up++;
		session_end(log, other, real_ms(), NULL);
	}
	session = nfl_natsession_add(&log->sessions, connection,
				     connection->start ?: real_ms(), log->round);
	if (!session)
		return NULL;
	session->watched = watched;
	if (!watched)
		log->unwatched++;
	event_export(log, session, true, session->start, NULL);
	return session;
}

/*
 * The session that is known of a connection. conntrack gives a connection the
 * number of an earlier one with the same end points if it has the same memory.
 * When the translation is another, the earlier one's end was missed.
 */
static struct nfl_natsession *session_find(struct nfl_natlog *log,
					   const struct nfl_connection *connection)
{
	struct nfl_natsession *session;

	session = nfl_natsession_find(&log->sessions, connection);
	if (!session || !memcmp(&session->after, &connection->after, sizeof(session->after)))
		return session;
	if (!session->ended) {
		event_export(log, session, false, real_ms(), NULL);
		log->made_up++;
	}
	session_forget(log, session);
	return NULL;
}

/**
 * nfl_natlog_begins() - an event: a translated connection is new
 * @log: the log
 * @connection: the connection
 */
void nfl_natlog_begins(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session;

	session = session_find(log, connection);
	if (session && !session->ended) {
		/* a dump was faster, or conntrack tells again what somebody else missed */
		if (!session->watched && session->round == log->round && log->made_up) {
			log->made_up--;
			log->shown -= !!log->shown;
		}
		session_watch(log, session);
		return;
	}
	if (session)
		session_forget(log, session);
	if (!session_begin(log, connection, true)) {
		nfl_natlog_lost(log, 1);
		log->dump_retry = jiffies + NFL_NATLOG_RETRY;
	}
}

/**
 * nfl_natlog_exists() - a dump: a translated connection exists
 * @log: the log
 * @connection: the connection
 */
void nfl_natlog_exists(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session, *other;

	/* events know it better than an old piece of the dump */
	session = nfl_natsession_find(&log->sessions, connection);
	if (session && session->round == log->round)
		return;
	if (session && session->ended) {
		/* before this dump began: it is another one, with the same id */
		session_forget(log, session);
		session = NULL;
	}
	other = nfl_natsession_find_other(&log->sessions, connection);
	if (other && other->round == log->round)
		return;
	session = session_find(log, connection);
	if (session) {
		session->round = log->round;
		return;
	}
	if (connection->is_dying)
		return;
	if (!session_begin(log, connection, false)) {
		log->dump_needed = true;
		log->dump_retry = jiffies + NFL_NATLOG_RETRY;
		return;
	}
	log->made_up++;
	log->shown++;
}

/**
 * nfl_natlog_ends() - an event: a translated connection has ended
 * @log: the log
 * @connection: the connection
 */
void nfl_natlog_ends(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session;

	session = session_find(log, connection);
	if (session && session->ended)
		return;
	if (!session) {
		/*
		 * Conntrack tells again what another listener had no room for, again and
		 * again. Not so, if more was lost than has been found so far; what the dump
		 * shows may have an event that is still to be read.
		 */
		if (!in_doubt(log) ||
		    (log->dump_known && log->missing + log->shown <= log->made_up))
			return;
		log->made_up++;
		session = session_begin(log, connection, true);
		if (!session) {
			nfl_account_lost_events(log->account, 2);
			return;
		}
	}
	if (connection->start)
		session->start = connection->start;
	session_end(log, session, connection->stop ?: real_ms(), connection);
}

/*
 * Events that were lost were those of sessions that the dump showed to have
 * begun or ended, or of connections that are not translated, or of sessions
 * that came and went unseen. The last two are one number: it is told as lost,
 * so that what is said to be lost is never less than what is.
 */
static void losses_settle(struct nfl_natlog *log)
{
	if (!log->dump_known) {
		/* the first dump finds what is old */
		log->made_up = 0;
		log->shown = 0;
	}
	log->dump_known = true;
	if (log->dump_needed)
		return;			/* more was lost meanwhile: with the next */
	if (log->missing > log->made_up)
		nfl_account_lost_events(log->account, log->missing - log->made_up);
	log->missing = 0;
	log->made_up = 0;
	log->shown = 0;
}

/**
 * nfl_natlog_dumped() - the dump is over
 * @log: the log
 * @complete: it was read to its end: what it did not meet has ended, and was missed.
 *	This is told by nfl_natlog_tell_stale(), before any more events are.
 */
void nfl_natlog_dumped(struct nfl_natlog *log, bool complete)
{
	struct nfl_natsession *session, *next;

	nfl_natsessions_stale(&log->sessions, log->round, &log->stale);
	list_for_each_entry_safe(session, next, &log->stale, stale) {
		if (!session->ended && complete)
			continue;
		list_del_init(&session->stale);
		if (session->ended)
			session_forget(log, session);
	}
	if (complete && list_empty(&log->stale))
		losses_settle(log);
}

/**
 * nfl_natlog_tell_stale() - report ends that were missed
 * @log: the log, in whose list of stale sessions there are some
 * @most: of so many
 */
void nfl_natlog_tell_stale(struct nfl_natlog *log, unsigned int most)
{
	struct nfl_natsession *session, *next;
	const u64 now = real_ms();

	list_for_each_entry_safe(session, next, &log->stale, stale) {
		if (!most--)
			return;
		list_del_init(&session->stale);
		if (session->watched)
			log->made_up++;
		event_export(log, session, false, now, NULL);
		session_forget(log, session);
	}
	losses_settle(log);
}

/**
 * nfl_natlog_begin() - an empty log
 * @log: the log, of which nothing is used
 *
 * A dump of conntrack's table is needed first.
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int nfl_natlog_begin(struct nfl_natlog *log)
{
	const int err = nfl_natsessions_init(&log->sessions);

	if (err)
		return err;
	INIT_LIST_HEAD(&log->stale);
	log->unwatched = 0;
	log->missing = 0;
	log->made_up = 0;
	log->shown = 0;
	log->dumping = false;
	log->dump_known = false;
	log->dump_needed = true;
	log->dump_retry = jiffies;
	return 0;
}

/**
 * nfl_natlog_end() - forget all sessions
 * @log: the log; their end is not reported
 */
void nfl_natlog_end(struct nfl_natlog *log)
{
	nfl_natsessions_destroy(&log->sessions);
}
