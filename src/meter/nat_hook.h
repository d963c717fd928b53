/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks after NAT: the translation of metered packets (natfields=1).
 */
#ifndef NFL_METER_NAT_HOOK_H
#define NFL_METER_NAT_HOOK_H

#include <linux/netfilter.h>

struct nfl_meter;

#define NFL_NAT_HOOKS	4

/**
 * struct nfl_nat_hook - the hooks after NAT of a namespace
 * @meter: the metering process of the namespace
 * @operations: the hooks; registered while translations are wanted, see nfl_meter.wanted
 */
struct nfl_nat_hook {
	struct nfl_meter *meter;
	struct nf_hook_ops operations[NFL_NAT_HOOKS];
};

void nfl_nat_hook_init(struct nfl_nat_hook *hook, struct nfl_meter *meter);
int nfl_nat_hook_enable(struct nfl_nat_hook *hook);
void nfl_nat_hook_disable(struct nfl_nat_hook *hook);

#endif /* NFL_METER_NAT_HOOK_H */
