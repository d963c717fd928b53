// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of interfaces and VRFs. Flow records contain only their numbers.
 *
 * A concentrator has thousands of interfaces. Exporting all names at once would overrun
 * a collector, so a round of names is spread over NFL_PACE_PERIOD; each name is exported
 * once per round. New and renamed interfaces are exported out of turn, since their first
 * flows may be exported soon, and are left out of the next round. After the numbers have
 * changed, a round is as fast as NFL_PACE_DELAY allows. So is the first one; sessions that
 * begin later get a round for them alone.
 */
#include <linux/netdevice.h>
#include <net/l3mdev.h>

#include "base/utf8.h"
#include "export/interface_names.h"
#include "export/interface_numbers.h"
#include "export/worker.h"
#include "protocol/template.h"
#include "transport/log.h"

/* The name is to be exported out of turn; it was exported so, before its turn in the round. */
#define MARK_NEW	XA_MARK_0
#define MARK_TOLD	XA_MARK_1

/**
 * nfl_names_note() - an interface was added or renamed
 * @names: the names of its namespace
 * @dev: the interface
 *
 * Context: process. The caller holds RTNL.
 */
void nfl_names_note(struct nfl_names *names, const struct net_device *dev)
{
	const bool waiting = xa_marked(&names->present, MARK_NEW);

	/* without memory the interface has no name until the next event of the interface */
	if (!xa_load(&names->present, dev->ifindex) &&
	    !xa_err(xa_store(&names->present, dev->ifindex, xa_mk_value(0), GFP_KERNEL)))
		WRITE_ONCE(names->count, names->count + 1);
	xa_set_mark(&names->present, dev->ifindex, MARK_NEW);
	/* the first one wakes the exporter for all that follow until they are exported */
	if (!waiting)
		nfl_export_wake(names->worker, NFL_PACE_DELAY);
}

/**
 * nfl_names_gone() - an interface was removed
 * @names: the names of its namespace
 * @dev: the interface
 *
 * Context: process. The caller holds RTNL.
 */
void nfl_names_gone(struct nfl_names *names, const struct net_device *dev)
{
	if (xa_erase(&names->present, dev->ifindex))
		WRITE_ONCE(names->count, names->count - 1);
}

/* Export a name, to sessions from number @first on. Returns false if the interface was removed. */
static bool tell(struct nfl_names *names, unsigned long index, u32 first)
{
	struct nfl_interface interface, vrf;
	const struct net_device *dev;
	bool is_vrf = false;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(names->net, index);
	if (dev) {
		const struct dev_ifalias *alias = rcu_dereference(dev->ifalias);

		interface.index = nfl_interface_number(names->numbers, index);
		nfl_utf8_set(interface.name, sizeof(interface.name), dev->name);
		/* some collectors show only the description */
		nfl_utf8_set(interface.description, sizeof(interface.description),
			     alias ? alias->ifalias : dev->name);
		is_vrf = netif_is_l3_master(dev);
		vrf = interface;
		vrf.index = is_vrf ? l3mdev_fib_table_rcu(dev) : 0;
	}
	rcu_read_unlock();
	if (!dev)
		return false;
	nfl_log_append_options(names->log, &(struct nfl_stored_options) {
		.which = NFL_TEMPLATE_INTERFACE,
		.first = first,
		.interface = interface,
	});
	if (is_vrf)
		nfl_log_append_options(names->log, &(struct nfl_stored_options) {
			.which = NFL_TEMPLATE_VRF,
			.first = first,
			.interface = vrf,
		});
	return true;
}

/* Export names out of turn. Returns their number, at most a batch. */
static unsigned int tell_new(struct nfl_names *names)
{
	unsigned int told = 0;
	unsigned long index;
	void *entry;

	xa_for_each_marked(&names->present, index, entry, MARK_NEW) {
		/* clear the mark first, since the interface may be renamed again */
		xa_clear_mark(&names->present, index, MARK_NEW);
		told += tell(names, index, 0);
		if (index > names->last && !time_before(jiffies, names->pace.begin))
			xa_set_mark(&names->present, index, MARK_TOLD);
		if (told == NFL_PACE_BATCH)
			break;
	}
	return told;
}

