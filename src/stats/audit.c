// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit: it counts the flows, independently of the counters.
 *
 * The account (totals.c) consists of counters. The contents of tables and queue are
 * differences of counters, so the account always adds up. Here
 * the flows in all places are counted one by one:
 *
 *   seen = ignored + unsampled + table + batches + messages + sent + discarded +
 *          dropped + withheld + unmade + unsent
 *
 * in packets and in octets, while there is no traffic and the exporter is idle. A
 * difference means that the module has a fault. Tests read it after each test file
 * (/proc/net/stat/ipt_netflow_audit, for root). If anything is missing when a namespace
 * is removed, the kernel's log has a line.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <linux/string.h>

#include "export/exporter.h"
#include "export/merge.h"
#include "meter/batch.h"
#include "meter/counters.h"
#include "meter/cpu.h"
#include "meter/ring.h"
#include "stats/audit.h"

/* Indexed by &enum nfl_audit_place. */
const char *const nfl_audit_names[NFL_AUDIT_PLACES] = {
#define X(_name, text) text,
	NFL_AUDIT_LIST(X)
#undef X
};

/* Count the flows of a batch from number @from on. */
static void count_batch(struct nfl_audit *audit, const struct nfl_batch *batch, unsigned int from)
{
	unsigned int i;

	for (i = from; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			nfl_account_add(&audit->at[NFL_AUDIT_BATCHES], nfl_batch_flow(batch, i));
	}
}

static void count_list(struct nfl_audit *audit, const struct llist_node *node)
{
	const struct nfl_batch *batch;

	for (; node; node = READ_ONCE(node->next)) {
		batch = llist_entry(node, struct nfl_batch, node);
		count_batch(audit, batch, 0);
	}
}

static void count_chunk(struct nfl_audit *audit, const struct nfl_table *table, u32 n)
{
	const struct nfl_chunk *chunk = &table->chunks[n];
	const struct nfl_flow *flow;
	u32 i = 0;

	if (!chunk->used)
		return;
	nfl_chunk_for_each(chunk, nfl_flow_size(table->family), i, chunk->fresh, flow)
		nfl_account_add(&audit->at[NFL_AUDIT_TABLE], flow);
}

/*
 * On a CPU: one chunk in each step, then the batches that are not queued yet. Tables
 * get larger and smaller between two steps, so a step is a chunk of one family.
 */
static bool count_piece(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct nfl_audit *audit = argument;
	u32 n = *step / NFL_FAMILIES;
	int family = *step % NFL_FAMILIES;

	nfl_rings_work_off(cpu);
	for (; family < NFL_FAMILIES; family++, n = 0) {
		const struct nfl_table *table = &cpu->tables[family];

		if (n < table->chunks_count) {
			count_chunk(audit, table, n);
			*step = (n + 1) * NFL_FAMILIES + family;
			return true;
		}
	}
	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->batch[family])
			count_batch(audit, cpu->batch[family], 0);
	}
	return false;
}

/*
 * Count the CPUs, one at a time: half of what a CPU has would be of no use if it does not
 * reach the end.
 */
static void count_cpus(struct nfl_audit *audit, struct nfl_meter *meter)
{
	int number, place;

	for_each_possible_cpu(number) {
		struct nfl_audit one = { };

		if (!nfl_cpu_call(meter, number, count_piece, &one)) {
			audit->absent++;
			continue;
		}
		for (place = NFL_AUDIT_TABLE; place <= NFL_AUDIT_BATCHES; place++) {
			audit->at[place].flows += one.at[place].flows;
			audit->at[place].packets += one.at[place].packets;
			audit->at[place].octets += one.at[place].octets;
		}
	}
}

/* What the exporter has; rounds are locked, so lists of batches only grow at their heads. */
static void count_exporter(struct nfl_audit *audit, const struct nfl_exporter *export)
{
	const struct nfl_round *round = export->round;
	unsigned int i;

	count_list(audit, READ_ONCE(export->queue.incoming.first));
	count_list(audit, export->carried);
	for (i = round ? round->next : 0; round && i < round->count; i++)
		count_batch(audit, round->batch[i], i == round->next ? export->round_flow : 0);
}

