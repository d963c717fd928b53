// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAT events: an ordinary listener to conntrack's events, as conntrackd is.
 *
 * conntrack has one notifier slot, used by nf_conntrack_netlink, and generates events only
 * while a socket listens. So the module opens a netlink socket in the namespace, bound to
 * the groups NEW and DESTROY. This works with all sysctls at their defaults and does
 * not affect other listeners.
 *
 * A work item reads the socket and passes the events to log.c. At the start, and when the
 * socket overflows (ENOBUFS), the work item dumps conntrack's table, and log.c compares the
 * dump with its own table.
 *
 * The order of reads matters. A dump begins when the socket has been read to its end. An
 * event that is read after that is newer than the beginning of the dump, so the dump need
 * not contain its connection. If the DESTROY event of this connection was lost before the
 * dump began, that loss is detected after the dump and causes another dump.
 *
 * conntrack sends DESTROY before it removes the connection from its table. So if the table
 * does not contain a connection, its DESTROY event is in the socket or was lost. The
 * socket is read to its end before sessions that conntrack does not have are reported as
 * deleted.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kmod.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/string.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "base/alloc.h"
#include "base/works.h"
#include "compat/conntrack.h"
#include "export/exporter.h"
#include "nat/connection.h"
#include "nat/ctnetlink.h"
#include "nat/listener.h"

/* The largest message of a dump; no event is larger. */
#define BUFFER_SIZE		32768

/* The most events that are read at a time. */
#define EVENTS_A_TIME		256

/* The most connections that conntrack is asked for in the same time. */
#define LOOKUPS_A_TIME		64

/* nf_conntrack_netlink is requested so often, for five seconds. */
#define LOADS_MOST		50
#define LOAD_RETRY		(HZ / 10)
#define POLL_NEVER		ULONG_MAX

/*
 * Connections that existed before the listener started may have no DESTROY event:
 * conntrack decides that when it creates the connection. While there are such connections,
 * conntrack is asked for them this often, for at most one part in NFL_NATLOG_SHARE of the time.
 */
#define POLL_INTERVAL		(10UL * HZ)

/*
 * Note what waits in the socket. Event and reader may do this in any order: an event that
 * notes too much wakes the reader after that.
 */
static void note_waiting(struct nfl_natevents *nat, const struct sock *sk)
{
	WRITE_ONCE(nat->waiting, sk_rmem_alloc_get(sk));
}

/* Count the events that the socket dropped since the last call. */
static void note_drops(struct nfl_natevents *nat)
{
	const u32 drops = atomic_read(&nat->events->socket->sk->sk_drops);

	if (drops == nat->drops)
		return;
	nfl_natlog_lost(&nat->log, (u32)(drops - nat->drops));
	nat->drops = drops;
	pr_warn_ratelimited("natevents: conntrack's events came too fast, some were lost; reading its table\n");
}

/* The socket reports lost events: the socket dropped them, or conntrack had no memory. */
static void note_error(struct nfl_natevents *nat)
{
	note_drops(nat);
	if (nat->drops_error == nat->drops)
		nfl_natlog_lost(&nat->log, 1);
	nat->drops_error = nat->drops;
	/* drops may hide such an error; an unnecessary dump is better than a missed loss */
	nat->log.dump_needed = true;
}

static int message_error(const struct nlmsghdr *nlh)
{
	return nlmsg_len(nlh) >= (int)sizeof(struct nlmsgerr) ?
	       ((struct nlmsgerr *)nlmsg_data(nlh))->error : -EINVAL;
}

