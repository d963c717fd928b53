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
 * A dump may lack connections that exist, if conntrack's hash table shrinks meanwhile. So
 * conntrack is asked for each session that the dump lacks. The listener does that in pieces, and
 * reads events in between. The sessions are in lists in the order in which a dump or an event last
 * showed them, so those that the dump lacks come first.
 *
 * A session of which no event will report the end (conntrack decides that when the connection
 * begins) is looked up now and then.
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

/* Two differences between clocks that differ by more than this show that a clock was set. */
#define CLOCK_STEP	1000

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

	if (READ_ONCE(log->counts) && counters && counters->has_counters) {
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

/**
 * nfl_natlog_interrupted() - there were no events for some time
 * @log: the log
 *
 * A dump shows which sessions have begun or ended, but not how many have begun and ended. So one
 * event is counted as missing, whatever the dump shows.
 */
void nfl_natlog_interrupted(struct nfl_natlog *log)
{
	WRITE_ONCE(log->lost, log->lost + 1);
	nfl_log_lose_events(log->events, 1);
	log->dump_needed = true;
	log->dump_retry = jiffies;
}

/* May sessions be missing from the table, or have ended without an event? */
static bool in_doubt(const struct nfl_natlog *log)
{
	return log->dumping || log->comparing || log->dump_needed;
}

/**
 * nfl_natlog_listens() - conntrack generates events for new connections from now on, or does not
 * @log: the log
 * @listens: it does
 * @times: it stores when they begin
 */
void nfl_natlog_listens(struct nfl_natlog *log, bool listens, bool times)
{
	const u64 epoch = nfl_clock_epoch();

	log->times = times;
	/* after a step of the clock the times of conntrack cannot be compared with the old one */
	if (listens && log->since && epoch - log->epoch + CLOCK_STEP <= 2 * CLOCK_STEP)
		return;
	log->since = listens ? real_ms() : 0;
	log->epoch = epoch;
}

/* Did the connection begin while events were generated? Then an event reports its end. */
static bool is_watched(const struct nfl_natlog *log, const struct nfl_connection *connection)
{
	return log->since && connection->start >= log->since;
}

/* Is the connection known to be older? Then no event of its begin was lost. */
static bool is_older(const struct nfl_natlog *log, const struct nfl_connection *connection)
{
	return connection->start ? connection->start < log->since : log->times;
}

/* A session was found whose begin had no event, so that this is one of the lost events. */
static void guess(struct nfl_natlog *log)
{
	log->made_up++;
	log->guessed++;
}

/* The event was not lost: another one was. */
static void guess_undo(struct nfl_natlog *log, struct nfl_natsession *session)
{
	if (!session->guessed)
		return;
	session->guessed = false;
	log->shown -= !!log->shown;
	if (!log->guessed)
		return;			/* it is counted as lost already */
	log->guessed--;
	if (log->made_up)
		log->made_up--;
	else
		nfl_log_lose_events(log->events, 1);
}

/*
 * There are connections whose begin has no event. So each session that was found without one may
 * have been such a connection, and the lost event was of a session that is missing.
 */
static void guesses_drop(struct nfl_natlog *log)
{
	log->silent = true;
	if (log->guessed)
		nfl_log_lose_events(log->events, log->guessed);
	log->guessed = 0;
}

/* The session exists: a dump, an event or a lookup says so. */
static void session_seen(struct nfl_natlog *log, struct nfl_natsession *session)
{
	session->round = log->round;
	list_move_tail(&session->list, session->watched ? &log->watched : &log->unwatched);
}

/* An event will report the end of the session. */
static void session_watch(struct nfl_natlog *log, struct nfl_natsession *session)
{
	if (session->watched)
		return;
	session->watched = true;
	log->unwatched_count--;
}

static void session_forget(struct nfl_natlog *log, struct nfl_natsession *session)
{
	session_watch(log, session);
	list_del(&session->list);
	nfl_natsession_remove(&log->sessions, session);
}

/* Remember that an end was reported. @start is what conntrack says, or 0. */
static void remember(struct nfl_natlog *log, const struct nfl_natsession *session, u64 start)
{
	nfl_natended_add(&log->ended, session->id, &session->after, start);
}

/* Report the end of a session. A dump that is running may still contain the connection. */
static void session_end(struct nfl_natlog *log, struct nfl_natsession *session, u64 time,
			const struct nfl_connection *connection)
{
	event_export(log, session, false, time, connection);
	remember(log, session, connection ? connection->start : 0);
	if (log->dumping) {
		session_watch(log, session);
		session->round = log->round;
		session->ended = true;
		list_move(&session->list, &log->over);
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
		log->made_up += other->watched;
		session_end(log, other, real_ms(), NULL);
	}
	session = nfl_natsession_add(&log->sessions, connection,
				     connection->start ?: real_ms(), log->round);
	if (!session)
		return NULL;
	session->watched = watched;
	log->unwatched_count += !watched;
	session_seen(log, session);
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
		remember(log, session, 0);
		log->made_up += session->watched;
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
		log->dump_retry = jiffies + max_t(unsigned long, NFL_NATLOG_RETRY,
						  NFL_NATLOG_SHARE * log->dump_took);
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
		guess_undo(log, session);
		session_watch(log, session);
		session_seen(log, session);
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
		session->guessed = false;
		if (is_watched(log, connection))
			session_watch(log, session);
		session_seen(log, session);
		return;
	}
	if (connection->is_dying)
		return;
	session = session_begin(log, connection, is_watched(log, connection));
	if (!session) {
		refused(log);
		return;
	}
	if (!log->dump_known || log->silent || is_older(log, connection))
		return;
	guess(log);
	session->guessed = true;
	log->shown++;
}

