/* SPDX-License-Identifier: GPL-2.0-only */
/* Of devices: what not every kernel has. */
#ifndef NFL_COMPAT_NETDEVICE_H
#define NFL_COMPAT_NETDEVICE_H

#include <linux/netdevice.h>
#include <linux/version.h>

/* 5.17 gave packet handlers a namespace; 6.16 shows them the frames of that one only. */
static inline void nfl_packet_type_set_net(struct packet_type *type, struct net *net)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	type->af_packet_net = net;
#endif
}

/* May a kernel's devices have functions of netfilter where packets come in? */
static inline bool nfl_has_ingress(void)
{
	return IS_ENABLED(CONFIG_NETFILTER_INGRESS);
}

#endif /* NFL_COMPAT_NETDEVICE_H */
