/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names that are exported: those of interfaces and VRFs.
 */
#ifndef NFL_EXPORT_INTERFACE_NAMES_H
#define NFL_EXPORT_INTERFACE_NAMES_H

#include <linux/xarray.h>

#include "base/pace.h"

struct net;
struct net_device;
struct nfl_interface_numbers;
struct nfl_log;
struct nfl_worker;

/**
 * struct nfl_names - the names of the interfaces of a namespace
 * @present: the existing interfaces, by ifindex, with marks for names that are to be
 *	exported out of turn or were; entries are written under RTNL, marks also by the
 *	exporter
 * @count: number of interfaces; written under RTNL
 * @pace: when names are exported; under the sender's lock, as are the fields below
 * @last: ifindex of the last exported name in the round
 * @again: another fast round is due after this one
 * @begun: the number of the first session that a round of its own is for; 0 if there is none
 * @begun_last: ifindex of the last exported name in that round
 * @begun_again: the same as @begun, for the next round of this kind
 * @net: the namespace
 * @log: the log of options data
 * @numbers: the numbers of the interfaces
 * @worker: the exporter's worker, which exports the names
 */
struct nfl_names {
	struct xarray present;
	unsigned int count;
	struct nfl_pace pace;
	unsigned long last;
	bool again;
	u32 begun;
	u32 begun_again;
	unsigned long begun_last;
	struct net *net;
	struct nfl_log *log;
	struct nfl_interface_numbers *numbers;
	struct nfl_worker *worker;
};

void nfl_names_init(struct nfl_names *names, struct net *net, struct nfl_log *log,
		    struct nfl_interface_numbers *numbers, struct nfl_worker *worker);
void nfl_names_note(struct nfl_names *names, const struct net_device *dev);
void nfl_names_gone(struct nfl_names *names, const struct net_device *dev);
void nfl_names_forget(struct nfl_names *names);
void nfl_names_hurry(struct nfl_names *names);
void nfl_names_begin(struct nfl_names *names, u32 session);
void nfl_names_export(struct nfl_names *names);
unsigned long nfl_names_delay(const struct nfl_names *names);

#endif /* NFL_EXPORT_INTERFACE_NAMES_H */
