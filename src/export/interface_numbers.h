/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers that collectors know interfaces by.
 */
#ifndef NFL_INTERFACE_H
#define NFL_INTERFACE_H

#include <linux/compiler.h>
#include <linux/notifier.h>
#include <linux/xarray.h>

struct net;
struct nfl_ifrules;

/**
 * struct nfl_interfaces - the interfaces' numbers in a namespace
 * @rules: how they are given, NULL where each has its index; written under
 *	nfl_net.settings_lock and RTNL
 * @numbers: by index, those that are not the index; written under RTNL, but that what
 *	is gone is forgotten by the exporter; read by RCU
 * @notifier: where the kernel tells of interfaces
 * @net: the namespace
 */
struct nfl_interfaces {
	struct nfl_ifrules *rules;
	struct xarray numbers;
	struct notifier_block notifier;
	struct net *net;
};

u32 nfl_interface_numbered(struct nfl_interfaces *interfaces, u32 index);

/**
 * nfl_interface_number() - the number that collectors know an interface by
 * @interfaces: the interfaces of its namespace
 * @index: its index
 *
 * Context: any.
 * Return: the number, which is the index where no rule gives another.
 */
static inline u32 nfl_interface_number(struct nfl_interfaces *interfaces, u32 index)
{
	return READ_ONCE(interfaces->rules) ? nfl_interface_numbered(interfaces, index) : index;
}

void nfl_interfaces_forget(struct nfl_interfaces *interfaces, u32 inactive);
void nfl_interfaces_init(struct nfl_interfaces *interfaces, struct net *net);
int nfl_interfaces_check(const char *text);
int nfl_interfaces_set(struct nfl_interfaces *interfaces, const char *text, bool *changed);

#endif /* NFL_INTERFACE_H */
