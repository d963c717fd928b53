/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_NETLINK_H
#define SHIM_NET_NETLINK_H

#include <linux/netlink.h>

#include "../kernel.h"

/* Messages and attributes as lib/nlattr.c and net/netlink.h read them. */
static inline void *nlmsg_data(const struct nlmsghdr *nlh)
{
	return (void *)nlh + NLMSG_HDRLEN;
}

static inline int nlmsg_len(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len - NLMSG_HDRLEN;
}

static inline void *nla_data(const struct nlattr *attr)
{
	return (void *)attr + NLA_HDRLEN;
}

static inline int nla_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static inline struct nlattr *nla_find(const struct nlattr *attr, int left, int type)
{
	while (left >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= left) {
		const int all = NLA_ALIGN(attr->nla_len);

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return (struct nlattr *)attr;
		left -= all;
		attr = (const void *)attr + all;
	}
	return NULL;
}

static inline struct nlattr *nla_find_nested(const struct nlattr *attr, int type)
{
	return nla_find(nla_data(attr), nla_len(attr), type);
}

static inline struct nlattr *nlmsg_find_attr(const struct nlmsghdr *nlh, int header, int type)
{
	return nla_find(nlmsg_data(nlh) + NLMSG_ALIGN(header), nlmsg_len(nlh) - NLMSG_ALIGN(header),
			type);
}

static inline u8 nla_get_u8(const struct nlattr *attr)
{
	return *(const u8 *)nla_data(attr);
}

static inline __be16 nla_get_be16(const struct nlattr *attr)
{
	return *(const __be16 *)nla_data(attr);
}

static inline __be32 nla_get_be32(const struct nlattr *attr)
{
	return *(const __be32 *)nla_data(attr);
}

#endif /* SHIM_NET_NETLINK_H */
