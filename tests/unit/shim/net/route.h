/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_ROUTE_H
#define SHIM_NET_ROUTE_H

#include "../kernel.h"

/* A route, or a tunnel's metadata that passes for one. */
struct dst_entry {
	bool metadata;
	const struct dst_ops {
		u16 family;
	} *ops;
};

struct rtable {
	struct dst_entry dst;
	u8 rt_gw_family;
	__be32 rt_gw4;
};

#define RTF_GATEWAY	0x0002

struct rt6_info {
	struct dst_entry dst;
	struct in6_addr rt6i_gateway;
	u32 rt6i_flags;
};

#define skb_valid_dst(skb)	((skb)->dst && !(skb)->dst->metadata)
#define skb_rtable(skb)		container_of((skb)->dst, struct rtable, dst)

#endif /* SHIM_NET_ROUTE_H */
