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
#include "flow/flow.h"
#include "meter/counters.h"
#include "protocol/protocol.h"

struct netflow;
struct nfl_batch;
struct nfl_message;

/*
 * Batches that wait for the exporter, at most: 32 MiB, half a million IPv4
 * flows. When they are full, flows stay in the tables past their time-outs.
 */
#define NFL_EXPORT_QUEUE	8192

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
 * @incoming: batches from the CPUs; lock-free
 * @queued: batches that exist; atomic
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
 * @pending: flows that are in @carried, @message or a destination's queue
 * @exported: flows that at least one destination was sent
 * @discarded: flows that were not selected, see sampler.c
 * @lost: flows that none was, with the times of the first and the last loss
 * @withheld: flows that a destination was not sent, since its protocol (NetFlow v5)
 *	cannot tell of them; others may have been
 * @lost_withheld: those of @lost that no destination's protocol can tell of
 * @lost_unmade: those of @lost that there was no memory for a message for
 * @told_withheld: the log says that there are such
 * @lost_first: milliseconds since 1970, 0 if there was none
 * @lost_last: the same
 * @lost_events: NAT events that nobody was told of, at most: see natevents.c
 * @lost_events_first: as @lost_first
 * @lost_events_last: as @lost_last
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
	struct llist_head incoming;
	atomic_t queued;
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
	struct nfl_account pending;
	struct nfl_account exported;
	struct nfl_account discarded;
	struct nfl_account lost;
	struct nfl_account withheld;
	struct nfl_account lost_withheld;
	struct nfl_account lost_unmade;
	bool told_withheld;
	u64 lost_first;
	u64 lost_last;
	u64 lost_events;
	u64 lost_events_first;
	u64 lost_events_last;
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

/* Is there room for one more batch? Any context. */
static inline bool nfl_export_room(const struct nfl_export *export)
{
	return atomic_read(&export->queued) < NFL_EXPORT_QUEUE;
}

static inline void nfl_export_options_due(struct nfl_export *export)
{
	export->options_due = true;
}

void nfl_account_add(struct nfl_account *account, const struct nfl_flow *flow);
void nfl_account_lost_flow(struct nfl_export *export, const struct nfl_flow *flow);
void nfl_account_sent(struct nfl_export *export, struct nfl_message *message);
void nfl_account_unsent(struct nfl_export *export, struct nfl_message *message);
void nfl_account_settle(struct nfl_message *message);
void nfl_account_lost_events(struct nfl_export *export, u64 events);
void nfl_account_release(struct nfl_export *export, struct nfl_message *message);
void nfl_account_reset(struct netflow *nf);

static inline bool nfl_export_uses_netflow5(const struct nfl_export *export)
{
	return unlikely(export->protocols & BIT(NFL_NETFLOW5));
}

static inline bool nfl_export_uses_only_netflow5(const struct nfl_export *export)
{
	return export->protocols == BIT(NFL_NETFLOW5);
}

void nfl_export_submit(struct netflow *nf, struct nfl_batch *batch);
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
void nfl_export_templates_due(struct netflow *nf, u16 extras);
void nfl_export_announce(struct netflow *nf);
void nfl_export_set_sndbuf(struct netflow *nf, u32 size);
void nfl_export_init(struct netflow *nf);
void nfl_export_start(struct netflow *nf);
void nfl_export_pause(struct netflow *nf);
void nfl_export_stop(struct netflow *nf);

#endif /* NFL_EXPORT_H */