/* Is the message the end of a dump? If so, *@err is set to the error of the dump. */
static bool message_handle(struct nfl_natevents *nat, const struct nlmsghdr *nlh, bool dump,
			   int *err)
{
	struct nfl_connection connection;

	/* the rest of an earlier dump that was aborted */
	if (dump && nlh->nlmsg_seq != nat->sequence)
		return false;
	switch (nlh->nlmsg_type) {
	case NLMSG_DONE:
		*err = nlmsg_len(nlh) >= (int)sizeof(int) ? *(int *)nlmsg_data(nlh) : 0;
		return true;
	case NLMSG_ERROR:
		*err = message_error(nlh);
		return true;
	}
	if (!nfl_connection_parse(nlh, &connection) || !connection.is_translated)
		return false;
	note_drops(nat);
	if (dump)
		nfl_natlog_exists(&nat->log, &connection);
	else if (connection.is_new)
		nfl_natlog_begins(&nat->log, &connection);
	else
		nfl_natlog_ends(&nat->log, &connection);
	return false;
}

/*
 * Read one packet from a socket. Returns its length, 0 if it is not conntrack's, or an error:
 * -EAGAIN if there is none. A process with CAP_NET_ADMIN can send messages to the socket, too.
 */
static int packet_read(struct nfl_natevents *nat, struct nfl_natsocket *natsocket)
{
	struct kvec part = { .iov_base = nat->buffer, .iov_len = BUFFER_SIZE };
	struct sockaddr_nl from = { };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from) };
	int length;

	length = kernel_recvmsg(natsocket->socket, &msg, &part, 1, BUFFER_SIZE, MSG_DONTWAIT);
	if (length < 0)
		return length;
	if (from.nl_pid)
		return 0;
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : length;
}

/*
 * Read one packet from a socket. Returns -EAGAIN if there is none, another error,
 * 1 at the end of a dump, else 0.
 */
static int socket_read(struct nfl_natevents *nat, struct nfl_natsocket *natsocket)
{
	const struct nlmsghdr *nlh = nat->buffer;
	int length, err = 0;

	length = packet_read(nat, natsocket);
	if (length < 0)
		return length;
	for (; nlmsg_ok(nlh, length); nlh = nlmsg_next(nlh, &length)) {
		if (message_handle(nat, nlh, natsocket == nat->dump, &err))
			return err ?: 1;
	}
	return 0;
}

/* Returns true if the socket was read to its end. */
static bool events_read(struct nfl_natevents *nat, unsigned int most)
{
	int err;

	while (most--) {
		err = socket_read(nat, nat->events);
		if (err == -ENOBUFS)
			note_error(nat);
		if (err == -EAGAIN) {
			note_drops(nat);
			note_waiting(nat, nat->events->socket->sk);
			return true;
		}
	}
	note_drops(nat);
	note_waiting(nat, nat->events->socket->sk);
	return false;
}

/*
 * Make conntrack store when a connection begins and ends. It shows that a connection which a dump
 * has found began after the listener, and the times of events are exact. This is done once, since
 * an administrator may set it back.
 */
static void times_want(struct nfl_natevents *nat)
{
	if (!nat->times_wanted && !nfl_conntrack_times(nat->net)) {
		nfl_conntrack_set_times(nat->net, true);
		nat->times_set = true;
	}
	nat->times_wanted = true;
}

static void times_unwant(struct nfl_natevents *nat)
{
	if (nat->times_set && nfl_conntrack_times(nat->net))
		nfl_conntrack_set_times(nat->net, false);
	nat->times_set = false;
	nat->times_wanted = false;
}

/*
 * Make conntrack generate events. By default it generates them while a socket listens. But
 * conntrack has one flag for all namespaces and clears it when the last listener of one
 * namespace closes, even if sockets of other namespaces listen. While this listener is
 * open, "always" has the same effect and is reliable.
 */
