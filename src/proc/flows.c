// SPDX-License-Identifier: GPL-2.0-only
/*
 * The flow table as text: /proc/net/stat/ipt_netflow_flows.
 *
 * A reader does not access a table. It asks the CPU for a piece of the table, which this
 * CPU copies between two packets in a few microseconds, and then prints the copy. So the
 * lines of a large table are from different times, but each line is consistent.
 */
#include <linux/if_vlan.h>
#include <linux/in6.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "base/clock.h"
#include "flow/fields.h"
#include "instance.h"
#include "meter/cpu.h"
#include "meter/ring.h"
#include "proc/procfs.h"

/*
 * The number of octets that a CPU copies with bottom halves off. A read(2) shows a part of
 * them, so they are kept in the state of the reader: 16 kB in all, which kmalloc() aligns.
 */
#define PIECE_OFFSET	128
#define PIECE_SIZE	(16384 - PIECE_OFFSET)

/**
 * struct dump_state - a reader
 * @net: needed by seq_file_net
 * @cpu: the CPU whose table is read
 * @family: the family of the table
 * @chunk: the chunk of the table
 * @entry: the entry of the chunk that the next copy starts with
 * @copied: entries in @copy
 * @shown: the next entry of @copy to print
 * @ended: all tables of the CPU are read
 * @absent: the CPU does not answer, which is to be printed
 * @line: number of the line
 * @extras: extra fields that have columns: those that were wanted when the file was opened
 * @copy: the copied piece, with the alignment of entries
 */
struct dump_state {
	struct seq_net_private net;
	int cpu;
	enum nfl_family family;
	u32 chunk;
	u32 entry;
	u32 copied;
	u32 shown;
	bool ended;
	bool absent;
	u64 line;
	u16 extras;
	u8 copy[PIECE_SIZE] __aligned(PIECE_OFFSET);
};

static_assert(sizeof(struct dump_state) == 16384);

size_t nfl_flows_state_size(void)
{
	return sizeof(struct dump_state);
}

/* On the CPU: copy the next piece. */
static bool copy_piece(struct nfl_cpu *cpu, void *argument, unsigned int *step)
{
	struct dump_state *state = argument;

	nfl_rings_work_off(cpu);
	for (; state->family < NFL_FAMILIES; state->family++) {
		const struct nfl_table *table = &cpu->tables[state->family];
		const size_t size = nfl_flow_size(state->family);

		for (; state->chunk < table->chunks_count; state->chunk++) {
			const struct nfl_chunk *chunk = &table->chunks[state->chunk];
			u32 count;

			if (!chunk->entries || !chunk->used || state->entry >= chunk->fresh) {
				state->entry = 0;
				continue;
			}
			state->entry = max(state->entry, nfl_chunk_first(state->family));
			count = min_t(u32, chunk->fresh - state->entry, PIECE_SIZE / size);
			memcpy(state->copy, chunk->entries + state->entry * size, count * size);
			state->copied = count;
			state->entry += count;
			return false;
		}
		state->chunk = 0;
		state->entry = 0;
	}
	state->ended = true;
	return false;
}

static struct nfl_flow *copied(struct dump_state *state)
{
	return (void *)state->copy + state->shown * nfl_flow_size(state->family);
}

/* Stands for the flows of a CPU that does not answer. */
static struct nfl_flow absent;

/* The next flow to print; NULL at the end. */
static struct nfl_flow *dump_find(struct nfl_net *nn, struct dump_state *state)
{
	for (;;) {
		if (state->absent)
			return &absent;
		for (; state->shown < state->copied; state->shown++) {
			if (copied(state)->packets)
				return copied(state);
		}
		state->shown = 0;
		state->copied = 0;
		if (state->ended) {
			state->cpu = cpumask_next(state->cpu, cpu_possible_mask);
			state->ended = false;
			state->family = NFL_IPV4;
			state->chunk = 0;
			state->entry = 0;
		}
		if (state->cpu >= nr_cpu_ids || signal_pending(current))
			return NULL;
		state->absent = !nfl_cpu_call(&nn->meter, state->cpu, copy_piece, state);
	}
}

static void *dump_start(struct seq_file *seq, loff_t *position)
{
	struct nfl_net *nn = nfl_net_of(seq_file_net(seq));
	struct dump_state *state = seq->private;

	if (!*position) {
		state->cpu = cpumask_first(cpu_possible_mask);
		state->family = NFL_IPV4;
		state->extras = READ_ONCE(nn->meter.wanted) & NFL_EXTRAS_ALL;
		state->chunk = 0;
		state->entry = 0;
		state->copied = 0;
		state->shown = 0;
		state->ended = false;
		state->absent = false;
		state->line = 0;
		return SEQ_START_TOKEN;
	}
	return READ_ONCE(nn->meter.cpus) ? dump_find(nn, state) : NULL;
}

