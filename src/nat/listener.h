/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT events (RFC 8158): what conntrack translates, told to collectors.
 */
#ifndef NFL_NATEVENTS_H
#define NFL_NATEVENTS_H

#include <linux/workqueue.h>

#include "nat/session.h"

struct netflow;
struct nfl_connection;
struct nfl_natsocket;

/* A dump that failed, or could not be made use of, is read again after this. */
#define NFL_NATEVENTS_RETRY	(5 * HZ)

/**
 * struct nfl_natevents - the listener of a namespace
 * @work: reads events; keeps all that follows, unless noted
 * @events: they come by it; NULL while switched off (under netflow.lock)
 * @dump: conntrack's table comes by it, on request
 * @buffer: what is read from them
 * @sessions: told of and alive
 * @stale: those of them whose end was missed, and is to be told
 * @round: number of the last dump that was begun
 * @dumping: it is under way
 * @dump_needed: events were lost, or none was read yet
 * @dump_ended: it was read to its end, but not yet the events before that
 * @dump_known: one was read to its end
 * @enabled: when it was switched on, in jiffies
 * @dump_retry: not before this time, in jiffies
 * @dump_begun: when the last was begun, in jiffies
 * @dump_poll: when the next is to be read for want of events, in jiffies
 * @events_set: conntrack was told to make events always
 * @complained: the log says that there is nobody to listen to
 * @stopping: it is being switched off: read no more
 * @woken: an event has seen to it that events are read
 * @woken_at: when that was last, in jiffies
 * @drops: the socket's count of lost events when it was last looked at
 * @drops_error: and when it was last told of them
 * @unwatched: sessions of which no event will tell the end
 * @missing: events lost since the last complete dump
 * @made_up: of those, the ones whose session was found all the same
 * @shown: of these, the ones that the last dump has shown, and no event yet
 * @started: create events exported; read by the statistics
 * @stopped: delete events
 * @lost: events that the socket had no room for, of all connections
 */
struct nfl_natevents {
	struct delayed_work work;
	struct nfl_natsocket *events;
	struct nfl_natsocket *dump;
	void *buffer;
	struct nfl_natsessions sessions;
	struct list_head stale;
	u32 round;
	bool dumping;
	bool dump_needed;
	bool dump_ended;
	bool dump_known;
	bool events_set;
	bool complained;
	bool stopping;
	bool woken;
	unsigned long woken_at;
	unsigned long enabled;
	unsigned long dump_retry;
	unsigned long dump_begun;
	unsigned long dump_poll;
	u32 drops;
	u32 drops_error;
	u64 unwatched;
	u64 missing;
	u64 made_up;
	u64 shown;
	u64 started;
	u64 stopped;
	u64 lost;
};

void nfl_natevents_load(void);
int nfl_natevents_enable(struct netflow *nf);
void nfl_natevents_disable(struct netflow *nf);
void nfl_natevents_init(struct netflow *nf);

void nfl_natlog_begins(struct netflow *nf, const struct nfl_connection *connection);
void nfl_natlog_exists(struct netflow *nf, const struct nfl_connection *connection);
void nfl_natlog_ends(struct netflow *nf, const struct nfl_connection *connection);
void nfl_natlog_lost(struct nfl_natevents *nat, u64 count);
void nfl_natlog_dumped(struct netflow *nf, bool complete);
void nfl_natlog_tell_stale(struct netflow *nf, unsigned int most);

#endif /* NFL_NATEVENTS_H */
