// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit: what the account says, counted.
 *
 * The account (stats.c) has only counters to go by. What is in tables and queue it
 * makes up from the difference of others, so it adds up whatever is wrong. Here
 * the flows are looked at one by one where they lie:
 *
 *   seen = ignored + unsampled + table + batches + messages + sent + discarded +
 *          dropped + withheld + unmade + unsent
 *
 * in packets and in octets, whenever traffic and exporter rest. What is missing
 * in it is the sum of all that the module has done wrong so far. Tests look after
 * each file (/proc/net/stat/ipt_netflow_audit, for root), and when a namespace
 * goes, the kernel's log has a line if anything is missing then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "export/merge.h"
#include "instance.h"
#include "meter/batch.h"
#include "meter/cpu.h"
#include "meter/meter.h"
#include "meter/ring.h"
#include "stats/audit.h"

/* Where a packet may be, in the order of its way; of those from TABLE on flows are known. */
#define NFL_PLACES(X)							\
	X(SEEN, "seen")			/* by a rule or a hook */	\
	X(IGNORED, "ignored")		/* not metered */		\
	X(UNSAMPLED, "unsampled")	/* a sampler left the packet out */	\
	X(TABLE, "table")		/* counted */			\
	X(BATCHES, "batches")		/* counted */			\
	X(MESSAGES, "messages")		/* not taken or dropped yet */	\
	X(SENT, "sent")							\
	X(DISCARDED, "discarded")	/* a sampler left the record out */	\
	/* lost: evicted while the exporter's queue was full, ... */	\
	X(DROPPED, "dropped")						\
	/* ... no protocol in use can tell of it, ... */		\
	X(WITHHELD, "withheld")						\
	/* ... there was no memory for a message, ... */		\
	X(UNMADE, "unmade")						\
	/* ... no destination took it */				\
	X(UNSENT, "unsent")

enum place {
#define X(name, _text) PLACE_##name,
	NFL_PLACES(X)
#undef X
	PLACES
};

/* By enum place, which comes from the same lines. */
static const char *const place_names[PLACES] = {
#define X(_name, text) text,
	NFL_PLACES(X)
#undef X
};

struct audit {
	struct nfl_account at[PLACES];
	struct nfl_account missing;
};

static void count_batch(struct audit *audit, const struct nfl_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (nfl_batch_flow(batch, i)->packets)
			nfl_account_add(&audit->at[PLACE_BATCHES], nfl_batch_flow(batch, i));
	}
}

static void count_list(struct audit *audit, const struct llist_node *node)
{
	const struct nfl_batch *batch;

	for (; node; node = READ_ONCE(node->next)) {
		batch = llist_entry(node, struct nfl_batch, node);
		count_batch(audit, batch);
	}
}

static void count_chunk(struct audit *audit, const struct nfl_table *table, u32 n)
{
	const struct nfl_chunk *chunk = &table->chunks[n];
	u32 i;

	/* reference 0 is no flow's */
	for (i = n ? 0 : 1; chunk->used && i < chunk->fresh; i++) {
		const struct nfl_flow *flow = chunk->entries + i * nfl_flow_size(table->family);

		if (flow->packets)
			nfl_account_add(&audit->at[PLACE_TABLE], flow);
	}
}

/* On a CPU: one chunk at a step, and in the end what is on its way to the exporter. */
static bool count_cpu(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct audit *audit = argument;
	u32 n = *step;
	int family;

	nfl_rings_work_off(cpu);
	for (family = 0; family < NFL_FAMILIES; family++) {
		const struct nfl_table *table = &cpu->tables[family];

		if (n < table->chunks_count) {
			count_chunk(audit, table, n);
			++*step;
			return true;
		}
		n -= table->chunks_count;
	}
	for (family = 0; family < NFL_FAMILIES; family++) {
		if (cpu->batch[family])
			count_batch(audit, cpu->batch[family]);
	}
	return false;
}

/* What the exporter has; it is locked, so lists of batches only grow at their heads. */
static void count_exporter(struct audit *audit, const struct nfl_exporter *export)
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

