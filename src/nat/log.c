// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of NAT: which sessions are reported to collectors.
 *
 * A table holds the sessions that were reported, so each session is reported as created
 * once and as deleted once, even if events are lost. After a loss, conntrack's table is
 * dumped and compared with the session table. Sessions that are only in the dump are new;
 * sessions that are only in the session table have ended. At the start the session table
 * is empty.
 *
 * A part of the dump may be older than an event that was read before it. So sessions that
 * end during a dump stay in the table, marked as ended, until the dump is complete. The
 * dump does not create them again.
 *
 * Context of all functions: process, the listener's work item.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "base/clock.h"
#include "nat/connection.h"
#include "nat/log.h"
#include "protocol/record.h"
#include "transport/log.h"

static u64 real_ms(void)
{
	return ktime_to_ms(ktime_get_real());
}

/*
 * natEvent (RFC 8158 section 4.3). The RFC has no event for IPv6 to IPv6; 1 and 2
 * are the only values that are not specific to NAT44 or NAT64.
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
		.realtime = nfl_clock_epoch(),
		.clock = clock,
	};

	if (counters && counters->has_counters) {
		record.has_counters = true;
		memcpy(record.packets, counters->packets, sizeof(record.packets));
		memcpy(record.octets, counters->octets, sizeof(record.octets));
	}
	if (!nfl_log_append_event(log->events, &record)) {
		nfl_log_lose_events(log->events, 1);
		return;
	}
	if (create)
		WRITE_ONCE(log->started, log->started + 1);
	else
		WRITE_ONCE(log->stopped, log->stopped + 1);
}

/**
 * nfl_natlog_lost() - events were lost; a dump may recover their sessions
 * @log: the log
 * @count: the number of lost events
 */
void nfl_natlog_lost(struct nfl_natlog *log, u64 count)
{
	WRITE_ONCE(log->lost, log->lost + count);
	log->missing += count;
	log->dump_needed = true;
}

/* May sessions be missing from the table, or have ended without an event? */
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

/* Report the end of a session. A dump that is running may still contain the connection. */
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
 * Report a new session. If there is an older session with the same end points, its end was
 * missed and is reported first. Otherwise a collector would take it for the new one's end.
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
 * Find the session of a connection. conntrack's id depends on the memory address, so a
 * connection may have the id of an earlier one with the same end points. If the
 * translation differs, the end of the earlier one was missed.
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

/*
 * There is no room for a session, so the table has to be read again. A dump that is due already is
 * not postponed: sessions that have ended leave only when one ends, and make room.
 */
static void refused(struct nfl_natlog *log)
{
	if (!log->dump_needed)
		log->dump_retry = jiffies + NFL_NATLOG_RETRY;
	log->dump_needed = true;
}

/**
 * nfl_natlog_begins() - handle the event of a new translated connection
 * @log: the log
 * @connection: the connection
 */
void nfl_natlog_begins(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session;

	session = session_find(log, connection);
	if (session && !session->ended) {
		/* a dump was faster, or conntrack repeats an event for another listener */
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
		refused(log);
		nfl_natlog_lost(log, 1);
	}
}

/**
 * nfl_natlog_exists() - handle a translated connection in a dump
 * @log: the log
 * @connection: the connection
 */
void nfl_natlog_exists(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session, *other;

	/* events are more recent than an old part of the dump */
	session = nfl_natsession_find(&log->sessions, connection);
	if (session && session->round == log->round)
		return;
	if (session && session->ended) {
		/* it ended before this dump began: the dump shows another one with this id */
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
		refused(log);
		return;
	}
	log->made_up++;
	log->shown++;
}

/**
 * nfl_natlog_ends() - handle the event of the end of a translated connection
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
		 * If another listener has no room for an event, conntrack repeats the event
		 * for all listeners. But if more events were lost than have been recovered so
		 * far, this may be the end of a missed session. The event of a session in the
		 * dump may still be unread.
		 */
		if (!in_doubt(log) ||
		    (log->dump_known && log->missing + log->shown <= log->made_up))
			return;
		log->made_up++;
		session = session_begin(log, connection, true);
		if (!session) {
			nfl_log_lose_events(log->events, 2);
			return;
		}
	}
	if (connection->start)
		session->start = connection->start;
	session_end(log, session, connection->stop ?: real_ms(), connection);
}

/*
 * Count the lost events. A lost event belongs to a session that the dump has shown to have
 * begun or ended, to a connection that is not translated, or to a session that was never
 * seen. The last two cannot be told apart, and both are counted as lost. So the reported
 * number is never less than the true one.
 */
static void losses_settle(struct nfl_natlog *log)
{
	if (!log->dump_known) {
		/* the first dump finds sessions from before the listener started */
		log->made_up = 0;
		log->shown = 0;
	}
	log->dump_known = true;
	if (log->dump_needed)
		return;			/* more were lost meanwhile: after the next dump */
	if (log->missing > log->made_up)
		nfl_log_lose_events(log->events, log->missing - log->made_up);
	log->missing = 0;
	log->made_up = 0;
	log->shown = 0;
}

/**
 * nfl_natlog_dumped() - handle the end of a dump
 * @log: the log
 * @complete: the dump was read to its end. Sessions that were not in it have ended.
 *	nfl_natlog_tell_stale() reports these ends before any further event.
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
 * nfl_natlog_tell_stale() - report missed ends of sessions
 * @log: the log, with a list of stale sessions that is not empty
 * @most: the most sessions to report
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
 * nfl_natlog_begin() - initialise an empty log
 * @log: the log, unused
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
