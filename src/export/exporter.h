/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exporting process: from flows that have left their tables to messages.
 */
#ifndef NFL_EXPORT_H
#define NFL_EXPORT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "base/works.h"
#include "export/flow_selection.h"
#include "flow/flow.h"
#include "meter/batch.h"
#include "protocol/protocol.h"
#include "transport/account.h"

struct netflow;
struct nfl_batch;
struct nfl_message;

/*
 * All bodies of a message tell of the same flows. Where NetFlow v5 is used beside
 * another protocol, records that it cannot tell of are in messages without it.
 */
enum nfl_message_kind {
	NFL_MESSAGE_ALL,	/* for all protocols in use */
	NFL_MESSAGE_RICH,	/* for those that take all records */
	NFL_MESSAGES,
};

/**
 * struct nfl_export - the exporter of a namespace
 * @lock: for all that has no other note; taken in process context, may be held
 *	while messages are sent
 * @queue: batches from the CPUs
 * @works: items of work that the namespace's end waits for
 * @work: the exporter's work
 * @wake_lock: for @awaited, @wake_at and when @work is queued; taken in any context
 * @awaited: the work is queued, and has not begun
 * @wake_at: for when at the latest, jiffies; read without the lock if @awaited says so
 * @protocol: &enum nfl_protocol_index of destinations that have none of their own
 * @protocols: those that destinations use, a bit each
 * @message: being filled, or NULL; by &enum nfl_message_kind
 * @round: flows that wait for destinations to take them, or NULL
 * @carried: batches that came while a round was under way, for the next
 * @account: what became of the flows
 * @selection: which flow records are exported
 * @told_withheld: the log says that there are such
 * @run_time: when the work last ran, jiffies
 * @run_us: how long it took, microseconds
 * @run_cpu: the CPU that it began on
 * @messages: made
 * @message_octets: in them
 * @extra_sets: sets of extra fields that templates are sent for
 * @extras: the one that packets are asked for, 0 for none
 * @added: extra fields that all records have beside those of their flows
 * @older: both, as they were before the last change
 * @options_due: all options data are to be sent, whatever the time
 * @statistics_time: when statistics were last sent, jiffies
 * @system_time: when the system and the flow keys were
 * @counts_since: what is counted was since then, by nfl_clock64()
 * @ignored_packets: packets that could not be metered, as of the last look
 * @ignored_first: when they were first seen, milliseconds since 1970
 * @ignored_last: when they last were
 * @flushing: all flows are to go, none back into a table
 * @stopping: no work is started any more; set under @wake_lock
 * @running: the exporter was started
 */
struct nfl_export {
	struct mutex lock;
	struct nfl_batch_queue queue;
	struct nfl_works works;
	struct delayed_work work;
	spinlock_t wake_lock;
	bool awaited;
	unsigned long wake_at;
	enum nfl_protocol_index protocol;
	unsigned int protocols;
	struct nfl_message *message[NFL_MESSAGES];
	struct nfl_round *round;
	struct llist_node *carried;
	struct nfl_export_account account;
	struct nfl_flow_selection selection;
	bool told_withheld;
	unsigned long run_time;
	u64 run_us;
	int run_cpu;
	u64 messages;
	u64 message_octets;
	struct nfl_extra_sets extra_sets;
	u16 extras;
	u16 added;
	u16 older;
	bool options_due;
	bool flushing;
	bool stopping;
	bool running;
	unsigned long statistics_time;
	unsigned long system_time;
	u64 counts_since;
	u64 ignored_packets;
	u64 ignored_first;
	u64 ignored_last;
};

static inline void nfl_export_options_due(struct nfl_export *export)
{
	export->options_due = true;
}

void nfl_account_reset(struct netflow *nf);

static inline bool nfl_export_uses_netflow5(const struct nfl_export *export)
{
	return unlikely(export->protocols & BIT(NFL_NETFLOW5));
}

static inline bool nfl_export_uses_only_netflow5(const struct nfl_export *export)
{
	return export->protocols == BIT(NFL_NETFLOW5);
}

void nfl_export_wake(struct netflow *nf, unsigned long delay);
void nfl_export_close_messages(struct netflow *nf);
unsigned long nfl_export_tend_messages(struct netflow *nf);
struct nfl_message *nfl_export_add(struct netflow *nf, enum nfl_record_kind kind,
				   unsigned int which, const void *source);
bool nfl_export_nat_record(struct netflow *nf, const struct nfl_nat_record *record);
void nfl_export_flow(struct netflow *nf, enum nfl_family family, struct nfl_record *record);
void nfl_export_check_ipv6(struct netflow *nf);
void nfl_export_flush(struct netflow *nf);
void nfl_export_redirect(struct netflow *nf, struct list_head *destinations);
void nfl_export_domain_changed(struct netflow *nf);
void nfl_export_set_protocol(struct netflow *nf, enum nfl_protocol_index protocol);
void nfl_export_set_extras(struct netflow *nf, u16 extras);
void nfl_export_set_added(struct netflow *nf, u16 which, bool on);
void nfl_export_want_extras(struct netflow *nf, u16 extras);
void nfl_export_start_extras(struct netflow *nf);
void nfl_export_set_selector(struct netflow *nf, u32 selector);
int nfl_export_set_aggregation(struct netflow *nf, const char *text);
void nfl_export_templates_due(struct netflow *nf, u16 extras);
void nfl_export_announce(struct netflow *nf);
void nfl_export_set_sndbuf(struct netflow *nf, u32 size);
void nfl_export_init(struct netflow *nf);
void nfl_export_start(struct netflow *nf);
void nfl_export_pause(struct netflow *nf);
void nfl_export_stop(struct netflow *nf);

#endif /* NFL_EXPORT_H */
