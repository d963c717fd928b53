// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device that gets the packet of a frame, if nothing takes the frame below. A frame goes
 * from a port to the bond or the bridge above it, loses its VLAN tags one by one, then the
 * header of its PPPoE session or of its tunnel. The kernel does not tell the way in advance,
 * so it is followed here, with the kernel's own tables:
 *
 *   VLAN devices by their tag;
 *   a bridge by the way back: the port and the tag that it would use for a frame to the
 *   sender. A bridge with VLANs may add a tag to a frame, or remove it. The sender's entry
 *   in the bridge's table may time out, since the bridge does not see what a flowtable takes.
 *   So the last known answer of a port is kept for untagged frames;
 *   a PPP device by the session that it has below, a tunnel by its addresses. Devices that
 *   were found once are in a hash table. What is found there is compared again, so an old
 *   entry is not believed. If nothing fits, all devices are searched, at most once per jiffy.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rculist.h>
#include <linux/skbuff.h>

#include "compat/forward_path.h"
#include "flow/encapsulation.h"
#include "observe/ingress.h"
#include "observe/upper.h"

/* More devices than are above each other in practice. */
#define STEPS_MAX	8

/* RFC 2516: version and type, code, session, length; and the protocol of PPP. */
#define PPPOE_HEADER	8

/* How far a frame has come. */
struct way {
	struct net_device *dev;
	struct nfl_tag tag;
	__be16 protocol;	/* of what is at @offset */
	int offset;
};

/* What the frames of a PPP device or of a tunnel have outside. */
struct outside {
	int lower;		/* ifindex below a session, 0 for a tunnel */
	u16 session;
	u16 length;		/* of an address */
	u8 local[sizeof(struct in6_addr)];
	u8 remote[sizeof(struct in6_addr)];
};

static bool is_above(const struct net_device *vlan, const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	return vlan && vlan_dev_priv(vlan)->real_dev == dev;
#else
	return false;
#endif
}

/* The kernel's function finds the VLAN devices of a master, too. */
static struct net_device *vlan_above(struct net_device *dev, struct nfl_tag tag)
{
	struct net_device *vlan = __vlan_find_dev_deep_rcu(dev, tag.proto, tag.vid);

	return is_above(vlan, dev) ? vlan : NULL;
}

static bool is_way_back(const struct net_device *bridge, const struct way *way, const u8 *address,
			struct nfl_tag tag)
{
	return nfl_bridge_port(bridge, address, &tag) == way->dev &&
	       tag.proto == way->tag.proto && tag.vid == way->tag.vid;
}

/* The VLAN device above a bridge that an untagged frame of a port gets to, by the port's VLAN. */
static struct net_device *untagged_above(struct net_device *bridge, const struct way *way,
					 const u8 *address)
{
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	struct net_device *upper;
	struct list_head *iter;

	netdev_for_each_upper_dev_rcu(bridge, upper, iter) {
		const struct nfl_tag tag = {
			.proto = is_vlan_dev(upper) ? vlan_dev_vlan_proto(upper) : 0,
			.vid = is_vlan_dev(upper) ? vlan_dev_vlan_id(upper) : 0,
		};

		if (tag.proto && is_way_back(bridge, way, address, tag))
			return upper;
	}
#endif
	return NULL;
}

static void climb_bridge(struct nfl_watch *watch, const struct sk_buff *skb,
			 struct net_device *bridge, struct way *way)
{
	const u8 *address = eth_hdr(skb)->h_source;
	struct net_device *upper = NULL, *known;

	if (is_way_back(bridge, way, address, (struct nfl_tag) { })) {
		upper = bridge;
		way->tag = (struct nfl_tag) { };
	} else if (!way->tag.proto) {
		upper = untagged_above(bridge, way, address);
	}
	if (upper && !way->tag.proto) {
		if (READ_ONCE(watch->untagged) != upper->ifindex)
			WRITE_ONCE(watch->untagged, upper->ifindex);
	} else if (!way->tag.proto) {
		known = dev_get_by_index_rcu(dev_net(bridge), READ_ONCE(watch->untagged));
		if (known && (known == bridge || is_above(known, bridge)))
			upper = known;
	}
	way->dev = upper ?: bridge;
}