/* Context: process; takes the exporter's lock, and waits for each CPU. */
static void audit_take(struct netflow *nf, struct audit *audit)
{
	struct nfl_exporter *export = &nf->exporter;
	struct nfl_account *at = audit->at;
	struct nfl_sums sums;
	const u64 *sum = sums.counter;
	int place;

	memset(audit, 0, sizeof(*audit));
	mutex_lock(&export->lock);
	count_exporter(audit, export);
	nfl_cpus_call(&nf->meter, NULL, count_cpu, audit);
	nfl_meter_sums(&nf->meter, -1, &sums);
	at[PLACE_SEEN].packets = sum[NFL_SEEN_PACKETS];
	at[PLACE_SEEN].octets = sum[NFL_SEEN_OCTETS];
	at[PLACE_IGNORED].packets = sum[NFL_LOST_PACKETS];
	at[PLACE_IGNORED].octets = sum[NFL_LOST_OCTETS];
	at[PLACE_UNSAMPLED].packets = sum[NFL_UNSAMPLED_PACKETS];
	at[PLACE_UNSAMPLED].octets = sum[NFL_UNSAMPLED_OCTETS];
	at[PLACE_MESSAGES] = export->account.pending;
	at[PLACE_SENT] = export->account.exported;
	at[PLACE_DISCARDED] = export->account.discarded;
	at[PLACE_DROPPED] = (struct nfl_account) {
		.flows = sum[NFL_DROPPED_FLOWS],
		.packets = sum[NFL_DROPPED_PACKETS],
		.octets = sum[NFL_DROPPED_OCTETS],
	};
	at[PLACE_WITHHELD] = export->account.lost_withheld;
	at[PLACE_UNMADE] = export->account.lost_unmade;
	at[PLACE_UNSENT] = export->account.lost;
	subtract(&at[PLACE_UNSENT], &export->account.lost_withheld);
	subtract(&at[PLACE_UNSENT], &export->account.lost_unmade);
	mutex_unlock(&export->lock);

	audit->missing = at[PLACE_SEEN];
	for (place = PLACE_IGNORED; place < PLACES; place++)
		subtract(&audit->missing, &at[place]);
}

/**
 * nfl_audit_show() - the file ipt_netflow_audit: place, packets, octets, flows
 * @seq: the file
 * @unused: nothing
 *
 * Causes of what was ignored are known in packets only. Where flows are not known
 * there is a 0.
 *
 * Return: 0.
 */
int nfl_audit_show(struct seq_file *seq, void *unused)
{
	struct netflow *nf = nfl_instance(seq_file_single_net(seq));
	struct nfl_sums sums;
	struct audit audit;
	int place;

	audit_take(nf, &audit);
	for (place = 0; place < PLACES; place++)
		seq_printf(seq, "%-9s %llu %llu %llu\n", place_names[place],
			   audit.at[place].packets, audit.at[place].octets, audit.at[place].flows);
	nfl_meter_sums(&nf->meter, -1, &sums);
	seq_printf(seq, "%-9s %llu\n", "truncated", sums.counter[NFL_TRUNCATED]);
	seq_printf(seq, "%-9s %llu\n", "malformed", sums.counter[NFL_MALFORMED]);
	seq_printf(seq, "%-9s %llu\n", "no_memory", sums.counter[NFL_NO_MEMORY]);
	seq_printf(seq, "%-9s %lld %lld\n", "missing", audit.missing.packets,
		   audit.missing.octets);
	return 0;
}

/**
 * nfl_audit_close() - the last audit of a namespace, which goes
 * @nf: the namespace, its packets and its exporter at an end
 *
 * Context: process; sleeps.
 */
void nfl_audit_close(struct netflow *nf)
{
	struct audit audit;

	audit_take(nf, &audit);
	if (!audit.missing.packets && !audit.missing.octets && !audit.at[PLACE_MESSAGES].flows)
		return;
	pr_err("the account does not balance: %lld packets, %lld octets are missing, %llu flows in no message\n",
	       audit.missing.packets, audit.missing.octets, audit.at[PLACE_MESSAGES].flows);
}
