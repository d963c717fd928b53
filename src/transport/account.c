// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account of what was exported: which flows are pending, sent or lost. A flow
 * is in one of the three from when it leaves its table. See nfl_totals_get() for
 * the equation that it is a part of.
 *
 * Context of all: process, under the exporter's lock unless noted.
 */
#include <linux/cpumask.h>
#include <linux/ktime.h>

#include "instance.h"

static void add(struct nfl_account *account, u64 flows, u64 packets, u64 octets)
{
	account->flows += flows;
	account->packets += packets;
	account->octets += octets;
}

static void move(struct nfl_account *from, struct nfl_account *to,
		 const struct nfl_message *message)
{
	add(from, -(u64)message->flows, -message->packets, -message->octets);
	add(to, message->flows, message->packets, message->octets);
}

static void note_loss(struct nfl_export *export)
{
	export->lost_last = ktime_to_ms(ktime_get_real());
	if (!export->lost_first)
		export->lost_first = export->lost_last;
}

/**
 * nfl_account_add() - add a flow to a part of the account
 * @account: the part, under the exporter's lock
 * @flow: the flow
 */
void nfl_account_add(struct nfl_account *account, const struct nfl_flow *flow)
{
	add(account, 1, flow->packets, flow->octets);
}

/**
 * nfl_account_lost_flow() - a flow reaches no message, and so no destination
 * @export: the exporter, locked
 * @flow: the flow
 */
void nfl_account_lost_flow(struct nfl_export *export, const struct nfl_flow *flow)
{
	nfl_account_add(&export->lost, flow);
	note_loss(export);
}

/**
 * nfl_account_sent() - a destination took a message
 * @export: the exporter, locked
 * @message: the message
 */
void nfl_account_sent(struct nfl_export *export, struct nfl_message *message)
{
	if (!message->sent++)
		move(&export->pending, &export->exported, message);
}

/**
 * nfl_account_unsent() - a destination has not got the message after all
 * @export: the exporter, locked
 * @message: the message, which that destination took before
 */
void nfl_account_unsent(struct nfl_export *export, struct nfl_message *message)
{
	if (!--message->sent)
		move(&export->exported, &export->pending, message);
}

/**
 * nfl_account_settle() - what was sent counts no more
 * @message: the message. If a destination took it, its flows were counted, and are
 *	not again when that one has not got it after all.
 */
void nfl_account_settle(struct nfl_message *message)
{
	if (!message->sent)
		return;
	message->flows = 0;
	message->packets = 0;
	message->octets = 0;
}

/**
 * nfl_account_lost_events() - count NAT events that nobody will be told of
 * @export: the exporter, locked
 * @events: how many
 */
void nfl_account_lost_events(struct nfl_export *export, u64 events)
{
	if (!events)
		return;
	WRITE_ONCE(export->lost_events, export->lost_events + events);
	export->lost_events_last = ktime_to_ms(ktime_get_real());
	if (!export->lost_events_first)
		export->lost_events_first = export->lost_events_last;
}

/**
 * nfl_account_release() - give up a reference to a message
 * @export: the exporter, locked
 * @message: the message. When nobody has it any more, and no destination took
 *	it, its flows are lost.
 */
void nfl_account_release(struct nfl_export *export, struct nfl_message *message)
{
	if (--message->references)
		return;
	if (!message->sent && message->flows) {
		move(&export->pending, &export->lost, message);
		note_loss(export);
	}
	if (!message->sent)
		nfl_account_lost_events(export, message->events);
	nfl_message_free(message);
}

/* On a CPU: what is in its table is all that it has seen, see stats.h. */
static bool reset_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	u64_stats_t *counter = cpu->stats.counter;
	struct nfl_account *handed = argument;
	struct nfl_account out, live;
	u64 sum[NFL_CPU_COUNTERS_MAX];
	int i;

	for (i = 0; i < NFL_CPU_COUNTERS_MAX; i++)
		sum[i] = u64_stats_read(&counter[i]);
	out = (struct nfl_account) {
		.packets = sum[NFL_EXPIRED_PACKETS] - sum[NFL_RETURNED_PACKETS],
		.octets = sum[NFL_EXPIRED_OCTETS] - sum[NFL_RETURNED_OCTETS],
	};
	live = (struct nfl_account) {
		.packets = sum[NFL_SEEN_PACKETS] - sum[NFL_LOST_PACKETS] -
			   sum[NFL_UNSAMPLED_PACKETS] - sum[NFL_DROPPED_PACKETS] - out.packets,
		.octets = sum[NFL_SEEN_OCTETS] - sum[NFL_LOST_OCTETS] -
			  sum[NFL_UNSAMPLED_OCTETS] - sum[NFL_DROPPED_OCTETS] - out.octets,
	};
	add(handed, 0, out.packets, out.octets);
	/* not by memset(), which others could read in the midst of a number */
	u64_stats_update_begin(&cpu->stats.sync);
	for (i = 0; i < NFL_CPU_COUNTERS_MAX; i++)
		nfl_stats_add(&counter[i], -sum[i]);
	nfl_stats_add(&counter[NFL_SEEN_PACKETS], live.packets);
	nfl_stats_add(&counter[NFL_SEEN_OCTETS], live.octets);
	u64_stats_update_end(&cpu->stats.sync);
	for (i = 0; i < NFL_FAMILIES; i++)
		WRITE_ONCE(cpu->tables[i].searched, 0);
	return false;
}

/* On any CPU: what is with the exporter was seen as well. */
static bool reset_queued(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	const struct nfl_account *queued = argument;

	nfl_count(cpu, NFL_SEEN_PACKETS, queued->packets);
	nfl_count(cpu, NFL_SEEN_OCTETS, queued->octets);
	nfl_count(cpu, NFL_EXPIRED_PACKETS, queued->packets);
	nfl_count(cpu, NFL_EXPIRED_OCTETS, queued->octets);
	return false;
}

/**
 * nfl_account_reset() - set the statistics to zero
 * @nf: the namespace, just flushed, its settings locked
 *
 * What is in the tables, or on its way, at this moment counts as seen again, so
 * that the account goes on to add up. Where traffic rests that is nothing.
 */
void nfl_account_reset(struct netflow *nf)
{
	struct nfl_export *export = &nf->export;
	struct nfl_account queued = { };

	mutex_lock(&export->lock);
	nfl_cpus_call(nf, NULL, reset_cpu, &queued);
	add(&queued, 0,
	    -export->exported.packets - export->lost.packets - export->discarded.packets,
	    -export->exported.octets - export->lost.octets - export->discarded.octets);
	nfl_cpu_call(nf, cpumask_first(cpu_possible_mask), reset_queued, &queued);
	memset(&export->exported, 0, sizeof(export->exported));
	nfl_transport_settle(nf);
	memset(&export->discarded, 0, sizeof(export->discarded));
	nfl_sampler_reset_counts(nf);
	memset(&export->lost, 0, sizeof(export->lost));
	memset(&export->withheld, 0, sizeof(export->withheld));
	memset(&export->lost_withheld, 0, sizeof(export->lost_withheld));
	memset(&export->lost_unmade, 0, sizeof(export->lost_unmade));
	export->lost_first = 0;
	export->lost_last = 0;
	export->ignored_packets = 0;
	export->ignored_first = 0;
	export->ignored_last = 0;
	export->messages = 0;
	export->counts_since = nfl_clock64();
	WRITE_ONCE(export->message_octets, 0);
	mutex_unlock(&export->lock);
}