/*
 * Report the begin and the end of a connection that is not in the table. A dump that is running may
 * still contain it.
 */
static void unknown_report(struct nfl_natlog *log, const struct nfl_connection *connection,
			   u64 start)
{
	const u64 stop = connection->stop ?: real_ms();
	struct nfl_natsession session;

	nfl_natsession_set(&session, connection, min(start ?: stop, stop), log->round);
	event_export(log, &session, true, session.start, NULL);
	event_export(log, &session, false, stop, connection);
	remember(log, &session, connection->start);
}

/*
 * A connection that lost the race to be inserted: two packets of a flow were translated at the
 * same time, as two connections with the same end points. conntrack has no place for the second
 * one, but lets its packets pass with their translation. No event reports its begin, and no dump
 * shows it.
 */
static void clash_ends(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	const struct nfl_natsession *winner = nfl_natsession_find_other(&log->sessions, connection);

	unknown_report(log, connection, connection->start ?: winner ? winner->start : 0);
}

/*
 * The end of a session that is not in the table, and not the repetition of an event: the event of
 * its begin was lost, or a rule asks for none (-j CT --ctevents assured,destroy), or conntrack's
 * table was dumped without it.
 */
static void unknown_ends(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session, *other;

	/*
	 * Another session with these end points has ended before, or began after this one has
	 * ended. If an event began it, or the last dump has shown it, it may be alive.
	 */
	other = nfl_natsession_find_other(&log->sessions, connection);
	if (other && !other->watched && other->round != log->round) {
		session_end(log, other, real_ms(), NULL);
		other = NULL;
	}
	if (other && !memcmp(&other->after, &connection->after, sizeof(other->after))) {
		/* collectors would take this one's end for the other one's */
		nfl_log_lose_events(log->events, 2);
		return;
	}
	unknown_report(log, connection, connection->start);
	if (log->dumping) {
		session = nfl_natsession_add(&log->sessions, connection, connection->start,
					     log->round);
		if (session) {
			session->watched = true;
			session->ended = true;
			list_add(&session->list, &log->over);
		}
	}
	if (!log->dump_known || log->silent || is_older(log, connection))
		return;
	/* the event of a session in the dump may still be unread */
	if (in_doubt(log) && log->missing + log->shown > log->made_up)
		guess(log);
	else
		guesses_drop(log);
}

/**
 * nfl_natlog_ends() - handle the event of the end of a translated connection
 * @log: the log
 * @connection: the connection
 */
