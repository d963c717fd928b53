/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exporting process: from flows that have left their tables to collectors.
 */
#ifndef NFL_EXPORT_EXPORTER_H
#define NFL_EXPORT_EXPORTER_H

#include <linux/jiffies.h>
#include <linux/llist.h>
#include <linux/mutex.h>

#include "base/works.h"
#include "export/flow_selection.h"
#include "export/interfaces.h"
#include "export/options.h"
#include "export/templates.h"
#include "export/worker.h"
#include "meter/batch.h"
#include "meter/meter.h"
#include "transport/transport.h"

struct net;
struct nfl_config;
struct nfl_round;

/* So long rounds go on before others may have their lock, in jiffies. */
#define NFL_EXPORT_RUN_MAX	max(HZ / 10, 1)

/**
 * struct nfl_exporter - the exporter of a namespace
 * @flush_lock: held while all flows leave the tables, a mutex; taken before @round_lock
 * @round_lock: the lock of rounds, a mutex, for all that has no other note; CPUs are waited
 *	for under it. Taken before the sender's lock (struct nfl_transport)
 * @meter: the metering process that the flows come from
 * @config: the settings
 * @queue: batches from the CPUs
 * @works: items of work that the namespace's end waits for: sockets are closed in them
 * @rounds: the thread that merges flows and appends them to the log
 * @sender: the thread that sends what the logs have
 * @transport: the logs, the destinations
 * @fields: extra fields of the setting, a bit of &enum nfl_extra each; under the lock of the
 *	namespace
 * @templates: which are sent
 * @options: options data; under the sender's lock
 * @selection: which flow records are exported
 * @interfaces: as collectors know them
 * @round: flows that wait for room in the log, or NULL
 * @round_flow: of its first batch, the number of the first flow that waits
 * @carried: batches that came while a round was under way, for the next
 * @unmerged: flows that were exported though another CPU, which did not answer, may have a
 *	part of them
 * @told_withheld: the kernel's log says that flows are withheld; without a lock
 * @flushing: all flows are to go, none back into a table
 * @running: the exporter was started
 * @run_time: when rounds last ran, jiffies
 * @run_us: how long it took, microseconds
 * @run_cpu: the CPU that it began on
 */
struct nfl_exporter {
	struct mutex flush_lock;
	struct mutex round_lock;
	struct nfl_meter *meter;
	const struct nfl_config *config;
	struct nfl_batch_queue queue;
	struct nfl_works works;
	struct nfl_worker rounds;
	struct nfl_worker sender;
	struct nfl_transport transport;
	u16 fields;
	struct nfl_templates_state templates;
	struct nfl_options options;
	struct nfl_flow_selection selection;
	struct nfl_interfaces interfaces;
	struct nfl_round *round;
	unsigned int round_flow;
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
int nfl_export_prepare(struct nfl_exporter *export);
void nfl_export_start(struct nfl_exporter *export);
void nfl_export_pause(struct nfl_exporter *export);
void nfl_export_stop(struct nfl_exporter *export);

#endif /* NFL_EXPORT_EXPORTER_H */
