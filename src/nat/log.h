/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of NAT: which sessions are reported to collectors.
 */
#ifndef NFL_NAT_LOG_H
#define NFL_NAT_LOG_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/types.h>

#include "nat/session.h"

struct nfl_connection;
struct nfl_export_account;
struct nfl_messages;

/* A dump that failed, or could not be made use of, is read again after this. */
#define NFL_NATLOG_RETRY	(5 * HZ)

/**
 * struct nfl_natlog - the NAT sessions of a namespace, as they are reported to collectors
 * @messages: where they are reported
 * @account: the exporter's
 * @sessions: reported and alive
 * @stale: those of them whose end was missed, and is to be reported
 * @round: number of the last dump that was begun
 * @dumping: it is under way
 * @dump_needed: events were lost, or none was read yet
 * @dump_known: one was read to its end
 * @dump_retry: not before this time, in jiffies
 * @unwatched: sessions of which no event will show the end
 * @missing: events lost since the last complete dump
 * @made_up: of those, the ones whose session was found all the same
 * @shown: of these, the ones that the last dump has shown, and no event yet
 * @started: create events exported; read by the statistics
 * @stopped: delete events
 * @lost: events that the socket had no room for, of all connections
 *
 * Of the listener's work, under the exporter's lock.
 */
struct nfl_natlog {
	struct nfl_messages *messages;
	struct nfl_export_account *account;
	struct nfl_natsessions sessions;
	struct list_head stale;
	u32 round;
	bool dumping;
	bool dump_needed;
	bool dump_known;
	unsigned long dump_retry;
	u64 unwatched;
	u64 missing;
	u64 made_up;
	u64 shown;
	u64 started;
	u64 stopped;
	u64 lost;
};

int nfl_natlog_begin(struct nfl_natlog *log);
void nfl_natlog_end(struct nfl_natlog *log);
void nfl_natlog_begins(struct nfl_natlog *log, const struct nfl_connection *connection);
void nfl_natlog_exists(struct nfl_natlog *log, const struct nfl_connection *connection);
void nfl_natlog_ends(struct nfl_natlog *log, const struct nfl_connection *connection);
void nfl_natlog_lost(struct nfl_natlog *log, u64 count);
void nfl_natlog_dumped(struct nfl_natlog *log, bool complete);
void nfl_natlog_tell_stale(struct nfl_natlog *log, unsigned int most);

#endif /* NFL_NAT_LOG_H */
