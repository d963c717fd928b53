/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_IF_VLAN_H
#define SHIM_LINUX_IF_VLAN_H

#include <linux/if_ether.h>

#include "../kernel.h"

#define VLAN_HLEN	4
#define VLAN_PRIO_MASK	0xe000
#define VLAN_PRIO_SHIFT	13
#define VLAN_VID_MASK	0x0fff

static inline bool eth_type_vlan(__be16 protocol)
{
	return protocol == htons(ETH_P_8021Q) || protocol == htons(ETH_P_8021AD);
}

#endif /* SHIM_LINUX_IF_VLAN_H */
