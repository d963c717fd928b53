/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of NAT: which sessions are reported to collectors.
 */
#ifndef NFL_NAT_LOG_H
#define NFL_NAT_LOG_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/types.h>

#include "nat/ended.h"
#include "nat/session.h"

struct nfl_connection;
struct nfl_log;

/* Delay before another dump, if a dump failed or could not be used. */
#define NFL_NATLOG_RETRY	(5 * HZ)

/* conntrack's table is read, or asked for single sessions, for one part in so many of the time. */
#define NFL_NATLOG_SHARE	20

/**
 * struct nfl_natlog - the NAT sessions of a namespace, as they are reported to collectors
 * @events: the exporter's log of NAT events
 * @sessions: the reported sessions that have not ended
 * @ended: the connections whose end was reported lately
 * @watched: sessions that have not ended, of which an event will report the end, in the order of
 *	&nfl_natsession.round
 * @unwatched: the others, likewise
 * @over: sessions that ended during a dump; they are removed after it
 * @gone: sessions that conntrack does not have, as it says; if there is no event of the end, it
 *	was missed
 * @round: number of the last dump
 * @dumping: this dump is running
 * @comparing: this dump was read to its end; the sessions that it did not contain are looked up
 * @polling: the number of @unwatched sessions that are to be looked up
 * @dump_needed: events were lost, or there was no dump yet
 * @dump_known: a dump was read to its end
 * @dump_retry: earliest time of the next dump, in jiffies
 * @dump_took: how long the last dump took, in jiffies
 * @unwatched_count: number of @unwatched sessions
 * @missing: events lost since the last complete dump
 * @made_up: lost events among @missing whose session was found in another way
 * @shown: sessions among @made_up that the last dump has shown, without an event so far
 * @guessed: begins that were ever counted in @made_up, since a dump or the event of the end
 *	showed the session; 0 once they are counted as lost
 * @silent: there are connections whose begin has no event, so that such a session does not
 *	explain a lost event
 * @counts: events of ends have the counters of conntrack; written under the namespace's lock
 * @since: since when the begins and ends of all new connections have events, in milliseconds
 *	since 1970; 0 if they do not
 * @times: conntrack stores when a new connection begins
 * @epoch: the time of nfl_clock64() 0 when @since was set
 * @started: create events exported; read by the statistics
 * @stopped: delete events exported; read by the statistics
 * @lost: events that the socket dropped, of all connections
 *
 * Used by the listener's work item.
 */
struct nfl_natlog {
	struct nfl_log *events;
	struct nfl_natsessions sessions;
	struct nfl_natended ended;
	struct list_head watched;
	struct list_head unwatched;
	struct list_head over;
	struct list_head gone;
	u32 round;
	bool dumping;
	bool comparing;
	u32 polling;
	bool dump_needed;
	bool dump_known;
	unsigned long dump_retry;
	unsigned long dump_took;
	u32 unwatched_count;
	u64 missing;
	u64 made_up;
	u64 shown;
	u64 guessed;
	bool silent;
	bool counts;
	u64 since;
	bool times;
	u64 epoch;
	u64 started;
	u64 stopped;
	u64 lost;
};

int nfl_natlog_begin(struct nfl_natlog *log);
void nfl_natlog_end(struct nfl_natlog *log);
void nfl_natlog_listens(struct nfl_natlog *log, bool listens, bool times);
void nfl_natlog_begins(struct nfl_natlog *log, const struct nfl_connection *connection);
void nfl_natlog_exists(struct nfl_natlog *log, const struct nfl_connection *connection);
void nfl_natlog_ends(struct nfl_natlog *log, const struct nfl_connection *connection);
void nfl_natlog_lost(struct nfl_natlog *log, u64 count);
void nfl_natlog_interrupted(struct nfl_natlog *log);
void nfl_natlog_dumped(struct nfl_natlog *log, bool complete);
bool nfl_natlog_doubts(const struct nfl_natlog *log);
bool nfl_natlog_clear(struct nfl_natlog *log, bool drained, unsigned int most);
struct nfl_natsession *nfl_natlog_doubtful(struct nfl_natlog *log);
void nfl_natlog_looked_up(struct nfl_natlog *log, struct nfl_natsession *session,
			  const struct nfl_connection *connection);

#endif /* NFL_NAT_LOG_H */
