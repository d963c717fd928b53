// SPDX-License-Identifier: GPL-2.0-only
/*
 * Aggregation in a namespace.
 *
 * Packets read the rules under RCU and count their use on their own CPU. If the key of a
 * packet was rewritten, its translation by NAT is not recorded: it would be valid for only
 * one of the connections that share the key.
 */
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "meter/aggregation.h"
#include "meter/aggregation_rules.h"
#include "meter/meter.h"

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
 * @meter: the metering process
 * @packet: the packet, parsed and not hashed yet
 * @family: its family
 *
 * Later fragments have no ports.
 *
 * Context: a netfilter hook, bottom halves off.
 * Return: true if a rule applied.
 */
bool nfl_aggregation_rewrite(struct nfl_meter *meter, struct nfl_packet *packet,
			     enum nfl_family family)
{
	const struct nfl_aggregation *aggregation = rcu_dereference(meter->aggregation);
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

/**
 * nfl_aggregation_lengths() - find the prefix lengths of a flow's addresses
 * @aggregation: the rules, with some for networks
 * @family: the family of the flow
 * @key: the key of the flow
 * @source: set to the prefix length of the source address
 * @destination: set to the prefix length of the destination address
 */
void nfl_aggregation_lengths(const struct nfl_aggregation *aggregation, enum nfl_family family,
			     const void *key, u8 *source, u8 *destination)
{
	const struct nfl_rewrites *rewrites = aggregation->rewrites;

	if (nfl_family_is_ipv4(family)) {
		const struct nfl_key4 *key4 = key;

		*source = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV4, &key4->saddr);
		*destination = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV4, &key4->daddr);
	} else {
		const struct nfl_key6 *key6 = key;

		*source = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV6, key6->saddr.s6_addr32);
		*destination = nfl_rewrites_left(rewrites, NFL_REWRITE_IPV6,
						 key6->daddr.s6_addr32);
	}
}

/**
 * nfl_aggregation_free() - free rules
 * @aggregation: the rules; no packet uses them. May be NULL.
 */
void nfl_aggregation_free(struct nfl_aggregation *aggregation)
{
	if (!aggregation)
		return;
	free_percpu(aggregation->used);
	kfree(aggregation->rewrites);
	kfree(aggregation);
}

/**
 * nfl_aggregation_make() - parse the text of rules
 * @text: the text
 * @aggregation: set to the rules; NULL if the text is empty
 *
 * Context: process; sleeps.
 * Return: 0; -EINVAL, -ENOMEM.
 */
int nfl_aggregation_make(const char *text, struct nfl_aggregation **aggregation)
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
		nfl_aggregation_free(*aggregation);
		return -ENOMEM;
	}
	return 0;
}

/**
 * nfl_aggregation_check() - check the text of rules
 * @text: the text
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
 * nfl_aggregation_use() - replace the rules
 * @meter: the metering process
 * @new: the new rules; NULL for none
 *
 * Context: process; sleeps. Calls must be serialised.
 * Return: the old rules. Packets may use them until the end of a grace period.
 */
struct nfl_aggregation *nfl_aggregation_use(struct nfl_meter *meter, struct nfl_aggregation *new)
{
	struct nfl_aggregation *old = rcu_dereference_protected(meter->aggregation, true);

	if (new && !old)
		static_branch_inc(&nfl_aggregation_key);
	rcu_assign_pointer(meter->aggregation, new);
	if (old && !new)
		static_branch_dec(&nfl_aggregation_key);
	return old;
}
