/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of interfaces in exported records.
 */
#ifndef NFL_EXPORT_INTERFACE_NUMBERS_H
#define NFL_EXPORT_INTERFACE_NUMBERS_H

#include <linux/compiler.h>
#include <linux/xarray.h>

struct net;
struct net_device;
struct nfl_ifrules;

/**
 * struct nfl_interface_numbers - the numbers of the interfaces of a namespace
 * @rules: the rules, NULL if each number is the ifindex; written under
 *	nfl_net.settings_lock and RTNL; read under one of them or RCU
 * @numbers: by ifindex, the numbers that are not the ifindex; written under RTNL, except
 *	that the exporter removes entries of removed interfaces; read under RCU
 */
struct nfl_interface_numbers {
	struct nfl_ifrules *rules;
	struct xarray numbers;
};

u32 nfl_interface_numbered(struct nfl_interface_numbers *numbers, u32 index);

/**
 * nfl_interface_number() - the number of an interface in exported records
 * @numbers: the numbers of its namespace
 * @index: the ifindex
 *
 * Context: any.
 * Return: the number; the ifindex if no rule matches the interface.
 */
static inline u32 nfl_interface_number(struct nfl_interface_numbers *numbers, u32 index)
{
	return READ_ONCE(numbers->rules) ? nfl_interface_numbered(numbers, index) : index;
}

void nfl_interface_numbers_init(struct nfl_interface_numbers *numbers);
void nfl_interface_numbers_note(struct nfl_interface_numbers *numbers,
				const struct net_device *dev);
void nfl_interface_numbers_gone(struct nfl_interface_numbers *numbers,
				const struct net_device *dev);
void nfl_interface_numbers_forget(struct nfl_interface_numbers *numbers, u32 inactive);
int nfl_interface_numbers_check(const char *text);
int nfl_interface_numbers_set(struct nfl_interface_numbers *numbers, struct net *net,
			      const char *text, bool *changed);

#endif /* NFL_EXPORT_INTERFACE_NUMBERS_H */