/* What the logs have, record by record; and what each stream has, and should have. */
static void count_logs(struct nfl_audit *audit, struct nfl_exporter *export)
{
	struct nfl_transport *transport = &export->transport;
	struct nfl_log *flows = &transport->log[NFL_LOG_FLOWS];
	struct nfl_account *at = audit->at;
	struct nfl_session *session;
	struct nfl_stream *stream;
	unsigned int i;

	mutex_lock(&transport->lock);
	nfl_log_queued(flows, &at[NFL_AUDIT_MESSAGES]);
	at[NFL_AUDIT_SENT] = flows->sent;
	at[NFL_AUDIT_WITHHELD] = flows->lost[NFL_LOSS_WITHHELD];
	at[NFL_AUDIT_UNMADE] = flows->lost[NFL_LOSS_UNMADE];
	at[NFL_AUDIT_UNSENT] = flows->lost[NFL_LOSS_UNSENT];
	at[NFL_AUDIT_DISCARDED] = export->selection.discarded;
	list_for_each_entry(stream, &transport->streams, list) {
		struct nfl_account rest, waiting;

		if (!nfl_stream_takes(stream, NFL_LOG_FLOWS))
			continue;
		nfl_stream_due(stream, transport->log, NFL_LOG_FLOWS, &rest);
		nfl_stream_waiting(stream, transport->log, NFL_LOG_FLOWS, &waiting);
		nfl_account_subtract(&rest, &stream->sent[NFL_LOG_FLOWS]);
		nfl_account_subtract(&rest, &stream->lost[NFL_LOG_FLOWS]);
		nfl_account_subtract(&rest, &stream->passed[NFL_LOG_FLOWS]);
		nfl_account_subtract(&rest, &waiting);
		audit->streams++;
		audit->unbalanced += rest.flows || rest.packets || rest.octets;
	}
	list_for_each_entry(session, &transport->sessions, list) {
		for (i = 0; i < session->sends.count; i++) {
			const struct nfl_send *send = nfl_sends_at(&session->sends, i);

			if (send->stream && send->log == NFL_LOG_FLOWS)
				nfl_account_sum(&audit->unanswered, &send->sum);
		}
	}
	mutex_unlock(&transport->lock);
}

/**
 * nfl_audit_take() - count all flows
 * @export: the exporter of the namespace
 * @audit: filled
 *
 * Context: process; takes the lock of rounds, and waits for each CPU that answers.
 */
void nfl_audit_take(struct nfl_exporter *export, struct nfl_audit *audit)
{
	struct nfl_account *at = audit->at;
	struct nfl_sums sums;
	const u64 *sum = sums.counter;
	int place;

	memset(audit, 0, sizeof(*audit));
	mutex_lock(&export->round_lock);
	count_exporter(audit, export);
	count_cpus(audit, export->meter);
	count_logs(audit, export);
	nfl_meter_sums(export->meter, -1, &sums);
	audit->unmerged = export->unmerged;
	at[NFL_AUDIT_SEEN].packets = sum[NFL_SEEN_PACKETS];
	at[NFL_AUDIT_SEEN].octets = sum[NFL_SEEN_OCTETS];
	at[NFL_AUDIT_IGNORED].packets = sum[NFL_LOST_PACKETS];
	at[NFL_AUDIT_IGNORED].octets = sum[NFL_LOST_OCTETS];
	at[NFL_AUDIT_UNSAMPLED].packets = sum[NFL_UNSAMPLED_PACKETS];
	at[NFL_AUDIT_UNSAMPLED].octets = sum[NFL_UNSAMPLED_OCTETS];
	at[NFL_AUDIT_DROPPED] = (struct nfl_account) {
		.flows = sum[NFL_DROPPED_FLOWS],
		.packets = sum[NFL_DROPPED_PACKETS],
		.octets = sum[NFL_DROPPED_OCTETS],
	};
	mutex_unlock(&export->round_lock);

	audit->missing = at[NFL_AUDIT_SEEN];
	for (place = NFL_AUDIT_IGNORED; place < NFL_AUDIT_PLACES; place++)
		nfl_account_subtract(&audit->missing, &at[place]);
}

/**
 * nfl_audit_close() - the last audit of a namespace that is being removed
 * @export: the exporter, stopped; no packets are metered any more
 *
 * Context: process; sleeps.
 */
void nfl_audit_close(struct nfl_exporter *export)
{
	struct nfl_audit audit;

	nfl_audit_take(export, &audit);
	if (!audit.missing.packets && !audit.missing.octets && !audit.at[NFL_AUDIT_MESSAGES].flows)
		return;
	pr_err("the account does not balance: %lld packets, %lld octets are missing, %llu flows are in a log\n",
	       audit.missing.packets, audit.missing.octets, audit.at[NFL_AUDIT_MESSAGES].flows);
}