static void *dump_next(struct seq_file *seq, void *current_flow, loff_t *position)
{
	struct nfl_net *nn = nfl_net_of(seq_file_net(seq));
	struct dump_state *state = seq->private;

	++*position;
	if (current_flow == &absent) {
		state->absent = false;
		state->ended = true;
	} else if (current_flow != SEQ_START_TOKEN) {
		state->shown++;
		state->line++;
	}
	return READ_ONCE(nn->meter.cpus) ? dump_find(nn, state) : NULL;
}

static void dump_stop(struct seq_file *seq, void *current_flow)
{
}

/* Time-outs that are over: bit 0 inactive, bit 1 active. */
static unsigned int due_bits(const struct nfl_net *nn, const struct nfl_flow *flow, u32 now)
{
	return ((s32)(now - flow->last) >= (s32)nfl_config_inactive_ms(&nn->config) ? 1 : 0) |
	       ((s32)(now - flow->first) >= (s32)nfl_config_active_ms(&nn->config) ? 2 : 0);
}

/* A flow that was created before a field was wanted has its column, too. */
static void show_link(struct seq_file *seq, u16 extras, const struct nfl_link *link)
{
	if (nfl_extra_has(extras, NFL_EXTRA_MAC))
		seq_printf(seq, "%pM,%pM ", link->smac, link->dmac);
	if (nfl_extra_has(extras, NFL_EXTRA_VLAN)) {
		/* the id; the key has the priority too */
		if (link->vlan[1])
			seq_printf(seq, "%u,%u ", link->vlan[0] & VLAN_VID_MASK,
				   link->vlan[1] & VLAN_VID_MASK);
		else if (link->vlan[0])
			seq_printf(seq, "%u ", link->vlan[0] & VLAN_VID_MASK);
		else
			seq_puts(seq, "- ");
	}
	if (nfl_extra_has(extras, NFL_EXTRA_ETHERTYPE))
		seq_printf(seq, "%04x ", ntohs(link->ethertype));
}

static void show_flow(struct seq_file *seq, struct dump_state *state, const struct nfl_flow *flow)
{
	const struct nfl_net *nn = nfl_net_of(seq_file_net(seq));
	const struct nfl_flow4 *flow4 = (const struct nfl_flow4 *)flow;
	const struct nfl_flow6 *flow6 = (const struct nfl_flow6 *)flow;
	const bool v4 = nfl_family_is_ipv4(state->family);
	const u32 now = nfl_clock();
	const u32 iif = nfl_flow_iif(flow, state->family);
	static const struct nfl_wide none;
	const struct nfl_wide *wide = nfl_family_is_wide(state->family) ?
				      nfl_flow_wide(flow, state->family) : &none;

	seq_printf(seq, "%llu %04x %x %d,%d ", state->line + 1, flow->hash,
		   due_bits(nn, flow, now), (int)(iif ?: -1), (int)(flow->oif ?: -1));
	show_link(seq, state->extras, &wide->link);
	if (v4)
		seq_printf(seq, "%u %pI4,%u %pI4,%u %pI4 %x,%x,", flow4->key.protocol,
			   &flow4->key.saddr, ntohs(flow4->key.ports.sport), &flow4->key.daddr,
			   ntohs(flow4->key.ports.dport), &flow4->nexthop, flow4->key.tos,
			   flow->tcp_flags);
	else
		seq_printf(seq, "%u %pI6c,%u %pI6c,%u %pI6c %x,%x,", flow6->key.protocol,
			   &flow6->key.saddr, ntohs(flow6->key.ports.sport), &flow6->key.daddr,
			   ntohs(flow6->key.ports.dport), &flow6->nexthop, flow6->key.tos,
			   flow->tcp_flags);
	seq_printf(seq, "%x,%llx %llu %llu %lu,%lu\n", wide->details.ip_options,
		   wide->details.tcp_options, flow->packets, flow->octets,
		   msecs_to_jiffies(now - flow->first), msecs_to_jiffies(now - flow->last));
}

static int dump_show(struct seq_file *seq, void *flow)
{
	const struct dump_state *state = seq->private;

	if (flow == SEQ_START_TOKEN)
		seq_printf(seq, "# hash a dev:i,o %s%s%sproto src:ip,port dst:ip,port nexthop tos,tcpflags,options,tcpoptions packets bytes ts:first,last\n",
			   nfl_extra_has(state->extras, NFL_EXTRA_MAC) ? "mac:src,dst " : "",
			   nfl_extra_has(state->extras, NFL_EXTRA_VLAN) ? "vlan " : "",
			   nfl_extra_has(state->extras, NFL_EXTRA_ETHERTYPE) ? "type " : "");
	else if (flow == &absent)
		seq_printf(seq, "# cpu%d does not answer: its flows are not shown\n", state->cpu);
	else
		show_flow(seq, seq->private, flow);
	return 0;
}

const struct seq_operations nfl_flows_operations = {
	.start = dump_start,
	.next = dump_next,
	.stop = dump_stop,
	.show = dump_show,
};