static void events_want(struct nfl_natevents *nat)
{
	switch (nfl_conntrack_events(nat->net)) {
	case NFL_CONNTRACK_EVENTS_AUTO:
		nfl_conntrack_set_events(nat->net, NFL_CONNTRACK_EVENTS_ALWAYS);
		nat->events_set = true;
		break;
	case NFL_CONNTRACK_EVENTS_NEVER:
		pr_warn_ratelimited("natevents: net.netfilter.nf_conntrack_events is 0: conntrack's table is read now and then instead, which misses short connections: set it to 1\n");
		break;
	}
	times_want(nat);
	nfl_natlog_listens(&nat->log,
			   nfl_conntrack_events(nat->net) == NFL_CONNTRACK_EVENTS_ALWAYS,
			   NFL_CONNTRACK_HAS_TIMES && nfl_conntrack_times(nat->net));
}

static void events_unwant(struct nfl_natevents *nat)
{
	if (nat->events_set &&
	    nfl_conntrack_events(nat->net) == NFL_CONNTRACK_EVENTS_ALWAYS)
		nfl_conntrack_set_events(nat->net, NFL_CONNTRACK_EVENTS_AUTO);
	nat->events_set = false;
}

/*
 * Request nf_conntrack_netlink without waiting for it: loading the module waits for
 * namespaces that are being created or removed, and their removal waits for this work
 * item. A dump request without the module would make nfnetlink load it and wait.
 */
static bool dump_possible(struct nfl_natevents *nat)
{
	if (nfl_conntrack_speaks(nat->net))
		return true;
	nat->log.dump_needed = true;
	if (nat->loads < LOADS_MOST) {
		nat->loads++;
		request_module_nowait("nfnetlink-subsys-%d", NFNL_SUBSYS_CTNETLINK);
		nat->log.dump_retry = jiffies + LOAD_RETRY;
		return false;
	}
	nat->log.dump_retry = jiffies + NFL_NATLOG_RETRY;
	if (!nat->complained)
		pr_warn("natevents: no events from conntrack: nf_conntrack_netlink is not loaded, or the kernel has none\n");
	nat->complained = true;
	return false;
}

/* Note when conntrack is asked next for sessions without events; it was since nat->poll_begun. */
static void poll_next(struct nfl_natevents *nat)
{
	nat->poll_at = jiffies + max(POLL_INTERVAL,
				     NFL_NATLOG_SHARE * (jiffies - nat->poll_begun));
}

static void dump_finish(struct nfl_natevents *nat, bool complete)
{
	nat->dump_ended = false;
	nat->log.dump_took = jiffies - nat->poll_begun;
	poll_next(nat);
	nfl_natlog_dumped(&nat->log, complete);
}

static void dump_begin(struct nfl_natevents *nat)
{
	int err;

	if (!dump_possible(nat))
		return;
	events_want(nat);
	nat->log.dump_needed = false;
	nat->poll_begun = jiffies;
	nat->log.shown = 0;
	nat->log.round++;
	err = nfl_natsocket_ask(nat->dump, ++nat->sequence);
	if (err) {
		pr_warn_ratelimited("natevents: conntrack's table cannot be read, error %pe: has the kernel nf_conntrack_netlink?\n",
				    ERR_PTR(err));
		nat->log.dump_needed = true;
		nat->log.dump_retry = jiffies + NFL_NATLOG_RETRY;
		return;
	}
	nat->log.dumping = true;
}

/*
 * Open a new socket after a dump failed: conntrack continues the failed dump and accepts no
 * other dump request on the same socket meanwhile.
 */
static void dump_anew(struct nfl_natevents *nat)
{
	struct nfl_natsocket *dump = nfl_natsocket_open(nat->net, &nat->exporter->works, 0);

	if (IS_ERR(dump))
		return;
	nfl_natsocket_close(nat->dump);
	nat->dump = dump;
}

/* Read a part of the dump. */
static void dump_read(struct nfl_natevents *nat)
{
	const int err = socket_read(nat, nat->dump);

	if (!err)
		return;
	if (err == 1) {
		nat->dump_ended = true;
		return;
	}
	pr_warn_ratelimited("natevents: reading conntrack's table failed, error %pe%s\n",
			    ERR_PTR(err), err == -EINVAL || err == -EOPNOTSUPP ?
			    ": the kernel has no nf_conntrack_netlink" : "");
	dump_finish(nat, false);
	dump_anew(nat);
	nat->log.dump_needed = true;
	nat->log.dump_retry = jiffies + NFL_NATLOG_RETRY;
}

