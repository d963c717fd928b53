// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of interfaces by their names (snmp-rules): for a collector that is to
 * know a PPP interface by the same number tomorrow, whatever index it has then.
 *
 * A name is looked at when the kernel tells that an interface has come or has
 * another name, and the number is kept by the index. So a record costs no search
 * for a name, and flows of an interface that is gone still have its number: they
 * are exported when it has been gone for a while.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "export/interface_numbers.h"
#include "export/interface_rules.h"

/* How long after its last flow the number of one that is gone is kept, in seconds. */
#define FORGET_DELAY	60

/* A number that is not the index. @gone: jiffies at which the interface went, or 0. */
struct numbered {
	u32 number;
	unsigned long gone;
	struct rcu_head rcu;
};

u32 nfl_interface_numbered(struct nfl_interfaces *interfaces, u32 index)
{
	const struct numbered *numbered;
	u32 number;

	rcu_read_lock();
	numbered = xa_load(&interfaces->numbers, index);
	number = numbered ? numbered->number : index;
	rcu_read_unlock();
	return number;
}

/* Put @new, which may be NULL, where a number was. */
static void replace(struct nfl_interfaces *interfaces, u32 index, struct numbered *new)
{
	struct numbered *old = xa_store(&interfaces->numbers, index, new, GFP_KERNEL);

	if (xa_is_err(old)) {
		/* no memory: it has its index as its number */
		kfree(new);
		old = xa_erase(&interfaces->numbers, index);
	}
	if (old)
		kfree_rcu(old, rcu);
}

/* An interface has come, or has another name, or there are other rules. */
static void number(struct nfl_interfaces *interfaces, const struct net_device *dev)
{
	struct numbered *new = NULL;
	u32 value;

	ASSERT_RTNL();
	if (interfaces->rules && nfl_ifrules_number(interfaces->rules, dev->name, &value)) {
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (new)
			new->number = value;
	}
	replace(interfaces, dev->ifindex, new);
}

static void note_gone(struct nfl_interfaces *interfaces, const struct net_device *dev)
{
	struct numbered *numbered;

	rcu_read_lock();
	numbered = xa_load(&interfaces->numbers, dev->ifindex);
	if (numbered)
		WRITE_ONCE(numbered->gone, jiffies ?: 1);
	rcu_read_unlock();
}

static int notified(struct notifier_block *notifier, unsigned long event, void *info)
{
	struct nfl_interfaces *interfaces = container_of(notifier, struct nfl_interfaces, notifier);
	const struct net_device *dev = netdev_notifier_info_to_dev(info);

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		number(interfaces, dev);
		break;
	case NETDEV_UNREGISTER:
		note_gone(interfaces, dev);
		break;
	}
	return NOTIFY_DONE;
}

/**
 * nfl_interfaces_forget() - forget the numbers of interfaces that are long gone
 * @interfaces: the interfaces
 * @inactive: seconds for which they may still have flows
 *
 * Context: process.
 */
void nfl_interfaces_forget(struct nfl_interfaces *interfaces, u32 inactive)
{
	const unsigned long delay = (inactive + FORGET_DELAY) * HZ;
	struct numbered *numbered;
	unsigned long index;

	rcu_read_lock();
	xa_for_each(&interfaces->numbers, index, numbered) {
		const unsigned long gone = READ_ONCE(numbered->gone);

		/* another may have its index by now: this one goes, or none */
		if (gone && time_after(jiffies, gone + delay) &&
		    xa_cmpxchg(&interfaces->numbers, index, numbered, NULL, GFP_ATOMIC) == numbered)
			kfree_rcu(numbered, rcu);
	}
	rcu_read_unlock();
}

/**
 * nfl_interfaces_init() - each has its index as its number
 * @interfaces: the interfaces
 * @net: their namespace
 */
void nfl_interfaces_init(struct nfl_interfaces *interfaces, struct net *net)
{
	interfaces->net = net;
	xa_init(&interfaces->numbers);
	interfaces->notifier.notifier_call = notified;
}

/**
 * nfl_interfaces_check() - could these be rules?
 * @text: their text
 *
 * Return: 0; -EINVAL, -ENOMEM.
 */
int nfl_interfaces_check(const char *text)
{
	struct nfl_ifrules *rules = NULL;
	const int err = nfl_ifrules_parse(text, &rules);

	kfree(rules);
	return err;
}

/* Give all interfaces their numbers anew. */
static void renumber(struct nfl_interfaces *interfaces)
{
	struct numbered *numbered;
	struct net_device *dev;
	unsigned long index;

	xa_for_each(&interfaces->numbers, index, numbered)
		replace(interfaces, index, NULL);
	if (!interfaces->rules)
		return;
	for_each_netdev(interfaces->net, dev)
		number(interfaces, dev);
}

/**
 * nfl_interfaces_set() - number interfaces by other rules from now on
 * @interfaces: the interfaces, under the settings_lock of their namespace, or being made
 *	or dying; not under its lock
 * @text: the rules; empty for none
 * @changed: set if there are other rules now
 *
 * Context: process; sleeps; takes RTNL.
 * Return: 0; a negative error, and the old rules are at work.
 */
int nfl_interfaces_set(struct nfl_interfaces *interfaces, const char *text, bool *changed)
{
	struct nfl_ifrules *old = interfaces->rules, *new;
	int err;

	*changed = false;
	err = nfl_ifrules_parse(text, &new);
	if (err || (!old && !new))
		return err;
	if (!old) {
		err = register_netdevice_notifier_net(interfaces->net, &interfaces->notifier);
		if (err) {
			kfree(new);
			return err;
		}
	}
	if (!new)
		unregister_netdevice_notifier_net(interfaces->net, &interfaces->notifier);
	rtnl_lock();
	WRITE_ONCE(interfaces->rules, new);
	renumber(interfaces);
	rtnl_unlock();
	kfree(old);
	*changed = true;
	return 0;
}
