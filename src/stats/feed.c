// SPDX-License-Identifier: GPL-2.0-only
/*
 * What feeds the module. Other programs change the firewall: `nft flush ruleset` removes our
 * rules, a rule of Docker or firewalld before ours takes the packets. Then metering ends
 * without an error. So a work item looks once a minute whether there is still a rule or a
 * hook, and whether packets are metered while devices receive some. It logs a line when that
 * ends, and one when it begins again. A namespace that was never fed has no such line.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/netdevice.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

#include "base/config.h"
#include "base/works.h"
#include "meter/counters.h"
#include "meter/meter.h"
#include "stats/feed.h"

#define FEED_SECONDS	60

/* Fewer may be neighbour discovery and the like, which no rule is for. */
#define RECEIVED_LEAST	100

static u64 received(struct net *net)
{
	struct rtnl_link_stats64 buffer;
	struct net_device *dev;
	u64 packets = 0;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (!(dev->flags & IFF_LOOPBACK))
			packets += dev_get_stats(dev, &buffer)->rx_packets;
	}
	rcu_read_unlock();
	return packets;
}

/* A device that was removed takes its count with it. */
static u64 more(u64 *before, u64 now)
{
	const u64 difference = now > *before ? now - *before : 0;

	*before = now;
	return difference;
}

/**
 * nfl_feed_next() - what does a minute say?
 * @state: what the minutes before said
 * @counts: of the minute
 *
 * Return: the new state.
 */
enum nfl_feed_state nfl_feed_next(enum nfl_feed_state state, const struct nfl_feed_counts *counts)
{
	if (!counts->rules && !counts->hooks)
		return state == NFL_FEED_UNUSED ? NFL_FEED_UNUSED : NFL_FEED_NO_PLACE;
	if (counts->metered)
		return NFL_FEED_FED;
	if (counts->received >= RECEIVED_LEAST)
		return NFL_FEED_NO_PACKET;
	/* nothing to meter says nothing */
	return state == NFL_FEED_NO_PACKET ? NFL_FEED_NO_PACKET : NFL_FEED_FED;
}

static void report(enum nfl_feed_state old, enum nfl_feed_state new,
		   const struct nfl_feed_counts *counts)
{
	switch (new) {
	case NFL_FEED_NO_PLACE:
		pr_warn("nothing is metered any more: there is no rule and no hook\n");
		break;
	case NFL_FEED_NO_PACKET:
		pr_warn("nothing was metered for a minute, while devices received %llu packets: do others take packets before our %u rules and %u hooks?\n",
			counts->received, counts->rules, counts->hooks);
		break;
	case NFL_FEED_FED:
		if (old == NFL_FEED_NO_PLACE)
			pr_info("there is a rule or a hook again\n");
		else if (old == NFL_FEED_NO_PACKET)
			pr_info("packets are metered again\n");
		break;
	case NFL_FEED_UNUSED:
		break;
	}
}

static void look(struct work_struct *work)
{
	struct nfl_feed *feed = container_of(to_delayed_work(work), struct nfl_feed, work);
	const enum nfl_feed_state old = feed->state;
	struct nfl_feed_counts counts;
	enum nfl_feed_state state;
	struct nfl_sums sums;

	nfl_feed_counts(feed, &counts);
	nfl_meter_sums(feed->meter, -1, &sums);
	counts.metered = more(&feed->metered, sums.counter[NFL_SEEN_PACKETS]);
	counts.received = more(&feed->received, received(feed->net));
	WRITE_ONCE(feed->minute.metered, counts.metered);
	WRITE_ONCE(feed->minute.received, counts.received);
	state = nfl_feed_next(old, &counts);
	WRITE_ONCE(feed->state, state);
	if (state != old)
		report(old, state, &counts);
	queue_delayed_work(nfl_workqueue, &feed->work, FEED_SECONDS * HZ);
}

/**
 * nfl_feed_counts() - what feeds a namespace
 * @feed: the namespace's
 * @counts: filled: what is there now, and the packets of the last whole minute
 *
 * Context: any.
 */
void nfl_feed_counts(const struct nfl_feed *feed, struct nfl_feed_counts *counts)
{
	counts->rules = READ_ONCE(*feed->rules);
	counts->hooks = hweight32(READ_ONCE(*feed->hooks)) + !!READ_ONCE(feed->config->promisc);
	counts->metered = READ_ONCE(feed->minute.metered);
	counts->received = READ_ONCE(feed->minute.received);
}

/**
 * nfl_feed_init() - initialise; nothing is looked at yet
 * @feed: the namespace's, all 0
 * @net: the namespace
 * @config: its settings
 * @meter: its metering process
 * @rules: the number of its rules
 * @hooks: the bits of its hooks
 */
void nfl_feed_init(struct nfl_feed *feed, struct net *net, const struct nfl_config *config,
		   const struct nfl_meter *meter, const unsigned int *rules, const u32 *hooks)
{
	feed->net = net;
	feed->config = config;
	feed->meter = meter;
	feed->rules = rules;
	feed->hooks = hooks;
	INIT_DELAYED_WORK(&feed->work, look);
}

/**
 * nfl_feed_start() - start to look, unless it was started
 * @feed: the namespace's
 *
 * Context: process. Calls must be serialised.
 */
void nfl_feed_start(struct nfl_feed *feed)
{
	if (feed->started)
		return;
	feed->started = true;
	feed->received = received(feed->net);
	queue_delayed_work(nfl_workqueue, &feed->work, FEED_SECONDS * HZ);
}

/**
 * nfl_feed_stop() - stop, if it was started; waits for a running look
 * @feed: the namespace's
 *
 * Context: process; sleeps.
 */
void nfl_feed_stop(struct nfl_feed *feed)
{
	cancel_delayed_work_sync(&feed->work);
	feed->started = false;
}