void nfl_natlog_ends(struct nfl_natlog *log, const struct nfl_connection *connection)
{
	struct nfl_natsession *session;

	session = connection->is_clash ? NULL : session_find(log, connection);
	if (session && session->ended)
		return;
	if (!session) {
		/*
		 * conntrack repeats an event for all listeners if another one has no room for
		 * it
		 */
		if (nfl_natended_has(&log->ended, connection))
			return;
		if (connection->is_clash)
			clash_ends(log, connection);
		else
			unknown_ends(log, connection);
		return;
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
		log->guessed = 0;
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
 * @complete: the dump was read to its end. Sessions that were not in it have ended, if
 *	conntrack does not have them.
 */
void nfl_natlog_dumped(struct nfl_natlog *log, bool complete)
{
	log->dumping = false;
	log->comparing = complete;
}

/**
 * nfl_natlog_doubts() - is there work for nfl_natlog_clear() and nfl_natlog_doubtful()?
 * @log: the log
 */
bool nfl_natlog_doubts(const struct nfl_natlog *log)
{
	return !log->dumping && (log->comparing || log->polling || !list_empty(&log->over) ||
				 !list_empty(&log->gone));
}

/**
 * nfl_natlog_clear() - remove sessions that ended during the last dump, and report missed ends
 * @log: the log; no dump is running
 * @drained: all events have been read since nfl_natlog_looked_up() was called
 * @most: the most sessions to handle
 *
 * Return: true if there was nothing to do.
 */
bool nfl_natlog_clear(struct nfl_natlog *log, bool drained, unsigned int most)
{
	struct nfl_natsession *session, *next;
	const u64 now = real_ms();

	if (list_empty(&log->over) && list_empty(&log->gone))
		return true;
	list_for_each_entry_safe(session, next, &log->over, list) {
		if (!most--)
			return false;
		session_forget(log, session);
	}
	if (!drained)
		return false;
	list_for_each_entry_safe(session, next, &log->gone, list) {
		if (!most--)
			return false;
		log->made_up += session->watched;
		event_export(log, session, false, now, NULL);
		remember(log, session, 0);
		session_forget(log, session);
	}
	return false;
}

/* The session that no dump, event or lookup has shown for longest, if this round has not. */
static struct nfl_natsession *session_first(const struct nfl_natlog *log, struct list_head *list)
{
	struct nfl_natsession *session = list_first_entry_or_null(list, struct nfl_natsession,
								  list);

	return session && session->round != log->round ? session : NULL;
}

/**
 * nfl_natlog_doubtful() - find a session that is to be looked up
 * @log: the log; nfl_natlog_clear() has nothing to do
 *
 * Return: the session; or NULL when all are looked up and all missed ends reported, so that the
 *	losses are settled.
 */
struct nfl_natsession *nfl_natlog_doubtful(struct nfl_natlog *log)
{
	struct nfl_natsession *session;

	if (log->comparing) {
		session = session_first(log, &log->watched) ?: session_first(log, &log->unwatched);
		if (session)
			return session;
		if (!list_empty(&log->gone))
			return NULL;	/* their ends explain losses */
		log->comparing = false;
		losses_settle(log);
	}
	if (log->dump_needed || list_empty(&log->unwatched))
		log->polling = 0;
	return log->polling ? list_first_entry(&log->unwatched, struct nfl_natsession, list) : NULL;
}

/**
 * nfl_natlog_looked_up() - handle conntrack's answer
 * @log: the log
 * @session: the session that nfl_natlog_doubtful() returned
 * @connection: the connection that conntrack has with these end points; NULL if none
 *
 * If the connection has ended, the event of its end is in the socket or was lost. So the end
 * is reported by nfl_natlog_clear() after all events were read.
 */
void nfl_natlog_looked_up(struct nfl_natlog *log, struct nfl_natsession *session,
			  const struct nfl_connection *connection)
{
	if (log->polling && !log->comparing)
		log->polling--;
	if (connection && connection->id == session->id &&
	    !memcmp(&connection->after, &session->after, sizeof(session->after))) {
		if (is_watched(log, connection))
			session_watch(log, session);
		session_seen(log, session);
		return;
	}
	list_move_tail(&session->list, &log->gone);
	if (connection && connection->is_translated)
		nfl_natlog_exists(log, connection);
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
	int err = nfl_natsessions_init(&log->sessions);

	if (err)
		return err;
	err = nfl_natended_init(&log->ended);
	if (err) {
		nfl_natsessions_destroy(&log->sessions);
		return err;
	}
	INIT_LIST_HEAD(&log->watched);
	INIT_LIST_HEAD(&log->unwatched);
	INIT_LIST_HEAD(&log->over);
	INIT_LIST_HEAD(&log->gone);
	log->unwatched_count = 0;
	log->polling = 0;
	log->comparing = false;
	log->dump_took = 0;
	log->missing = 0;
	log->made_up = 0;
	log->shown = 0;
	log->guessed = 0;
	log->silent = false;
	log->since = 0;
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
	nfl_natended_destroy(&log->ended);
}