/* Export the next @count names of the round. Returns whether there may be more. */
static bool tell_round(struct nfl_names *names, unsigned int count)
{
	while (xa_find_after(&names->present, &names->last, ULONG_MAX, XA_PRESENT)) {
		if (xa_get_mark(&names->present, names->last, MARK_TOLD))
			xa_clear_mark(&names->present, names->last, MARK_TOLD);
		else if (tell(names, names->last, 0) && !--count)
			return true;
	}
	names->last = 0;
	return false;
}

/* Export the next @count names of the round for sessions that have begun. */
static void tell_begun(struct nfl_names *names, unsigned int count)
{
	while (xa_find_after(&names->present, &names->begun_last, ULONG_MAX, XA_PRESENT)) {
		if (tell(names, names->begun_last, names->begun) && !--count)
			return;
	}
	names->begun_last = 0;
	names->begun = names->begun_again;
	names->begun_again = 0;
}

/* Start a fast round at the first name. */
static void round_hurry(struct nfl_names *names)
{
	unsigned long index;
	void *entry;

	xa_for_each_marked(&names->present, index, entry, MARK_TOLD)
		xa_clear_mark(&names->present, index, MARK_TOLD);
	nfl_pace_begin(&names->pace, jiffies, true);
	names->last = 0;
	names->again = false;
}

/**
 * nfl_names_export() - export the names that are due
 * @names: the names
 *
 * Context: process. The caller holds the sender's lock.
 */
void nfl_names_export(struct nfl_names *names)
{
	struct nfl_pace *pace = &names->pace;
	const unsigned long now = jiffies;
	bool more;

	if (time_before(now, pace->next))
		return;
	if (tell_new(names)) {
		nfl_pace_did(pace, now, 0, false);
	} else if (nfl_pace_due(pace, now, READ_ONCE(names->count))) {
		more = tell_round(names, NFL_PACE_BATCH);
		nfl_pace_did(pace, now, NFL_PACE_BATCH, !more);
		if (!more && names->again)
			round_hurry(names);
	} else if (names->begun) {
		tell_begun(names, NFL_PACE_BATCH);
		nfl_pace_did(pace, now, 0, false);
	}
}

/**
 * nfl_names_delay() - the time until names are due
 * @names: the names
 *
 * Context: process. The caller holds the sender's lock.
 * Return: jiffies from now.
 */
unsigned long nfl_names_delay(const struct nfl_names *names)
{
	return nfl_pace_delay(&names->pace, jiffies, READ_ONCE(names->count),
			      names->begun || xa_marked(&names->present, MARK_NEW));
}

/**
 * nfl_names_begin() - export all names soon to sessions that have begun
 * @names: the names
 * @session: the number of the first of these sessions
 *
 * If such a round is running another one follows. So frequent changes of the destinations
 * neither keep the last names from them, nor do they change when others get names.
 *
 * Context: process. The caller holds the sender's lock.
 */
void nfl_names_begin(struct nfl_names *names, u32 session)
{
	if (!names->begun)
		names->begun = session;
	else if (!names->begun_again)
		names->begun_again = session;
}

/**
 * nfl_names_hurry() - export all names soon
 * @names: the names
 *
 * A fast round that is running is not restarted: repeated restarts would keep the last
 * names from being exported.
 *
 * Context: process. The caller holds the sender's lock.
 */
void nfl_names_hurry(struct nfl_names *names)
{
	if (names->pace.hurry && names->last)
		names->again = true;
	else
		round_hurry(names);
}

/**
 * nfl_names_init() - initialise; there are no names yet
 * @names: the names
 * @net: the namespace
 * @log: the log of options data
 * @numbers: the numbers of the interfaces
 * @worker: woken when a name is due
 */
void nfl_names_init(struct nfl_names *names, struct net *net, struct nfl_log *log,
		    struct nfl_interface_numbers *numbers, struct nfl_worker *worker)
{
	names->net = net;
	names->log = log;
	names->numbers = numbers;
	names->worker = worker;
	xa_init(&names->present);
	names->pace.next = jiffies;
	nfl_pace_begin(&names->pace, jiffies, true);
}

/**
 * nfl_names_forget() - remove all names
 * @names: the names; the exporter is stopped, and the notifier is unregistered
 */
void nfl_names_forget(struct nfl_names *names)
{
	xa_destroy(&names->present);
}