/*
 * Ask conntrack for a connection. Returns 1 if it has one with these end points, 0 if none, or an
 * error. The answer is in the socket when the question was sent: conntrack answers at once.
 */
static int connection_find(struct nfl_natevents *nat, const struct nfl_natsession *session,
			   struct nfl_connection *connection)
{
	const struct nlmsghdr *nlh = nat->buffer;
	int err, length;

	err = nfl_natsocket_find(nat->dump, &session->key, ++nat->sequence);
	if (err)
		return err;
	/* the rest of a dump that was aborted may come before it */
	while ((length = packet_read(nat, nat->dump)) >= 0) {
		if (!nlmsg_ok(nlh, length) || nlh->nlmsg_seq != nat->sequence)
			continue;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			err = message_error(nlh);
			return err == -ENOENT ? 0 : err ?: -EINVAL;
		}
		return nfl_connection_parse(nlh, connection) ? 1 : -EINVAL;
	}
	return length;
}

/* Look up some sessions, or report those that were not found. */
static void sessions_find(struct nfl_natevents *nat, bool drained)
{
	const bool polling = nat->log.polling;
	struct nfl_connection connection;
	struct nfl_natsession *session;
	unsigned int most = LOOKUPS_A_TIME;
	int found;

	if (!nfl_natlog_clear(&nat->log, drained, EVENTS_A_TIME))
		return;
	while (most--) {
		session = nfl_natlog_doubtful(&nat->log);
		if (!session)
			break;
		found = nfl_conntrack_speaks(nat->net) ?
			connection_find(nat, session, &connection) : -EOPNOTSUPP;
		if (found < 0) {
			pr_warn_ratelimited("natevents: conntrack cannot be asked for a connection, error %pe\n",
					    ERR_PTR(found));
			nat->log.comparing = false;
			nat->log.polling = 0;
			nat->log.dump_needed = true;
			nat->log.dump_retry = jiffies + NFL_NATLOG_RETRY;
			break;
		}
		nfl_natlog_looked_up(&nat->log, session, found ? &connection : NULL);
	}
	if (polling && !nat->log.polling)
		poll_next(nat);
}

/* Jiffies until the next dump or lookup; POLL_NEVER if only events can make one necessary. */
static unsigned long poll_delay(const struct nfl_natevents *nat)
{
	long delay;

	if (nat->log.dumping)
		return POLL_NEVER;
	if (nat->log.dump_needed)
		delay = nat->log.dump_retry - jiffies;
	else if (nat->log.unwatched_count ||
		 nfl_conntrack_events(nat->net) == NFL_CONNTRACK_EVENTS_NEVER)
		delay = nat->poll_at - jiffies;
	else
		return POLL_NEVER;
	return max(delay, 0L);
}

/* Without events only a dump shows new connections. */
static void poll_begin(struct nfl_natevents *nat)
{
	if (nat->log.dump_needed ||
	    nfl_conntrack_events(nat->net) == NFL_CONNTRACK_EVENTS_NEVER) {
		dump_begin(nat);
		return;
	}
	nat->poll_begun = jiffies;
	nat->log.polling = nat->log.unwatched_count;
}

/*
 * nf_conntrack_netlink is gone, and sends no events until it is loaded again. This requests it, as
 * enabling the listener does.
 */
static void note_removal(struct nfl_natevents *nat)
{
	if (!READ_ONCE(nat->removed))
		return;
	WRITE_ONCE(nat->removed, false);
	pr_warn_ratelimited("natevents: nf_conntrack_netlink was removed, events are lost until it is loaded again\n");
	nfl_natlog_interrupted(&nat->log);
	nat->loads = 0;
	nat->complained = false;
}

