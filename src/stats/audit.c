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

static void count_batch(struct nfl_audit *audit, const struct nfl_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			nfl_account_add(&audit->at[NFL_AUDIT_BATCHES], nfl_batch_flow(batch, i));
	}
}

static void count_list(struct nfl_audit *audit, const struct llist_node *node)
{
	const struct nfl_batch *batch;

	for (; node; node = READ_ONCE(node->next)) {
		batch = llist_entry(node, struct nfl_batch, node);
		count_batch(audit, batch);
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
			count_batch(audit, cpu->batch[family]);
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

/* The batches of the exporter. It is locked, so lists of batches only grow at their heads. */
static void count_exporter(struct nfl_audit *audit, const struct nfl_exporter *export)
{
	const struct nfl_round *round = export->round;
	unsigned int i;

	count_list(audit, READ_ONCE(export->queue.incoming.first));
	count_list(audit, export->carried);
	for (i = round ? round->next : 0; round && i < round->count; i++)
		count_batch(audit, round->batch[i]);
}

static void subtract(struct nfl_account *from, const struct nfl_account *what)
{
	from->flows -= what->flows;
	from->packets -= what->packets;
	from->octets -= what->octets;
}

/**
 * nfl_audit_take() - count all flows
 * @export: the exporter of the namespace
 * @audit: filled
 *
 * Context: process; takes the exporter's lock, and waits for each CPU that answers.
 */
void nfl_audit_take(struct nfl_exporter *export, struct nfl_audit *audit)
{
	struct nfl_account *at = audit->at;
	struct nfl_sums sums;
	const u64 *sum = sums.counter;
	int place;

	memset(audit, 0, sizeof(*audit));
	mutex_lock(&export->lock);
	count_exporter(audit, export);
	count_cpus(audit, export->meter);
	nfl_meter_sums(export->meter, -1, &sums);
	audit->unmerged = export->unmerged;
	at[NFL_AUDIT_SEEN].packets = sum[NFL_SEEN_PACKETS];
	at[NFL_AUDIT_SEEN].octets = sum[NFL_SEEN_OCTETS];
	at[NFL_AUDIT_IGNORED].packets = sum[NFL_LOST_PACKETS];
	at[NFL_AUDIT_IGNORED].octets = sum[NFL_LOST_OCTETS];
	at[NFL_AUDIT_UNSAMPLED].packets = sum[NFL_UNSAMPLED_PACKETS];
	at[NFL_AUDIT_UNSAMPLED].octets = sum[NFL_UNSAMPLED_OCTETS];
	at[NFL_AUDIT_MESSAGES] = export->account.pending;
	at[NFL_AUDIT_SENT] = export->account.exported;
	at[NFL_AUDIT_DISCARDED] = export->account.discarded;
	at[NFL_AUDIT_DROPPED] = (struct nfl_account) {
		.flows = sum[NFL_DROPPED_FLOWS],
		.packets = sum[NFL_DROPPED_PACKETS],
		.octets = sum[NFL_DROPPED_OCTETS],
	};
	at[NFL_AUDIT_WITHHELD] = export->account.lost_withheld;
	at[NFL_AUDIT_UNMADE] = export->account.lost_unmade;
	at[NFL_AUDIT_UNSENT] = export->account.lost;
	subtract(&at[NFL_AUDIT_UNSENT], &export->account.lost_withheld);
	subtract(&at[NFL_AUDIT_UNSENT], &export->account.lost_unmade);
	mutex_unlock(&export->lock);

	audit->missing = at[NFL_AUDIT_SEEN];
	for (place = NFL_AUDIT_IGNORED; place < NFL_AUDIT_PLACES; place++)
		subtract(&audit->missing, &at[place]);
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
	pr_err("the account does not balance: %lld packets, %lld octets are missing, %llu flows in no message\n",
	       audit.missing.packets, audit.missing.octets, audit.at[NFL_AUDIT_MESSAGES].flows);
}
