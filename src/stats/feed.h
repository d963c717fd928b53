/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does anything feed the module?
 */
#ifndef NFL_STATS_FEED_H
#define NFL_STATS_FEED_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct net;
struct nfl_config;
struct nfl_meter;

/* Why nothing is metered any more. */
enum nfl_feed_state {
	NFL_FEED_UNUSED,	/* there was no rule, hook or packet yet */
	NFL_FEED_FED,
	NFL_FEED_NO_PLACE,	/* no rule and no hook */
	NFL_FEED_NO_PACKET,	/* they see nothing, though devices receive packets */
};

/* What is there now, and in the last minute. */
struct nfl_feed_counts {
	unsigned int rules;
	unsigned int hooks;	/* their number; promisc counts as one */
	u64 metered;
	u64 received;		/* by devices other than lo */
};

/**
 * struct nfl_feed - what feeds a namespace
 * @work: looks, each minute
 * @started: @work is queued
 * @state: what it has found
 * @metered: packets metered when it looked last
 * @received: packets that devices had received then
 * @minute: the packets of the minute before it looked last
 * @rules: the number of rules
 * @hooks: the bits of the hooks
 * @config: the settings
 * @meter: the metering process
 * @net: the namespace
 *
 * Only @work writes these fields, with WRITE_ONCE() if others read them.
 */
struct nfl_feed {
	struct delayed_work work;
	bool started;
	enum nfl_feed_state state;
	u64 metered;
	u64 received;
	struct nfl_feed_counts minute;
	const unsigned int *rules;
	const u32 *hooks;
	const struct nfl_config *config;
	const struct nfl_meter *meter;
	struct net *net;
};

void nfl_feed_start(struct nfl_feed *feed);
void nfl_feed_stop(struct nfl_feed *feed);
void nfl_feed_init(struct nfl_feed *feed, struct net *net, const struct nfl_config *config,
		   const struct nfl_meter *meter, const unsigned int *rules, const u32 *hooks);
void nfl_feed_counts(const struct nfl_feed *feed, struct nfl_feed_counts *counts);
enum nfl_feed_state nfl_feed_next(enum nfl_feed_state state, const struct nfl_feed_counts *counts);

#endif /* NFL_STATS_FEED_H */
