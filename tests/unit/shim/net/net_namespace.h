/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_NET_NAMESPACE_H
#define SHIM_NET_NET_NAMESPACE_H

#include "../kernel.h"

/* A kernel without conntrack: no namespace has anything of it. */
#define IS_ENABLED(CONFIG_OPTION)	0

struct net;

#endif /* SHIM_NET_NET_NAMESPACE_H */
