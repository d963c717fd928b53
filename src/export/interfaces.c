// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces that are added, removed and renamed.
 *
 * The number is updated before the name, since a name is exported with the number. In
 * namespaces without settings no notifier is registered, and the number of each interface
 * is its ifindex.
 */
#include <linux/netdevice.h>

#include "export/interfaces.h"

static int notified(struct notifier_block *notifier, unsigned long event, void *info)
{
	struct nfl_interfaces *interfaces = container_of(notifier, struct nfl_interfaces, notifier);
	const struct net_device *dev = netdev_notifier_info_to_dev(info);

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		nfl_interface_numbers_note(&interfaces->numbers, dev);
		nfl_names_note(&interfaces->names, dev);
		break;
	case NETDEV_UNREGISTER:
		nfl_interface_numbers_gone(&interfaces->numbers, dev);
		nfl_names_gone(&interfaces->names, dev);
		break;
	}
	return NOTIFY_DONE;
}

/**
 * nfl_interfaces_init() - initialise; there are no interfaces yet
 * @interfaces: the interfaces, all 0
 * @net: the namespace
 * @log: the log of options data
 * @worker: woken when a name is due
 */
void nfl_interfaces_init(struct nfl_interfaces *interfaces, struct net *net,
			 struct nfl_log *log, struct nfl_worker *worker)
{
	interfaces->net = net;
	interfaces->notifier.notifier_call = notified;
	nfl_interface_numbers_init(&interfaces->numbers);
	nfl_names_init(&interfaces->names, net, log, &interfaces->numbers, worker);
}

/**
 * nfl_interfaces_listen() - register the notifier; it first reports all existing interfaces
 * @interfaces: the interfaces
 *
 * Context: process; takes RTNL.
 * Return: 0, or a negative error.
 */
int nfl_interfaces_listen(struct nfl_interfaces *interfaces)
{
	const int err = register_netdevice_notifier_net(interfaces->net, &interfaces->notifier);

	interfaces->listening = !err;
	return err;
}

/**
 * nfl_interfaces_stop() - remove all interfaces except for the numbers from rules
 * @interfaces: the interfaces; the exporter is stopped
 *
 * Context: process; takes RTNL.
 */
void nfl_interfaces_stop(struct nfl_interfaces *interfaces)
{
	if (interfaces->listening)
		unregister_netdevice_notifier_net(interfaces->net, &interfaces->notifier);
	interfaces->listening = false;
	nfl_names_forget(&interfaces->names);
}
