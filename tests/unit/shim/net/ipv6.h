/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_IPV6_H
#define SHIM_NET_IPV6_H

#include <linux/ipv6.h>

#include "../kernel.h"

#define IPV6_TLV_PAD1	0
#define IPV6_TLV_JUMBO	194

struct inet6_skb_parm {
	u16 frag_max_size;
};

#define IP6CB(skb)	((struct inet6_skb_parm *)(skb)->cb)

struct frag_hdr {
	__u8 nexthdr;
	__u8 reserved;
	__be16 frag_off;
	__be32 identification;
};

static inline u8 ipv6_get_dsfield(const struct ipv6hdr *ip)
{
	return ntohs(*(const __be16 *)ip) >> 4;
}

static inline __be32 ip6_flowlabel(const struct ipv6hdr *ip)
{
	return *(const __be32 *)ip & htonl(0x000fffff);
}

#endif /* SHIM_NET_IPV6_H */
