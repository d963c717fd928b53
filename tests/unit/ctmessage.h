/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of conntrack, made as the kernel's nf_conntrack_netlink makes them, of
 * connections that the test or the fuzzer thinks up.
 */
#ifndef TESTS_UNIT_CTMESSAGE_H
#define TESTS_UNIT_CTMESSAGE_H

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <net/netlink.h>

#define MESSAGE_MAX	1024

struct message {
	u8 octets[MESSAGE_MAX] __aligned(8);
	unsigned int length;
};

static inline void *message_room(struct message *message, unsigned int length)
{
	void *at = message->octets + message->length;

	assert(message->length + NLMSG_ALIGN(length) <= MESSAGE_MAX);
	memset(at, 0, NLMSG_ALIGN(length));
	message->length += NLMSG_ALIGN(length);
	return at;
}

static inline void message_begin(struct message *message, u8 type, u8 family)
{
	struct nlmsghdr *nlh;
	struct nfgenmsg *nfmsg;

	message->length = 0;
	nlh = message_room(message, NLMSG_HDRLEN);
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	nfmsg = message_room(message, sizeof(*nfmsg));
	nfmsg->nfgen_family = family;
}

static inline void message_put(struct message *message, u16 type, const void *value,
			       unsigned int length)
{
	struct nlattr *attr = message_room(message, NLA_HDRLEN + length);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + length;
	if (length)
		memcpy(attr + 1, value, length);
}

static inline unsigned int message_nest(struct message *message, u16 type)
{
	const unsigned int at = message->length;

	message_put(message, type | NLA_F_NESTED, NULL, 0);
	return at;
}

static inline void message_nest_end(struct message *message, unsigned int at)
{
	((struct nlattr *)(message->octets + at))->nla_len = message->length - at;
}

static inline struct nlmsghdr *message_end(struct message *message)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)message->octets;

	nlh->nlmsg_len = message->length;
	return nlh;
}

#endif /* TESTS_UNIT_CTMESSAGE_H */
