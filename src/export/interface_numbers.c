// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of interfaces by their names (snmp-rules). With them a PPP interface keeps its
 * number for a collector when its ifindex changes.
 *
 * The name is matched when an interface is added or renamed (interfaces.c), and the number
 * is stored by ifindex. So a flow record needs no search by name. Flows of a removed
 * interface are exported some time after its removal and still get its number.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "export/interface_numbers.h"
#include "export/interface_rules.h"

/* Seconds for which the number of a removed interface is kept after its last flow. */
#define FORGET_DELAY	60

/* A number that is not the ifindex. @gone: jiffies of the interface's removal, or 0. */
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

/* Replace the number at @index by @new, which may be NULL. */
static void replace(struct nfl_interface_numbers *numbers, u32 index, struct numbered *new)
{
	struct numbered *old = xa_store(&numbers->numbers, index, new, GFP_KERNEL);

	if (xa_is_err(old)) {
		/* no memory: the number is the ifindex */
		kfree(new);
		old = xa_erase(&numbers->numbers, index);
	}
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * nfl_interface_numbers_note() - an interface was added or renamed
 * @numbers: the numbers of its namespace
 * @dev: the interface
 *
 * Context: process. The caller holds RTNL.
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
 * nfl_interface_numbers_gone() - an interface was removed
 * @numbers: the numbers of its namespace
 * @dev: the interface; its last flows still get its number
 *
 * Context: process. The caller holds RTNL.
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
 * nfl_interface_numbers_forget() - free the numbers of interfaces removed long ago
 * @numbers: the numbers
 * @inactive: seconds for which the table may still have flows of a removed interface
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

		/* a new interface may have this ifindex by now: remove only the old entry */
		if (gone && time_after(jiffies, gone + delay) &&
		    xa_cmpxchg(&numbers->numbers, index, numbered, NULL, GFP_ATOMIC) == numbered)
			kfree_rcu(numbered, rcu);
	}
	rcu_read_unlock();
}

/**
 * nfl_interface_numbers_init() - initialise; each number is the ifindex
 * @numbers: the numbers
 */
void nfl_interface_numbers_init(struct nfl_interface_numbers *numbers)
{
	xa_init(&numbers->numbers);
}

/**
 * nfl_interface_numbers_check() - check the text of rules
 * @text: the text
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

/* Assign numbers to all interfaces again. */
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
 * nfl_interface_numbers_set() - replace the rules for numbers
 * @numbers: the numbers
 * @net: the namespace
 * @text: the new rules; empty for none
 * @changed: set if the new rules differ from the old ones
 *
 * Context: process; sleeps; takes RTNL. The caller holds the namespace's settings_lock, or
 *	the namespace is being created or removed. The caller does not hold the namespace's
 *	lock.
 * Return: 0, or a negative error; the old rules stay in use then.
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
	/* pairs with the address dependency of readers */
	smp_store_release(&numbers->rules, new);
	renumber(numbers, net);
	rtnl_unlock();
	if (old) {
		synchronize_rcu();
		kfree(old);
	}
	*changed = true;
	return 0;
}
