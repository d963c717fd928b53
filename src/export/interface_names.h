/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names that collectors are told of: those of interfaces and VRFs.
 */
#ifndef NFL_EXPORT_INTERFACE_NAMES_H
#define NFL_EXPORT_INTERFACE_NAMES_H

#include <linux/xarray.h>

#include "base/pace.h"

struct net;
struct net_device;
struct nfl_interface_numbers;
struct nfl_messages;
struct nfl_worker;

/**
 * struct nfl_names - the interfaces of a namespace
 * @present: those that there are, by index, marked if they are to be told of out of
 *	turn or have been; written under RTNL, marked by the exporter too
 * @count: how many; written under RTNL
 * @pace: when they are told of; under the exporter's lock, as the rest
 * @last: the index that the round is at
 * @again: another round in a hurry is wanted behind this one
 * @net: the namespace
 * @messages: where names are told
 * @numbers: what collectors know the interfaces by
 * @worker: the exporter's, which tells them
 */
struct nfl_names {
	struct xarray present;
	unsigned int count;
	struct nfl_pace pace;
	unsigned long last;
	bool again;
	struct net *net;
	struct nfl_messages *messages;
	struct nfl_interface_numbers *numbers;
	struct nfl_worker *worker;
};

void nfl_names_init(struct nfl_names *names, struct net *net, struct nfl_messages *messages,
		    struct nfl_interface_numbers *numbers, struct nfl_worker *worker);
void nfl_names_note(struct nfl_names *names, const struct net_device *dev);
void nfl_names_gone(struct nfl_names *names, const struct net_device *dev);
void nfl_names_forget(struct nfl_names *names);
void nfl_names_hurry(struct nfl_names *names);
void nfl_names_export(struct nfl_names *names);
unsigned long nfl_names_delay(const struct nfl_names *names);

#endif /* NFL_EXPORT_INTERFACE_NAMES_H */
