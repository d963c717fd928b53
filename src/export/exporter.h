/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exporting process: from flows that have left their tables to messages.
 */
#ifndef NFL_EXPORT_EXPORTER_H
#define NFL_EXPORT_EXPORTER_H

#include <linux/jiffies.h>
#include <linux/llist.h>
#include <linux/mutex.h>

#include "base/works.h"
#include "export/flow_selection.h"
#include "export/interfaces.h"
#include "export/messages.h"
#include "export/options.h"
#include "export/templates.h"
#include "export/worker.h"
#include "meter/batch.h"
#include "meter/meter.h"
#include "transport/account.h"
#include "transport/transport.h"

struct net;
struct nfl_config;
struct nfl_round;

/* So long the exporter works before others may have its lock, in jiffies. */
#define NFL_EXPORT_RUN_MAX	max(HZ / 10, 1)

/**
 * struct nfl_exporter - the exporter of a namespace
 * @lock: for all that has no other note; taken in process context, may be held
 *	while messages are sent
 * @meter: the metering process that the flows come from
 * @config: the settings
 * @queue: batches from the CPUs
 * @works: items of work that the namespace's end waits for: sockets are closed in them
 * @worker: the exporter's work
 * @transport: the destinations
 * @account: what became of the flows
 * @messages: being filled
 * @templates: which are sent
 * @options: options data
 * @selection: which flow records are exported
 * @interfaces: as collectors know them
 * @round: flows that wait for destinations to take them, or NULL
 * @carried: batches that came while a round was under way, for the next
 * @unmerged: flows that were exported though another CPU, which did not answer, may have a
 *	part of them
 * @told_withheld: the log says that flows are withheld
 * @flushing: all flows are to go, none back into a table
 * @running: the exporter was started
 * @run_time: when the work last ran, jiffies
 * @run_us: how long it took, microseconds
 * @run_cpu: the CPU that it began on
 */
struct nfl_exporter {
	struct mutex lock;
	struct nfl_meter *meter;
	const struct nfl_config *config;
	struct nfl_batch_queue queue;
	struct nfl_works works;
	struct nfl_worker worker;
	struct nfl_transport transport;
	struct nfl_export_account account;
	struct nfl_messages messages;
	struct nfl_templates_state templates;
	struct nfl_options options;
	struct nfl_flow_selection selection;
	struct nfl_interfaces interfaces;
	struct nfl_round *round;
	struct llist_node *carried;
	u64 unmerged;
	bool told_withheld;
	bool flushing;
	bool running;
	unsigned long run_time;
	u64 run_us;
	int run_cpu;
};

void nfl_export_init(struct nfl_exporter *export, struct net *net, const struct nfl_config *config,
		     struct nfl_meter *meter);
void nfl_export_start(struct nfl_exporter *export);
void nfl_export_stop(struct nfl_exporter *export);

#endif /* NFL_EXPORT_EXPORTER_H */
