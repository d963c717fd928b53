// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translations in flow records (natfields=1): a packet is asked for the
 * connection that it belongs to, and that for the end points after NAT.
 *
 * A connection's first packet passes the rules in FORWARD before its source is
 * translated (POSTROUTING, behind all of iptables' tables), and may be the only
 * one. It waits in the CPU's ring meanwhile, and is the last there: hooks behind
 * NAT fill in what it awaits. So nothing is kept of conntrack beyond the hook in
 * which it was read, no reference, no pointer. (One more reference to a new
 * connection would have NFQUEUE drop its packets, and a bridge warn.)
 *
 * What is not caught that way: the only packet of a connection that is metered in
 * OUTPUT, in process context, and interrupted there until the ring was worked off. On
 * PREEMPT_RT, where a timer may come between two hooks of any packet, also in FORWARD.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>

#include "compat/conntrack.h"
#include "meter/enrich.h"
#include "meter/nat_hook.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack.h>

/* An error's outer addresses are not those of the connection that it is about. */
static bool is_error(u8 protocol, enum ip_conntrack_info info)
{
	return (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) &&
	       (info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY);
}

/* Packets of one direction are, after NAT, the other direction's turned round. */
static void set4(struct nfl_packet4_wide *packet, const struct nf_conntrack_tuple *other)
{
	packet->nat.saddr = other->dst.u3.ip;
	packet->nat.daddr = other->src.u3.ip;
	packet->nat.sport = other->dst.u.all;
	packet->nat.dport = other->src.u.all;
	packet->packet.nat = NFL_NAT_KNOWN;
}

static void set6(struct nfl_packet6_wide *packet, const struct nf_conntrack_tuple *other)
{
	packet->nat.saddr = other->dst.u3.in6;
	packet->nat.daddr = other->src.u3.in6;
	packet->nat.sport = other->dst.u.all;
	packet->nat.dport = other->src.u.all;
	packet->packet.nat = NFL_NAT_KNOWN;
}

static void set(struct nfl_packet *packet, const struct nf_conn *ct, enum ip_conntrack_dir dir,
		enum nfl_family family)
{
	const struct nf_conntrack_tuple *other = &ct->tuplehash[!dir].tuple;

	if (family == NFL_IPV4_WIDE)
		set4(container_of(packet, struct nfl_packet4_wide, packet), other);
	else
		set6(container_of(packet, struct nfl_packet6_wide, packet), other);
}

/**
 * nfl_translation_find() - what will NAT make of a packet, or what has it made?
 * @skb: the packet
 * @packet: the same, parsed; @packet->nat is set, and its family's nat
 * @family: a wide one
 *
 * Context: a netfilter hook.
 */
void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family)
{
	const u8 protocol = family == NFL_IPV4_WIDE ?
		container_of(packet, struct nfl_packet4_wide, packet)->key.protocol :
		container_of(packet, struct nfl_packet6_wide, packet)->key.protocol;
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);
	unsigned long status;

	if (!ct || is_error(protocol, info))
		return;
	status = READ_ONCE(ct->status);
	if (!(status & IPS_CONFIRMED) && (status & IPS_NAT_DONE_MASK) != IPS_NAT_DONE_MASK)
		packet->nat = NFL_NAT_AWAITED;
	else if (status & IPS_NAT_MASK)
		set(packet, ct, CTINFO2DIR(info), family);
}

/* Is it the packet's connection? By what the rules in its way may have seen of it. */
static bool same_ports(const union nfl_ports *ports, const struct nf_conn *ct, u8 protocol)
{
	const struct nf_conntrack_tuple *original = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;

	if (protocol != original->dst.protonum)
		return false;
	return !nfl_protocol_has_ports(protocol) ||
	       (ports->sport == original->src.u.all &&
		(ports->dport == original->dst.u.all || ports->dport == reply->src.u.all));
}

static bool awaits(const struct nfl_packet *packet, const struct nf_conn *ct,
		   enum nfl_family family)
{
	const struct nf_conntrack_tuple *original = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct nf_conntrack_tuple *reply = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	const struct nfl_key4 *key4 = nfl_packet_key(packet);
	const struct nfl_key6 *key6 = nfl_packet_key(packet);

	if (packet->nat != NFL_NAT_AWAITED)
		return false;
	if (family == NFL_IPV4_WIDE)
		return key4->saddr == original->src.u3.ip &&
		       (key4->daddr == original->dst.u3.ip || key4->daddr == reply->src.u3.ip) &&
		       same_ports(&key4->ports, ct, key4->protocol);
	return ipv6_addr_equal(&key6->saddr, &original->src.u3.in6) &&
	       (ipv6_addr_equal(&key6->daddr, &original->dst.u3.in6) ||
		ipv6_addr_equal(&key6->daddr, &reply->src.u3.in6)) &&
	       same_ports(&key6->ports, ct, key6->protocol);
}

/* NAT is done with a new connection: tell those who wait in this CPU's ring. */
static void fill(struct netflow *nf, const struct nf_conn *ct, enum nfl_family family)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(nf->cpus);
	struct nfl_cpu *cpu;
	u32 i;

	if (!cpus || READ_ONCE(nf->closed))
		return;
	cpu = nfl_cpu_enter(cpus);
	for (i = cpu->ring_count[family]; i--;) {
		struct nfl_packet *packet = family == NFL_IPV4_WIDE ? &cpu->ring4_wide[i].packet :
								      &cpu->ring6_wide[i].packet;

		if (awaits(packet, ct, family))
			set(packet, ct, IP_CT_DIR_ORIGINAL, family);
	}
	nfl_cpu_exit(cpus);
}

static unsigned int behind_nat(void *private, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	const enum nfl_family family = state->pf == NFPROTO_IPV4 ? NFL_IPV4_WIDE : NFL_IPV6_WIDE;
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (unlikely(ct && !nf_ct_is_confirmed(ct) && READ_ONCE(ct->status) & IPS_NAT_MASK))
		fill(nfl_instance(state->net), ct, family);
	return NF_ACCEPT;
}

#define HOOK(_pf, _hooknum, _priority)						\
	{									\
		.hook = behind_nat,						\
		.pf = _pf,							\
		.hooknum = _hooknum,						\
		.priority = (_priority) + 1,					\
	}

static const struct nf_hook_ops hooks[] = {
	HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC),
	HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC),
	HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_NAT_SRC),
	HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, NF_IP6_PRI_NAT_SRC),
};

/**
 * nfl_translation_enable() - have flows tell of translations from now on
 * @nf: the namespace, under its lock or being made, its tables there
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_translation_enable(struct netflow *nf)
{
	int err;

	if (nf->wide & NFL_WIDE_TRANSLATION)
		return 0;
	err = nf_register_net_hooks(nf->net, hooks, ARRAY_SIZE(hooks));
	if (err)
		return err;
	nfl_wide_change(nf, 0, NFL_WIDE_TRANSLATION);
	return 0;
}

/**
 * nfl_translation_disable() - and have them tell no more
 * @nf: the namespace, under its lock or dying
 *
 * Flows that are in the tables keep what they know.
 */
void nfl_translation_disable(struct netflow *nf)
{
	if (!(nf->wide & NFL_WIDE_TRANSLATION))
		return;
	nfl_wide_change(nf, NFL_WIDE_TRANSLATION, 0);
	nf_unregister_net_hooks(nf->net, hooks, ARRAY_SIZE(hooks));
}

#else /* the kernel has no conntrack, so nothing is translated */

void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family)
{
}

int nfl_translation_enable(struct netflow *nf)
{
	return 0;
}

void nfl_translation_disable(struct netflow *nf)
{
}

#endif
