/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instance of the module in one network namespace.
 */
#ifndef NFL_INSTANCE_H
#define NFL_INSTANCE_H

#include <linux/mutex.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "base/config.h"
#include "export/exporter.h"
#include "meter/meter.h"
#include "meter/nat_hook.h"
#include "nat/listener.h"
#include "observe/hook.h"
#include "observe/promisc.h"
#include "stats/feed.h"
#include "stats/rate.h"

struct ctl_table_header;

/**
 * struct nfl_net - the module in one network namespace
 * @meter: the Metering Process
 * @net: the namespace
 * @rules: number of rules; under @lock
 * @config: the settings
 * @exporter: the exporter
 * @natevents: the listener to conntrack
 * @nat_hook: the hooks after NAT
 * @promisc: the handler of frames for other hosts
 * @hooks: the hooks at which packets are metered without rules
 * @rate: traffic rates for the statistics
 * @feed: whether packets are still metered
 * @settings_lock: serialises changes and reads of settings; taken before @lock and
 *	RTNL
 * @lock: serialises changes of rules and settings. RTNL must not be taken under @lock: a
 *	rule is checked under nftables' lock and then @lock, and nftables' lock is taken
 *	under RTNL when a device is added.
 * @sysctl: the registered table
 */
struct nfl_net {
	struct nfl_meter meter;
	struct net *net;
	unsigned int rules;
	struct nfl_config config;
	struct nfl_exporter exporter;
	struct nfl_natevents natevents;
	struct nfl_nat_hook nat_hook;
	struct nfl_promisc promisc;
	struct nfl_hooks hooks;
	struct nfl_rate rate;
	struct nfl_feed feed;
	struct mutex settings_lock;
	struct mutex lock;
	struct ctl_table_header *sysctl;
};

extern unsigned int nfl_pernet_id;

static inline struct nfl_net *nfl_net_of(const struct net *net)
{
	return net_generic(net, nfl_pernet_id);
}

int nfl_net_init(struct nfl_net *nn, struct net *net);
void nfl_net_free(struct nfl_net *nn);
int nfl_net_start(struct nfl_net *nn);
void nfl_net_start_optional(struct nfl_net *nn);
int nfl_net_use(struct nfl_net *nn);
void nfl_net_close(struct nfl_net *nn);

#endif /* NFL_INSTANCE_H */