/* The tag that is in the frame, if there is none in the skb any more. */
static void take_tag(const struct sk_buff *skb, struct way *way)
{
	struct vlan_hdr buffer;
	const struct vlan_hdr *header;

	header = skb_header_pointer(skb, way->offset, sizeof(buffer), &buffer);
	if (!header)
		return;
	way->tag.proto = way->protocol;
	way->tag.vid = ntohs(header->h_vlan_TCI) & VLAN_VID_MASK;
	way->protocol = header->h_vlan_encapsulated_proto;
	way->offset += VLAN_HLEN;
}

/* One step. Returns false at the uppermost device. */
static bool climb(struct nfl_watch *watch, const struct sk_buff *skb, struct way *way)
{
	struct net_device *upper;

	if (!way->tag.proto && eth_type_vlan(way->protocol))
		take_tag(skb, way);
	upper = way->tag.proto ? vlan_above(way->dev, way->tag) : NULL;
	if (upper) {
		way->dev = upper;
		way->tag = (struct nfl_tag) { };
		return true;
	}
	if (way->tag.proto && !way->tag.vid) {	/* a priority only */
		way->tag = (struct nfl_tag) { };
		return true;
	}
	upper = netdev_master_upper_dev_get_rcu(way->dev);
	if (!upper || netif_is_l3_slave(way->dev))
		return false;
	if (netif_is_bridge_port(way->dev))
		climb_bridge(watch, skb, upper, way);
	else
		way->dev = upper;
	return true;
}

static u32 key_of(const struct outside *outside)
{
	return jhash(outside, sizeof(*outside), 0);
}

/* What the frames of a device have outside. Returns false if it is none of these devices. */
static bool outside_of(const struct net_device *dev, struct outside *outside)
{
	const struct net_device *lower;

	memset(outside, 0, sizeof(*outside));
	if (nfl_upper_is_tunnel(dev)) {
		outside->length = dev->addr_len;
		memcpy(outside->local, dev->dev_addr, dev->addr_len);
		memcpy(outside->remote, dev->broadcast, dev->addr_len);
		return true;
	}
	if (dev->type != ARPHRD_PPP)
		return false;
	lower = nfl_ppp_session(dev, &outside->session);
	if (!lower)
		return false;
	outside->lower = lower->ifindex;
	return true;
}

static bool fits(const struct nfl_watch *watch, const struct outside *wanted)
{
	struct outside outside;

	return outside_of(watch->first.dev, &outside) &&
	       !memcmp(&outside, wanted, sizeof(outside));
}

static struct net_device *link_lookup(struct nfl_ingress *ingress, const struct outside *wanted)
{
	const u32 key = key_of(wanted);
	struct nfl_watch *watch;

	hash_for_each_possible_rcu(ingress->links, watch, link, key) {
		if (READ_ONCE(watch->key) == key && fits(watch, wanted))
			return watch->first.dev;
	}
	return NULL;
}

/* A reader that meets an entry while it is moved may miss others: it searches, too. */
static void link_store(struct nfl_ingress *ingress, struct nfl_watch *watch)
{
	struct outside outside;
	u32 key;

	if (!outside_of(watch->first.dev, &outside))
		return;
	key = key_of(&outside);
	if (!hlist_unhashed(&watch->link)) {
		if (watch->key == key)
			return;
		hash_del_rcu(&watch->link);
	}
	WRITE_ONCE(watch->key, key);
	hash_add_rcu(ingress->links, &watch->link, key);
}

static struct net_device *link_find(struct nfl_ingress *ingress, const struct outside *wanted)
{
	struct net_device *dev = link_lookup(ingress, wanted);
	struct nfl_watch *watch;
	unsigned long index;

	if (dev || !time_after(jiffies, READ_ONCE(ingress->searched)))
		return dev;
	spin_lock_bh(&ingress->lock);
	WRITE_ONCE(ingress->searched, jiffies);
	xa_for_each(&ingress->watches, index, watch)
		link_store(ingress, watch);
	spin_unlock_bh(&ingress->lock);
	return link_lookup(ingress, wanted);
}

/**
 * nfl_upper_find() - find the packet in a frame, and the device that gets it
 * @watch: the device that has received the frame
 * @skb: the frame
 * @place: filled
 *
 * Context: softirq, in an RCU read-side critical section.
 * Return: false if the frame has no IP packet.
 */
