/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_IP_H
#define SHIM_NET_IP_H

#include "../kernel.h"

#define IP_OFFSET	0x1fff

/* The checksum of an IPv4 header of @words 32-bit words, of any alignment; 0 if it is right. */
static inline u16 ip_fast_csum(const void *header, unsigned int words)
{
	const u8 *at = header;
	u32 sum = 0;
	unsigned int i;

	for (i = 0; i < words * 4; i += 2)
		sum += at[i] << 8 | at[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

struct inet_skb_parm {
	u16 frag_max_size;
};

#define IPCB(skb)	((struct inet_skb_parm *)(skb)->cb)

#endif /* SHIM_NET_IP_H */
