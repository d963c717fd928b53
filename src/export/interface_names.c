// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of interfaces and VRFs, for collectors, which know them by numbers.
 *
 * A concentrator has thousands of interfaces. All their names at a time would overrun
 * a collector, so a round of them is spread over NFL_PACE_PERIOD: each is told of once
 * in it. Out of turn comes what is new or has another name, since its first flows may
 * be exported soon, and the round that follows leaves it out. When a destination was
 * connected, or the numbers have changed, a round goes as fast as NFL_PACE_DELAY lets
 * it.
 */
#include <linux/netdevice.h>
#include <net/l3mdev.h>

#include "base/utf8.h"
#include "export/interface_names.h"
#include "export/interface_numbers.h"
#include "export/messages.h"
#include "export/worker.h"
#include "protocol/template.h"

/* To be told of out of turn; was told of so, ahead of the round. */
#define MARK_NEW	XA_MARK_0
#define MARK_TOLD	XA_MARK_1

/**
 * nfl_names_note() - an interface has come, or has another name
 * @names: the names of its namespace
 * @dev: the interface
 *
 * Context: process; RTNL is held.
 */
void nfl_names_note(struct nfl_names *names, const struct net_device *dev)
{
	const bool waiting = xa_marked(&names->present, MARK_NEW);

	/* without memory the interface has no name, until something else happens to it */
	if (!xa_load(&names->present, dev->ifindex) &&
	    !xa_err(xa_store(&names->present, dev->ifindex, xa_mk_value(0), GFP_KERNEL)))
		WRITE_ONCE(names->count, names->count + 1);
	xa_set_mark(&names->present, dev->ifindex, MARK_NEW);
	/* one wakes the exporter for all that come until it has told of them */
	if (!waiting)
		nfl_export_wake(names->worker, NFL_PACE_DELAY);
}

/**
 * nfl_names_gone() - an interface has gone
 * @names: the names of its namespace
 * @dev: the interface
 *
 * Context: process; RTNL is held.
 */
void nfl_names_gone(struct nfl_names *names, const struct net_device *dev)
{
	if (xa_erase(&names->present, dev->ifindex))
		WRITE_ONCE(names->count, names->count - 1);
}

/* Returns false if the interface has gone. */
static bool tell(struct nfl_names *names, unsigned long index)
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
		/* some collectors show this one only */
		nfl_utf8_set(interface.description, sizeof(interface.description),
			     alias ? alias->ifalias : dev->name);
		is_vrf = netif_is_l3_master(dev);
		vrf = interface;
		vrf.index = is_vrf ? l3mdev_fib_table_rcu(dev) : 0;
	}
	rcu_read_unlock();
	if (!dev)
		return false;
	nfl_export_add(names->messages, NFL_RECORD_OPTIONS, NFL_TEMPLATE_INTERFACE, &interface);
	if (is_vrf)
		nfl_export_add(names->messages, NFL_RECORD_OPTIONS, NFL_TEMPLATE_VRF, &vrf);
	return true;
}

/* Those out of turn. Returns how many there were, up to a batch. */
static unsigned int tell_new(struct nfl_names *names)
{
	unsigned int told = 0;
	unsigned long index;
	void *entry;

	xa_for_each_marked(&names->present, index, entry, MARK_NEW) {
		/* first, since it may have another name again */
		xa_clear_mark(&names->present, index, MARK_NEW);
		told += tell(names, index);
		if (index > names->last && !time_before(jiffies, names->pace.begin))
			xa_set_mark(&names->present, index, MARK_TOLD);
		if (told == NFL_PACE_BATCH)
			break;
	}
	return told;
}

/* The next @count of the round. Returns whether there may be more. */
static bool tell_round(struct nfl_names *names, unsigned int count)
{
	while (xa_find_after(&names->present, &names->last, ULONG_MAX, XA_PRESENT)) {
		if (xa_get_mark(&names->present, names->last, MARK_TOLD))
			xa_clear_mark(&names->present, names->last, MARK_TOLD);
		else if (tell(names, names->last) && !--count)
			return true;
	}
	names->last = 0;
	return false;
}

/* A round that does not take its time, from the first. */
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
 * @names: the names, their exporter locked
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
	}
}

/**
 * nfl_names_delay() - when names will be due
 * @names: the names, their exporter locked
 *
 * Return: jiffies from now.
 */
unsigned long nfl_names_delay(const struct nfl_names *names)
{
	return nfl_pace_delay(&names->pace, jiffies, READ_ONCE(names->count),
			      xa_marked(&names->present, MARK_NEW));
}

/**
 * nfl_names_hurry() - export all names soon
 * @names: the names, their exporter locked
 *
 * A round in a hurry that goes on is not cut off: if that came again and again, the
 * last ones would never be told of.
 */
void nfl_names_hurry(struct nfl_names *names)
{
	if (names->pace.hurry && names->last)
		names->again = true;
	else
		round_hurry(names);
}

/**
 * nfl_names_init() - no names are known
 * @names: the names
 * @net: the namespace that they are of
 * @messages: where they are told
 * @numbers: what collectors know the interfaces by
 * @worker: woken when there is something to tell
 */
void nfl_names_init(struct nfl_names *names, struct net *net, struct nfl_messages *messages,
		    struct nfl_interface_numbers *numbers, struct nfl_worker *worker)
{
	names->net = net;
	names->messages = messages;
	names->numbers = numbers;
	names->worker = worker;
	xa_init(&names->present);
	names->pace.next = jiffies;
	nfl_pace_begin(&names->pace, jiffies, true);
}

/**
 * nfl_names_forget() - forget all names
 * @names: the names; no exporter runs, and of interfaces nothing is told any more
 */
void nfl_names_forget(struct nfl_names *names)
{
	xa_destroy(&names->present);
}
