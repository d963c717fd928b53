// SPDX-License-Identifier: GPL-2.0-only
/*
 * Aggregation in a namespace.
 *
 * Packets find the rules by RCU and count their use on their own CPU. A packet
 * whose key is not its own any more is not asked what NAT makes of it: that would
 * be true of one of the flows that share the key.
 */
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "instance.h"
#include "meter/aggregation.h"
#include "meter/aggregation_rules.h"

DEFINE_STATIC_KEY_FALSE(nfl_aggregation_key);

static bool count_use(const struct nfl_aggregation *aggregation, int rule)
{
	if (rule < 0)
		return false;
	this_cpu_inc(aggregation->used[rule]);
	return true;
}

static bool rewrite_address(const struct nfl_aggregation *aggregation, enum nfl_rewrite_kind kind,
			    __be32 *address)
{
	return count_use(aggregation, nfl_rewrite_address(aggregation->rewrites, kind, address));
}

static bool rewrite_port(const struct nfl_aggregation *aggregation, __be16 *port)
{
	return count_use(aggregation, nfl_rewrite_port(aggregation->rewrites, port));
}

/**
 * nfl_aggregation_rewrite() - rewrite a packet's addresses and ports
 * @nf: the namespace
 * @packet: the packet, parsed and not hashed yet
 * @family: its family
 *
 * Later fragments have no ports that could be.
 *
 * Context: a netfilter hook, bottom halves off.
 * Return: true if a rule applied.
 */
bool nfl_aggregation_rewrite(struct netflow *nf, struct nfl_packet *packet,
			     enum nfl_family family)
{
	const struct nfl_aggregation *aggregation = rcu_dereference(nf->aggregation);
	union nfl_ports *ports;
	bool rewritten;
	u8 protocol;

	if (!aggregation)
		return false;
	if (nfl_family_is_ipv4(family)) {
		struct nfl_key4 *key = nfl_packet_key(packet);

		rewritten = rewrite_address(aggregation, NFL_REWRITE_IPV4, &key->saddr);
		rewritten |= rewrite_address(aggregation, NFL_REWRITE_IPV4, &key->daddr);
		protocol = key->protocol;
		ports = &key->ports;
	} else {
		struct nfl_key6 *key = nfl_packet_key(packet);

		rewritten = rewrite_address(aggregation, NFL_REWRITE_IPV6, key->saddr.s6_addr32);
		rewritten |= rewrite_address(aggregation, NFL_REWRITE_IPV6, key->daddr.s6_addr32);
		protocol = key->protocol;
		ports = &key->ports;
	}
	if (nfl_protocol_has_ports(protocol) && !packet->later_fragment) {
		rewritten |= rewrite_port(aggregation, &ports->sport);
		rewritten |= rewrite_port(aggregation, &ports->dport);
	}
	return rewritten;
}

static struct nfl_aggregation *locked(const struct netflow *nf)
{
	return rcu_dereference_protected(nf->aggregation, lockdep_is_held(&nf->export.lock));
}

/**
 * nfl_aggregation_lengths() - how much of a flow's addresses is left
 * @nf: the namespace, its exporter locked, with rules for networks
 * @family: the flow's family
 * @record: its record, where the prefix lengths are set
 */
void nfl_aggregation_lengths(struct netflow *nf, enum nfl_family family, struct nfl_record *record)
{
	const struct nfl_rewrites *rewrites = locked(nf)->rewrites;
	const void *key = nfl_flow_key(record->flow);

	if (nfl_family_is_ipv4(family)) {
		const struct nfl_key4 *key4 = key;

		record->source_length = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV4,
							  &key4->saddr);
		record->destination_length = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV4,
							       &key4->daddr);
	} else {
		const struct nfl_key6 *key6 = key;

		record->source_length = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV6,
							  key6->saddr.s6_addr32);
		record->destination_length = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV6,
							       key6->daddr.s6_addr32);
	}
}

