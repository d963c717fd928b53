/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT events (RFC 8158): conntrack's translations are reported to collectors.
 */
#ifndef NFL_NAT_LISTENER_H
#define NFL_NAT_LISTENER_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "nat/log.h"

struct net;
struct nfl_exporter;
struct nfl_natsocket;

/**
 * struct nfl_natevents - the listener of a namespace
 * @work: reads events; the only user of the fields below, unless noted
 * @events: the socket for events; NULL while disabled (under nfl_net.lock)
 * @dump: the socket for dumps of conntrack's table and for lookups in it
 * @buffer: the buffer for both sockets
 * @log: the sessions that are reported to collectors
 * @exporter: the exporter that sends the NAT events
 * @net: the namespace
 * @removal: is called when a module of the kernel is removed
 * @removed: nf_conntrack_netlink was removed
 * @dump_ended: the dump was read to its end, but the events before its end were not
 * @loads: how often nf_conntrack_netlink was requested since it was missing
 * @poll_begun: when the last dump, or the lookup of sessions without events was begun, in jiffies
 * @poll_at: when the next lookup is due, in jiffies
 * @sequence: number of the last request on @dump
 * @events_set: nf_conntrack_events was set to "always"
 * @times_wanted: nf_conntrack_timestamp was looked at
 * @times_set: it was set
 * @complained: the kernel log has the warning that nothing sends events
 * @stopping: the listener is being disabled: stop reading
 * @woken: an event has scheduled @work
 * @woken_at: when an event last scheduled @work, in jiffies
 * @room: octets of events that may wait in the socket; read by the statistics
 * @waiting: octets that did when it was last written or read; likewise
 * @drops: the socket's count of dropped events when it was last read
 * @drops_error: the same count when the socket last reported an error
 */
struct nfl_natevents {
	struct delayed_work work;
	struct nfl_natsocket *events;
	struct nfl_natsocket *dump;
	void *buffer;
	struct nfl_natlog log;
	struct nfl_exporter *exporter;
	struct net *net;
	struct notifier_block removal;
	bool removed;
	bool dump_ended;
	bool events_set;
	bool times_wanted;
	bool times_set;
	bool complained;
	bool stopping;
	bool woken;
	unsigned long woken_at;
	unsigned int loads;
	unsigned long poll_begun;
	unsigned long poll_at;
	u32 sequence;
	u32 room;
	u32 waiting;
	u32 drops;
	u32 drops_error;
};

void nfl_natevents_load(void);
int nfl_natevents_enable(struct nfl_natevents *nat, bool counts);
void nfl_natevents_disable(struct nfl_natevents *nat);
void nfl_natevents_init(struct nfl_natevents *nat, struct net *net, struct nfl_exporter *exporter);

#endif /* NFL_NAT_LISTENER_H */