bool nfl_upper_find(struct nfl_watch *watch, const struct sk_buff *skb,
		    struct nfl_packet_place *place)
{
	struct way way = {
		.dev = watch->first.dev,
		.protocol = skb->protocol,
		.offset = skb_network_offset(skb),
	};
	struct net_device *ppp;
	int i;

	place->offset = way.offset;
	place->protocol = nfl_encapsulation_skip(skb, &place->offset);
	if (place->protocol != htons(ETH_P_IP) && place->protocol != htons(ETH_P_IPV6))
		return false;
	if (skb_vlan_tag_present(skb))
		way.tag = (struct nfl_tag) {
			.proto = skb->vlan_proto, .vid = skb_vlan_tag_get_id(skb),
		};
	for (i = 0; i < STEPS_MAX; i++) {
		if (!climb(watch, skb, &way))
			break;
	}
	place->ifindex = way.dev->ifindex;
	if (way.protocol == htons(ETH_P_PPP_SES)) {
		struct outside outside = { .lower = way.dev->ifindex };
		u8 buffer[PPPOE_HEADER];
		const u8 *header;

		header = skb_header_pointer(skb, way.offset, sizeof(buffer), buffer);
		if (!header)
			return false;
		outside.session = header[2] << 8 | header[3];
		ppp = link_find(watch->ingress, &outside);
		if (ppp)
			place->ifindex = ppp->ifindex;
	}
	return true;
}

/**
 * nfl_upper_find_inner() - find the packet in a tunnel's packet, and the tunnel's device
 * @ingress: the devices of the namespace
 * @skb: the frame
 * @outer: the tunnel's packet
 * @inner: filled
 *
 * Flowtables know IPv4 in IPv4 without options, and IPv6 in IPv6 without extension headers.
 *
 * Context: as for nfl_upper_find().
 * Return: false if it is no such packet, or no device of this namespace has its addresses.
 */
bool nfl_upper_find_inner(struct nfl_ingress *ingress, const struct sk_buff *skb,
			  const struct nfl_packet_place *outer, struct nfl_packet_place *inner)
{
	union {
		struct iphdr ip;
		struct ipv6hdr ip6;
	} buffer;
	struct outside outside = { };
	struct net_device *tunnel;

	if (outer->protocol == htons(ETH_P_IP)) {
		const struct iphdr *ip;

		ip = skb_header_pointer(skb, outer->offset, sizeof(*ip), &buffer);
		if (!ip || ip->protocol != IPPROTO_IPIP || ip->ihl != 5)
			return false;
		outside.length = sizeof(ip->saddr);
		memcpy(outside.local, &ip->daddr, sizeof(ip->daddr));
		memcpy(outside.remote, &ip->saddr, sizeof(ip->saddr));
		inner->offset = outer->offset + sizeof(*ip);
	} else {
		const struct ipv6hdr *ip6;

		ip6 = skb_header_pointer(skb, outer->offset, sizeof(*ip6), &buffer);
		if (!ip6 || ip6->nexthdr != IPPROTO_IPV6)
			return false;
		outside.length = sizeof(ip6->saddr);
		memcpy(outside.local, &ip6->daddr, sizeof(ip6->daddr));
		memcpy(outside.remote, &ip6->saddr, sizeof(ip6->saddr));
		inner->offset = outer->offset + sizeof(*ip6);
	}
	tunnel = link_find(ingress, &outside);
	if (!tunnel)
		return false;
	inner->protocol = outer->protocol;
	inner->ifindex = tunnel->ifindex;
	return true;
}

/**
 * nfl_upper_is_tunnel() - is it a tunnel whose packets a flowtable can take?
 * @dev: the device
 */
bool nfl_upper_is_tunnel(const struct net_device *dev)
{
	return (dev->type == ARPHRD_TUNNEL || dev->type == ARPHRD_TUNNEL6) &&
	       dev->addr_len <= sizeof(struct in6_addr) && nfl_is_fast_tunnel(dev);
}

/**
 * nfl_upper_forget() - a device is removed
 * @watch: the device
 *
 * Context: process. The watch may be freed after a grace period.
 */
void nfl_upper_forget(struct nfl_watch *watch)
{
	struct nfl_ingress *ingress = watch->ingress;

	spin_lock_bh(&ingress->lock);
	hash_del_rcu(&watch->link);
	spin_unlock_bh(&ingress->lock);
}