static void show_rule(struct seq_file *seq, const struct nfl_rewrites *rewrites, unsigned int i)
{
	const unsigned int ports = nfl_rewrites_begin(rewrites, NFL_REWRITE_PORT);
	const struct nfl_rewrite *rule = &rewrites->rule[i];

	switch (rule->kind) {
	case NFL_REWRITE_IPV4:
		seq_printf(seq, "aggr#%u net: match %pI4/%u strip %u", i, rule->address,
			   rule->length, rule->left);
		break;
	case NFL_REWRITE_IPV6:
		seq_printf(seq, "aggr#%u net: match %pI6c/%u strip %u", i, rule->address,
			   rule->length, rule->left);
		break;
	default:
		seq_printf(seq, "aggr#%u port: ports %u-%u replace %u", i - ports, rule->first,
			   rule->last, rule->port);
		break;
	}
}

/**
 * nfl_aggregation_show() - show the rules and how often they were used
 * @nf: the namespace
 * @seq: where to
 *
 * Context: process; takes the exporter's lock.
 */
void nfl_aggregation_show(struct netflow *nf, struct seq_file *seq)
{
	const struct nfl_aggregation *aggregation;
	unsigned int i;
	int cpu;

	mutex_lock(&nf->export.lock);
	aggregation = locked(nf);
	for (i = 0; aggregation && i < nfl_rewrites_count(aggregation->rewrites); i++) {
		unsigned long used = 0;

		for_each_possible_cpu(cpu)
			used += READ_ONCE(per_cpu_ptr(aggregation->used, cpu)[i]);
		show_rule(seq, aggregation->rewrites, i);
		seq_printf(seq, " (usage %lu)\n", used);
	}
	mutex_unlock(&nf->export.lock);
}

static void aggregation_free(struct nfl_aggregation *aggregation)
{
	if (!aggregation)
		return;
	free_percpu(aggregation->used);
	kfree(aggregation->rewrites);
	kfree(aggregation);
}

/* NULL in *@aggregation if the text has no rules. */
static int aggregation_make(const char *text, struct nfl_aggregation **aggregation)
{
	struct nfl_rewrites *rewrites;
	int err;

	*aggregation = NULL;
	err = nfl_rewrites_parse(text, &rewrites);
	if (err || !rewrites)
		return err;
	*aggregation = kzalloc(sizeof(**aggregation), GFP_KERNEL);
	if (!*aggregation) {
		kfree(rewrites);
		return -ENOMEM;
	}
	(*aggregation)->rewrites = rewrites;
	(*aggregation)->used = __alloc_percpu(nfl_rewrites_count(rewrites) * sizeof(unsigned long),
					      sizeof(unsigned long));
	if (!(*aggregation)->used) {
		aggregation_free(*aggregation);
		return -ENOMEM;
	}
	return 0;
}

/**
 * nfl_aggregation_check() - could these be rules?
 * @text: their text
 *
 * Return: 0; -EINVAL, -ENOMEM.
 */
int nfl_aggregation_check(const char *text)
{
	struct nfl_rewrites *rewrites = NULL;
	const int err = nfl_rewrites_parse(text, &rewrites);

	kfree(rewrites);
	return err;
}

/**
 * nfl_aggregation_set() - aggregate by other rules from now on
 * @nf: the namespace, its settings locked, or being made or dying
 * @text: the rules; empty for none
 *
 * What was metered before is exported first, with the lengths that the old rules
 * have left.
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL, -ENOMEM, and the old rules are at work.
 */
int nfl_aggregation_set(struct netflow *nf, const char *text)
{
	struct nfl_aggregation *old, *new;
	int err;

	err = aggregation_make(text, &new);
	if (err)
		return err;
	old = rcu_dereference_protected(nf->aggregation, true);
	if (!old && !new)
		return 0;
	nfl_export_flush(nf);
	if (!old)
		static_branch_inc(&nfl_aggregation_key);
	mutex_lock(&nf->export.lock);
	rcu_assign_pointer(nf->aggregation, new);
	nfl_export_set_added(nf, NFL_EXTRAS_OF_AGGREGATION,
			     new && new->rewrites->end[NFL_REWRITE_IPV6]);
	mutex_unlock(&nf->export.lock);
	if (!new)
		static_branch_dec(&nfl_aggregation_key);
	nfl_export_announce(nf);
	if (old) {
		synchronize_rcu();
		aggregation_free(old);
	}
	return 0;
}
