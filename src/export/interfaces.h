/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers and names of the interfaces of a namespace.
 */
#ifndef NFL_EXPORT_INTERFACES_H
#define NFL_EXPORT_INTERFACES_H

#include <linux/notifier.h>

#include "export/interface_names.h"
#include "export/interface_numbers.h"

struct net;
struct nfl_log;
struct nfl_worker;

/**
 * struct nfl_interfaces - the interfaces of a namespace
 * @net: the namespace
 * @notifier: reports changes of interfaces
 * @listening: @notifier is registered
 * @numbers: the numbers of the interfaces
 * @names: the names of the interfaces
 */
struct nfl_interfaces {
	struct net *net;
	struct notifier_block notifier;
	bool listening;
	struct nfl_interface_numbers numbers;
	struct nfl_names names;
};

void nfl_interfaces_init(struct nfl_interfaces *interfaces, struct net *net,
			 struct nfl_log *log, struct nfl_worker *worker);
int nfl_interfaces_listen(struct nfl_interfaces *interfaces);
void nfl_interfaces_stop(struct nfl_interfaces *interfaces);

#endif /* NFL_EXPORT_INTERFACES_H */
