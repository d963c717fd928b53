/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT events (RFC 8158): what conntrack translates, told to collectors.
 */
#ifndef NFL_NAT_LISTENER_H
#define NFL_NAT_LISTENER_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "nat/log.h"

struct net;
struct nfl_exporter;
struct nfl_natsocket;

/**
 * struct nfl_natevents - the listener of a namespace
 * @work: reads events; keeps all that follows, unless noted
 * @events: they come by it; NULL while switched off (under nfl_net.lock)
 * @dump: conntrack's table comes by it, on request
 * @buffer: what is read from them
 * @log: what is reported to collectors
 * @exporter: by which they are
 * @net: the namespace
 * @dump_ended: it was read to its end, but not yet the events before that
 * @enabled: when it was switched on, in jiffies
 * @dump_begun: when the last was begun, in jiffies
 * @dump_poll: when the next is to be read for want of events, in jiffies
 * @events_set: conntrack was told to make events always
 * @complained: the log says that nothing sends events
 * @stopping: it is being switched off: read no more
 * @woken: an event has seen to it that events are read
 * @woken_at: when that was last, in jiffies
 * @drops: the socket's count of lost events when it was last looked at
 * @drops_error: and when it last reported them
 */
struct nfl_natevents {
	struct delayed_work work;
	struct nfl_natsocket *events;
	struct nfl_natsocket *dump;
	void *buffer;
	struct nfl_natlog log;
	struct nfl_exporter *exporter;
	struct net *net;
	bool dump_ended;
	bool events_set;
	bool complained;
	bool stopping;
	bool woken;
	unsigned long woken_at;
	unsigned long enabled;
	unsigned long dump_begun;
	unsigned long dump_poll;
	u32 drops;
	u32 drops_error;
};

void nfl_natevents_load(void);
int nfl_natevents_enable(struct nfl_natevents *nat);
void nfl_natevents_disable(struct nfl_natevents *nat);
void nfl_natevents_init(struct nfl_natevents *nat, struct net *net, struct nfl_exporter *exporter);

#endif /* NFL_NAT_LISTENER_H */
