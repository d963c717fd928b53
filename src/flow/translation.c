// SPDX-License-Identifier: GPL-2.0-only
/*
 * Translations in flow records (natfields=1): the end points after NAT are read from the
 * connection of a packet.
 */
#include <linux/skbuff.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "flow/translation.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack.h>

/* The outer addresses of an ICMP error are not those of its connection. */
static bool is_error(u8 protocol, enum ip_conntrack_info info)
{
	return (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) &&
	       (info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY);
}

/* After NAT, packets of one direction have the reversed tuple of the other direction. */
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
 * nfl_translation_find() - find the end points of a packet after NAT
 * @skb: the packet
 * @packet: the parsed packet; @packet->nat is set, and nat in the struct of the family
 * @family: a wide family
 *
 * Context: a netfilter hook.
 */
void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);
	unsigned long status;

	if (!ct || is_error(nfl_key_protocol(nfl_packet_key(packet), family), info))
		return;
	status = READ_ONCE(ct->status);
	if (!(status & IPS_CONFIRMED) && (status & IPS_NAT_DONE_MASK) != IPS_NAT_DONE_MASK)
		packet->nat = NFL_NAT_AWAITED;
	else if (status & IPS_NAT_MASK)
		set(packet, ct, CTINFO2DIR(info), family);
}

/* Is it the connection of the packet? The packet may be before or after DNAT. */
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

/**
 * nfl_translation_complete() - NAT has translated a new connection
 * @packet: a packet; if it belongs to that connection and its translation is awaited, the end
 *	points are set
 * @ct: the connection
 * @family: a wide family
 */
void nfl_translation_complete(struct nfl_packet *packet, const struct nf_conn *ct,
			      enum nfl_family family)
{
	if (awaits(packet, ct, family))
		set(packet, ct, IP_CT_DIR_ORIGINAL, family);
}

#else /* without conntrack there is no translation */

void nfl_translation_find(const struct sk_buff *skb, struct nfl_packet *packet,
			  enum nfl_family family)
{
}

#endif
