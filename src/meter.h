/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metering process: packets are added to flows.
 */
#ifndef NFL_METER_H
#define NFL_METER_H

#include <linux/netdevice.h>
#include <net/l3mdev.h>

#include "flow.h"

struct netflow;
struct nfl_cpu;
struct sk_buff;

/* Index of the interface that a packet at a netfilter hook leaves by. */
static inline u32 nfl_hook_oif(const struct net_device *out)
{
	return out ? out->ifindex : 0;
}

/*
 * Index of the interface that it came in by. The machine's own packets in a VRF pass
 * OUTPUT twice: into the VRF's device, and out of it by one of its ports. Then they
 * come from the VRF, as in POSTROUTING, or one record would have them twice.
 */
static inline u32 nfl_hook_iif(const struct net_device *in, const struct net_device *out)
{
	if (in)
		return in->ifindex;
	if (out && unlikely(netif_is_l3_slave(out)))
		return l3mdev_master_ifindex_rcu(out);
	return 0;
}

void nfl_meter_ipv4(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif);
void nfl_meter_ipv6(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif);
void nfl_meter_work_off(struct nfl_cpu *cpu);
bool nfl_meter_adopt(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *part);
void nfl_meter_move(struct nfl_cpu *to, struct nfl_cpu *from, enum nfl_family family,
		    const struct nfl_flow *flow);
void nfl_meter_release_grant(struct nfl_cpu *cpu);
bool nfl_meter_shed(struct nfl_cpu *cpu);

#endif /* NFL_METER_H */
