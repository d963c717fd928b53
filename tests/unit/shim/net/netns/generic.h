/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_NETNS_GENERIC_H
#define SHIM_NET_NETNS_GENERIC_H

#include "../../cpu.h"

struct net;

/* A program has its instances itself. */
static inline void *net_generic(const struct net *net, unsigned int id)
{
	return NULL;
}

#endif /* SHIM_NET_NETNS_GENERIC_H */
