/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metering process: packets are added to flows.
 */
#ifndef NFL_METER_H
#define NFL_METER_H

#include "flow/flow.h"

struct netflow;
struct nfl_cpu;
struct sk_buff;

void nfl_meter_ipv4(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif);
void nfl_meter_ipv6(struct netflow *nf, const struct sk_buff *skb, u8 hook, u32 iif, u32 oif);
void nfl_meter_work_off(struct nfl_cpu *cpu);
bool nfl_meter_adopt(struct nfl_cpu *cpu, enum nfl_family family, const struct nfl_flow *part);
void nfl_meter_move(struct nfl_cpu *to, struct nfl_cpu *from, enum nfl_family family,
		    const struct nfl_flow *flow);
void nfl_meter_release_grant(struct nfl_cpu *cpu);
bool nfl_meter_shed(struct nfl_cpu *cpu);

#endif /* NFL_METER_H */
