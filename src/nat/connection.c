// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of conntrack's messages (nfnetlink, subsystem ctnetlink).
 *
 * conntrackd uses the same interface, and it is the same on all kernels. The module uses
 * no symbol of conntrack, so it also loads on a kernel without conntrack.
 */
#include <linux/math64.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/string.h>
#include <net/netlink.h>

#include "compat/conntrack.h"
#include "compat/unaligned.h"
#include "nat/connection.h"

/* Search for each attribute: new kernels add types, and only a few are needed. */
static const struct nlattr *nested(const struct nlattr *parent, int type)
{
	return parent ? nla_find_nested(parent, type) : NULL;
}

static bool get_address(const struct nlattr *ip, int v4, int v6, u8 family,
			union nf_inet_addr *address)
{
	const struct nlattr *attr = nested(ip, family == AF_INET ? v4 : v6);
	const int length = family == AF_INET ? 4 : 16;

	if (!attr || nla_len(attr) < length)
		return false;
	memcpy(address, nla_data(attr), length);
	return true;
}

static u8 get_u8(const struct nlattr *parent, int type)
{
	const struct nlattr *attr = nested(parent, type);

	return attr && nla_len(attr) >= 1 ? nla_get_u8(attr) : 0;
}

static __be16 get_be16(const struct nlattr *parent, int type)
{
	const struct nlattr *attr = nested(parent, type);

	return attr && nla_len(attr) >= 2 ? nla_get_be16(attr) : 0;
}

static u64 get_u64(const struct nlattr *parent, int type)
{
	const struct nlattr *attr = nested(parent, type);

	return attr && nla_len(attr) >= 8 ? get_unaligned_be64(nla_data(attr)) : 0;
}

static bool get_tuple(const struct nlattr *tuple, u8 family, struct nfl_endpoints *ends,
		      u8 *protocol, u16 *icmp)
{
	const struct nlattr *ip = nested(tuple, CTA_TUPLE_IP);
	const struct nlattr *proto = nested(tuple, CTA_TUPLE_PROTO);
	const struct nlattr *number = nested(proto, CTA_PROTO_NUM);

	if (!number || nla_len(number) < 1 ||
	    !get_address(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC, family, &ends->source) ||
	    !get_address(ip, CTA_IP_V4_DST, CTA_IP_V6_DST, family, &ends->destination))
		return false;
	*protocol = nla_get_u8(number);
	switch (*protocol) {
	case IPPROTO_ICMP:
		ends->source_port = get_be16(proto, CTA_PROTO_ICMP_ID);
		*icmp = get_u8(proto, CTA_PROTO_ICMP_TYPE) << 8 |
			get_u8(proto, CTA_PROTO_ICMP_CODE);
		break;
	case IPPROTO_ICMPV6:
		ends->source_port = get_be16(proto, CTA_PROTO_ICMPV6_ID);
		*icmp = get_u8(proto, CTA_PROTO_ICMPV6_TYPE) << 8 |
			get_u8(proto, CTA_PROTO_ICMPV6_CODE);
		break;
	default:
		ends->source_port = get_be16(proto, CTA_PROTO_SRC_PORT);
		ends->destination_port = get_be16(proto, CTA_PROTO_DST_PORT);
		break;
	}
	return true;
}

/* The source of the reply is the translated destination of the original direction. */
static void invert(const struct nfl_endpoints *reply, u8 protocol, struct nfl_endpoints *after)
{
	after->source = reply->destination;
	after->destination = reply->source;
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
		after->source_port = reply->source_port;
		after->destination_port = 0;
	} else {
		after->source_port = reply->destination_port;
		after->destination_port = reply->source_port;
	}
}

static u64 to_ms(u64 ns)
{
	return div_u64(ns, NSEC_PER_MSEC);
}

/**
 * nfl_connection_parse() - parse a message of conntrack
 * @nlh: the complete message
 * @connection: filled
 *
 * Return: false if the message is not about a connection, or lacks a required attribute.
 */
bool nfl_connection_parse(const struct nlmsghdr *nlh, struct nfl_connection *connection)
{
	const int header = sizeof(struct nfgenmsg);
	const struct nfgenmsg *nfmsg = nlmsg_data(nlh);
	const struct nlattr *orig, *reply, *attr, *counters;
	struct nfl_endpoints reply_ends = { };
	u8 reply_protocol;
	u16 reply_icmp;
	u32 status = 0;
	int i;

	memset(connection, 0, sizeof(*connection));
	if (nlh->nlmsg_type >> 8 != NFNL_SUBSYS_CTNETLINK || nlmsg_len(nlh) < header)
		return false;
	if ((nlh->nlmsg_type & 0xff) == IPCTNL_MSG_CT_NEW)
		connection->is_new = true;
	else if ((nlh->nlmsg_type & 0xff) != IPCTNL_MSG_CT_DELETE)
		return false;
	connection->family = nfmsg->nfgen_family;
	if (connection->family != AF_INET && connection->family != AF_INET6)
		return false;

	orig = nlmsg_find_attr(nlh, header, CTA_TUPLE_ORIG);
	reply = nlmsg_find_attr(nlh, header, CTA_TUPLE_REPLY);
	if (!get_tuple(orig, connection->family, &connection->before, &connection->protocol,
		       &connection->icmp) ||
	    !get_tuple(reply, connection->family, &reply_ends, &reply_protocol, &reply_icmp))
		return false;
	invert(&reply_ends, connection->protocol, &connection->after);
	connection->is_translated = memcmp(&connection->before, &connection->after,
					   sizeof(connection->before));

	attr = nlmsg_find_attr(nlh, header, CTA_STATUS);
	if (attr && nla_len(attr) >= 4)
		status = ntohl(nla_get_be32(attr));
	connection->is_dying = status & IPS_DYING;
	/* the value of IPS_NAT_CLASH, a name that only the kernel's own code has */
	connection->is_clash = status & IPS_UNTRACKED;
	attr = nlmsg_find_attr(nlh, header, CTA_ID);
	if (attr && nla_len(attr) >= 4)
		connection->id = ntohl(nla_get_be32(attr));
	attr = nlmsg_find_attr(nlh, header, CTA_ZONE);
	if (!attr)
		attr = nested(orig, CTA_TUPLE_ZONE);
	if (attr && nla_len(attr) >= 2)
		connection->zone = ntohs(nla_get_be16(attr));

	for (i = 0; i < 2; i++) {
		counters = nlmsg_find_attr(nlh, header, CTA_COUNTERS_ORIG + i);
		if (!counters)
			continue;
		connection->has_counters = true;
		connection->packets[i] = get_u64(counters, CTA_COUNTERS_PACKETS);
		connection->octets[i] = get_u64(counters, CTA_COUNTERS_BYTES);
	}
	attr = nlmsg_find_attr(nlh, header, CTA_TIMESTAMP);
	connection->start = to_ms(get_u64(attr, CTA_TIMESTAMP_START));
	connection->stop = to_ms(get_u64(attr, CTA_TIMESTAMP_STOP));
	/* the event of a new connection has the time of the event only */
	attr = nlmsg_find_attr(nlh, header, CTA_TIMESTAMP_EVENT);
	if (connection->is_new && !connection->start && attr && nla_len(attr) >= 8)
		connection->start = to_ms(get_unaligned_be64(nla_data(attr)));
	return true;
}