/* Read some events, and a part of a dump or of lookups that are due; true if there is more. */
static bool read_some(struct nfl_natevents *nat)
{
	const bool drained = events_read(nat, EVENTS_A_TIME);

	if (nat->log.dumping && !nat->dump_ended)
		dump_read(nat);
	else if (nat->log.dumping && drained)
		/* DESTROY events from before the end of the dump have been read or were lost */
		dump_finish(nat, true);
	else if (nfl_natlog_doubts(&nat->log))
		sessions_find(nat, drained);
	else if (drained && !poll_delay(nat))
		poll_begin(nat);
	return !drained || nat->log.dumping || nfl_natlog_doubts(&nat->log);
}

static void natevents_work(struct work_struct *work)
{
	struct nfl_natevents *nat = container_of(to_delayed_work(work), struct nfl_natevents, work);
	unsigned long delay;
	bool more;

	WRITE_ONCE(nat->woken, false);
	/* an event that found nat->woken true is in the socket, which is read after this */
	smp_mb();
	do {
		if (nfl_transport_is_full(&nat->exporter->transport, NFL_LOG_EVENTS)) {
			/* the socket buffers events meanwhile */
			delay = 1;
			break;
		}
		note_removal(nat);
		more = read_some(nat);
		delay = poll_delay(nat);
		cond_resched();
	} while (more && !READ_ONCE(nat->stopping));

	if (delay != POLL_NEVER && !READ_ONCE(nat->stopping))
		queue_delayed_work(nfl_workqueue, &nat->work, delay);
}

/*
 * Waking a process for each event would be expensive, and it would delay the packet. The
 * first event in a jiffy wakes the reader at once. After that, the reader runs in the next
 * jiffy for all further events. (If conntrack records no timestamps, the reported times of
 * these events are later by this delay.)
 */
static void wake_reader(struct nfl_natevents *nat)
{
	const unsigned long now = jiffies;

	if (READ_ONCE(nat->woken))
		return;
	WRITE_ONCE(nat->woken, true);
	mod_delayed_work(nfl_workqueue, &nat->work, READ_ONCE(nat->woken_at) == now);
	WRITE_ONCE(nat->woken_at, now);
}

