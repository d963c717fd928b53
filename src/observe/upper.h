/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device that gets the packet of a frame.
 */
#ifndef NFL_OBSERVE_UPPER_H
#define NFL_OBSERVE_UPPER_H

#include <linux/types.h>

struct net_device;
struct nfl_ingress;
struct nfl_watch;
struct sk_buff;

/**
 * struct nfl_packet_place - a packet in a frame
 * @protocol: IPv4 or IPv6, an EtherType
 * @offset: of its network header, from the start of the data
 * @ifindex: the device that passes it to the IP layer
 */
struct nfl_packet_place {
	__be16 protocol;
	int offset;
	int ifindex;
};

bool nfl_upper_find(struct nfl_watch *watch, const struct sk_buff *skb,
		    struct nfl_packet_place *place);
bool nfl_upper_find_inner(struct nfl_ingress *ingress, const struct sk_buff *skb,
			  const struct nfl_packet_place *outer, struct nfl_packet_place *inner);
bool nfl_upper_is_tunnel(const struct net_device *dev);
void nfl_upper_forget(struct nfl_watch *watch);

#endif /* NFL_OBSERVE_UPPER_H */
