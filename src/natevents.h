/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT events (RFC 8158): what conntrack translates, told to collectors.
 */
#ifndef NFL_NATEVENTS_H
#define NFL_NATEVENTS_H

#include <linux/workqueue.h>

#include "natsession.h"

struct netflow;
struct socket;

/**
 * struct nfl_natevents - the listener of a namespace
 * @work: reads events; keeps all that follows, unless noted
 * @socket: events come by it; NULL while switched off (under netflow.lock)
 * @dump: conntrack's table comes by it, on request
 * @buffer: what is read from them
 * @sessions: told of and alive
 * @round: number of the last dump that was begun
 * @dumping: it is under way
 * @dump_needed: events were lost, or none was read yet
 * @dump_retry: not before this time, in jiffies
 * @drops: the socket's count of lost events when it was last looked at
 * @started: create events exported; read by the statistics
 * @stopped: delete events
 * @lost: events that the socket had no room for, made up for by a dump
 * @unmade: events that found no memory, which are lost for good
 */
struct nfl_natevents {
	struct delayed_work work;
	struct socket *socket;
	struct socket *dump;
	void *buffer;
	struct nfl_natsessions sessions;
	u32 round;
	bool dumping;
	bool dump_needed;
	unsigned long dump_retry;
	u32 drops;
	u64 started;
	u64 stopped;
	u64 lost;
	u64 unmade;
};

int nfl_natevents_enable(struct netflow *nf);
void nfl_natevents_disable(struct netflow *nf);
void nfl_natevents_init(struct netflow *nf);

#endif /* NFL_NATEVENTS_H */