/* Context: softirq, as conntrack delivers an event. */
static void event_ready(struct sock *sk)
{
	struct nfl_natevents *nat;

	read_lock_bh(&sk->sk_callback_lock);
	nat = sk->sk_user_data;
	if (nat) {
		note_waiting(nat, sk);
		wake_reader(nat);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

/* Context: process, as a module is removed: its own exit function has run. */
static int module_changes(struct notifier_block *block, unsigned long action, void *data)
{
	struct nfl_natevents *nat = container_of(block, struct nfl_natevents, removal);
	const struct module *module = data;

	if (action == MODULE_STATE_GOING && !strcmp(module->name, "nf_conntrack_netlink")) {
		WRITE_ONCE(nat->removed, true);
		mod_delayed_work(nfl_workqueue, &nat->work, 0);
	}
	return NOTIFY_DONE;
}

/**
 * nfl_natevents_load() - load nf_conntrack_netlink before it is needed
 *
 * Context: process; sleeps. Called by module init: the caller holds no lock that the
 *	creation or removal of a namespace may wait for.
 */
void nfl_natevents_load(void)
{
	request_module("nfnetlink-subsys-%d", NFNL_SUBSYS_CTNETLINK);
}

/**
 * nfl_natevents_enable() - start reporting NAT sessions
 * @nat: the listener; the exporter is running
 * @counts: events of ends have the counters of conntrack
 *
 * Existing sessions are reported as created. If it is enabled, only @counts changes.
 *
 * Context: process; sleeps. The caller holds the namespace's lock.
 * Return: 0, or a negative error, which was logged.
 */
int nfl_natevents_enable(struct nfl_natevents *nat, bool counts)
{
	struct nfl_natsocket *events, *dump;
	int err;

	WRITE_ONCE(nat->log.counts, counts);
	if (nat->events)
		return 0;
	err = nfl_natlog_begin(&nat->log);
	if (err)
		goto err_log;
	nat->buffer = nfl_alloc(BUFFER_SIZE);
	if (!nat->buffer) {
		err = -ENOMEM;
		goto err_sessions;
	}
	dump = nfl_natsocket_open(nat->net, &nat->exporter->works, 0);
	if (IS_ERR(dump)) {
		err = PTR_ERR(dump);
		goto err_buffer;
	}
	events = nfl_natsocket_open(nat->net, &nat->exporter->works,
				    1 << (NFNLGRP_CONNTRACK_NEW - 1) |
				    1 << (NFNLGRP_CONNTRACK_DESTROY - 1));
	if (IS_ERR(events)) {
		err = PTR_ERR(events);
		goto err_dump;
	}
	nat->removal.notifier_call = module_changes;
	err = register_module_notifier(&nat->removal);
	if (err)
		goto err_events;
	nat->dump = dump;
	WRITE_ONCE(nat->events, events);

	WRITE_ONCE(nat->room, events->socket->sk->sk_rcvbuf);
	nat->drops = 0;
	nat->drops_error = 0;
	nat->dump_ended = false;
	nat->removed = false;
	nat->complained = false;
	nat->stopping = false;
	nat->woken = false;
	nat->woken_at = jiffies - 1;
	nat->loads = 0;
	if (nfl_conntrack_speaks(nat->net))
		events_want(nat);
	nfl_natsocket_listen(nat->events, event_ready, nat);
	mod_delayed_work(nfl_workqueue, &nat->work, 0);
	pr_info("enable natevents.\n");
	return 0;

err_events:
	nfl_natsocket_close(events);
err_dump:
	nfl_natsocket_close(dump);
err_buffer:
	kvfree(nat->buffer);
	nat->buffer = NULL;
err_sessions:
	nfl_natlog_end(&nat->log);
err_log:
	pr_err("natevents: no events from conntrack, error %pe: has the kernel nf_conntrack_netlink?\n",
	       ERR_PTR(err));
	return err;
}

/**
 * nfl_natevents_disable() - stop reporting NAT sessions
 * @nat: the listener
 *
 * No session is reported as deleted, since the connections still exist.
 *
 * Context: process; sleeps. The caller holds the namespace's lock, or the namespace is
 *	being removed.
 */
void nfl_natevents_disable(struct nfl_natevents *nat)
{
	if (!nat->events)
		return;
	unregister_module_notifier(&nat->removal);
	nfl_natsocket_listen(nat->events, NULL, NULL);
	/* reading the rest could take long */
	WRITE_ONCE(nat->stopping, true);
	cancel_delayed_work_sync(&nat->work);
	events_unwant(nat);
	times_unwant(nat);
	nfl_natsocket_close(nat->events);
	nfl_natsocket_close(nat->dump);
	WRITE_ONCE(nat->events, NULL);
	nat->dump = NULL;
	WRITE_ONCE(nat->waiting, 0);
	kvfree(nat->buffer);
	nat->buffer = NULL;
	nfl_natlog_end(&nat->log);
	pr_info("disable natevents.\n");
}

/**
 * nfl_natevents_init() - initialise; the listener is disabled
 * @nat: the listener, all 0
 * @net: the namespace
 * @exporter: the exporter that sends the NAT events
 */
void nfl_natevents_init(struct nfl_natevents *nat, struct net *net, struct nfl_exporter *exporter)
{
	nat->net = net;
	nat->exporter = exporter;
	nat->log.events = &exporter->transport.log[NFL_LOG_EVENTS];
	INIT_DELAYED_WORK(&nat->work, natevents_work);
}
