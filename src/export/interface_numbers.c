// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of interfaces by their names (snmp-rules): for a collector that is to
 * know a PPP interface by the same number tomorrow, whatever index it has then.
 *
 * A name is looked at when an interface has come or has another name (interfaces.c),
 * and the number is kept by the index. So a record costs no search for a name, and flows
 * of an interface that is gone still have its number: they are exported when it has been
 * gone for a while.
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

u32 nfl_interface_numbered(struct nfl_interface_numbers *numbers, u32 index)
{
	const struct numbered *numbered;
	u32 number;

	rcu_read_lock();
	numbered = xa_load(&numbers->numbers, index);
	number = numbered ? numbered->number : index;
	rcu_read_unlock();
	return number;
}

/* Put @new, which may be NULL, where a number was. */
static void replace(struct nfl_interface_numbers *numbers, u32 index, struct numbered *new)
{
	struct numbered *old = xa_store(&numbers->numbers, index, new, GFP_KERNEL);

	if (xa_is_err(old)) {
		/* no memory: it has its index as its number */
		kfree(new);
		old = xa_erase(&numbers->numbers, index);
	}
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * nfl_interface_numbers_note() - an interface has come, or has another name
 * @numbers: the numbers of its namespace
 * @dev: the interface
 *
 * Context: process; RTNL is held.
 */
void nfl_interface_numbers_note(struct nfl_interface_numbers *numbers,
				const struct net_device *dev)
{
	struct numbered *new = NULL;
	u32 value;

	ASSERT_RTNL();
	if (numbers->rules && nfl_ifrules_number(numbers->rules, dev->name, &value)) {
		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (new)
			new->number = value;
	}
	replace(numbers, dev->ifindex, new);
}

/**
 * nfl_interface_numbers_gone() - an interface has gone
 * @numbers: the numbers of its namespace
 * @dev: the interface, whose last flows still have its number
 *
 * Context: process; RTNL is held.
 */
void nfl_interface_numbers_gone(struct nfl_interface_numbers *numbers, const struct net_device *dev)
{
	struct numbered *numbered;

	rcu_read_lock();
	numbered = xa_load(&numbers->numbers, dev->ifindex);
	if (numbered)
		WRITE_ONCE(numbered->gone, jiffies ?: 1);
	rcu_read_unlock();
}

/**
 * nfl_interface_numbers_forget() - forget the numbers of interfaces that are long gone
 * @numbers: the numbers
 * @inactive: seconds for which they may still have flows
 *
 * Context: process.
 */
void nfl_interface_numbers_forget(struct nfl_interface_numbers *numbers, u32 inactive)
{
	const unsigned long delay = (inactive + FORGET_DELAY) * HZ;
	struct numbered *numbered;
	unsigned long index;

	rcu_read_lock();
	xa_for_each(&numbers->numbers, index, numbered) {
		const unsigned long gone = READ_ONCE(numbered->gone);

		/* another may have its index by now: this one goes, or none */
		if (gone && time_after(jiffies, gone + delay) &&
		    xa_cmpxchg(&numbers->numbers, index, numbered, NULL, GFP_ATOMIC) == numbered)
			kfree_rcu(numbered, rcu);
	}
	rcu_read_unlock();
}

/**
 * nfl_interface_numbers_init() - each has its index as its number
 * @numbers: the numbers
 */
void nfl_interface_numbers_init(struct nfl_interface_numbers *numbers)
{
	xa_init(&numbers->numbers);
}

/**
 * nfl_interface_numbers_check() - could these be rules?
 * @text: their text
 *
 * Return: 0; -EINVAL, -ENOMEM.
 */
int nfl_interface_numbers_check(const char *text)
{
	struct nfl_ifrules *rules = NULL;
	const int err = nfl_ifrules_parse(text, &rules);

	kfree(rules);
	return err;
}

/* Give all interfaces their numbers anew. */
static void renumber(struct nfl_interface_numbers *numbers, struct net *net)
{
	struct numbered *numbered;
	struct net_device *dev;
	unsigned long index;

	xa_for_each(&numbers->numbers, index, numbered)
		replace(numbers, index, NULL);
	if (!numbers->rules)
		return;
	for_each_netdev(net, dev)
		nfl_interface_numbers_note(numbers, dev);
}

/**
 * nfl_interface_numbers_set() - number interfaces by other rules from now on
 * @numbers: the numbers, under the settings_lock of their namespace, or being made or
 *	dying; not under its lock
 * @net: that namespace
 * @text: the rules; empty for none
 * @changed: set if there are other rules now
 *
 * Context: process; sleeps; takes RTNL.
 * Return: 0; a negative error, and the old rules are at work.
 */
int nfl_interface_numbers_set(struct nfl_interface_numbers *numbers, struct net *net,
			      const char *text, bool *changed)
{
	struct nfl_ifrules *old = numbers->rules, *new;
	int err;

	*changed = false;
	err = nfl_ifrules_parse(text, &new);
	if (err || (!old && !new))
		return err;
	rtnl_lock();
	WRITE_ONCE(numbers->rules, new);
	renumber(numbers, net);
	rtnl_unlock();
	kfree(old);
	*changed = true;
	return 0;
}
