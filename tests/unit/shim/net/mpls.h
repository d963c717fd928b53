/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_MPLS_H
#define SHIM_NET_MPLS_H

#include <linux/if_ether.h>

#include "../kernel.h"

#define MPLS_HLEN	4

static inline bool eth_p_mpls(__be16 protocol)
{
	return protocol == htons(ETH_P_MPLS_UC) || protocol == htons(ETH_P_MPLS_MC);
}

#endif /* SHIM_NET_MPLS_H */
