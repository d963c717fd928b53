// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account, counted: place, packets, octets, flows.
 */
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "instance.h"
#include "meter/counters.h"
#include "proc/procfs.h"
#include "stats/audit.h"

/**
 * nfl_audit_show() - the file ipt_netflow_audit
 * @seq: the file
 * @unused: nothing
 *
 * Causes of what was ignored are known in packets only. Where flows are not known there
 * is a 0.
 *
 * Return: 0.
 */
int nfl_audit_show(struct seq_file *seq, void *unused)
{
	struct nfl_net *nn = nfl_net_of(seq_file_single_net(seq));
	struct nfl_sums sums;
	struct nfl_audit audit;
	int place;

	nfl_audit_take(&nn->exporter, &audit);
	for (place = 0; place < NFL_AUDIT_PLACES; place++)
		seq_printf(seq, "%-9s %llu %llu %llu\n", nfl_audit_names[place],
			   audit.at[place].packets, audit.at[place].octets, audit.at[place].flows);
	nfl_meter_sums(&nn->meter, -1, &sums);
	seq_printf(seq, "%-9s %llu\n", "truncated", sums.counter[NFL_TRUNCATED]);
	seq_printf(seq, "%-9s %llu\n", "malformed", sums.counter[NFL_MALFORMED]);
	seq_printf(seq, "%-9s %llu\n", "no_memory", sums.counter[NFL_NO_MEMORY]);
	seq_printf(seq, "%-9s %lld %lld\n", "missing", audit.missing.packets,
		   audit.missing.octets);
	seq_printf(seq, "%-9s %llu\n", "unmerged", audit.unmerged);
	seq_printf(seq, "%-9s %u\n", "absent", audit.absent);
	seq_printf(seq, "%-9s %llu %llu %llu\n", "unanswered", audit.unanswered.packets,
		   audit.unanswered.octets, audit.unanswered.flows);
	seq_printf(seq, "%-9s %u %u\n", "unbalanced", audit.unbalanced, audit.streams);
	return 0;
}
