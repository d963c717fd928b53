// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mirrored traffic (promisc=1): a switch copies frames to a port of this machine. Their
 * destination address is that of another host, so the kernel drops them before the first
 * netfilter hook. They are metered here as if they passed PREROUTING, and are still
 * dropped: they pass no rule, no conntrack and no NAT.
 *
 * A frame is delivered to each device on its way up: a port, the bond or the bridge
 * above it, a VLAN above that. It is metered at the first one. If one of these devices
 * has the frame's destination address, it is not metered here: this machine receives it,
 * and rules see it.
 *
 * The module does not switch a device to promiscuous mode: use `ip link` for that.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "compat/netdevice.h"
#include "flow/encapsulation.h"
#include "meter/cpu.h"
#include "meter/meter.h"
#include "observe/promisc.h"

static int has_address(struct net_device *upper, struct netdev_nested_priv *address)
{
	return upper->addr_len == ETH_ALEN && ether_addr_equal(upper->dev_addr, address->data);
}

/* Is the destination address that of a bridge, a bond or the like above this device? */
static bool is_for_upper(struct net_device *dev, const struct sk_buff *skb)
{
	struct netdev_nested_priv address = { .data = eth_hdr(skb)->h_dest };

	return dev->type == ARPHRD_ETHER && skb_mac_header_was_set(skb) &&
	       netdev_walk_all_upper_dev_rcu(dev, has_address, &address);
}

/*
 * Is it a multicast in a VLAN that no device of this machine takes? The kernel drops it, as
 * it drops a frame for another host, but marks it so only after this.
 */
static bool is_lost_multicast(const struct net_device *dev, const struct sk_buff *skb)
{
	return (skb->pkt_type == PACKET_MULTICAST || skb->pkt_type == PACKET_BROADCAST) &&
	       skb_vlan_tag_present(skb) && skb_vlan_tag_get_id(skb) &&
	       !rcu_access_pointer(dev->rx_handler) &&
	       !__vlan_find_dev_deep_rcu((struct net_device *)dev, skb->vlan_proto,
					 skb_vlan_tag_get_id(skb));
}

/* Did this device receive the frame itself, without a lower device? */
static bool is_first_device(const struct net_device *dev, const struct net_device *first)
{
	return dev == first && !netif_is_bridge_master(dev) && !netif_is_ovs_master(dev);
}

static void count(struct nfl_cpu __percpu *cpus, const struct sk_buff *skb, bool discarded)
{
	const u32 frames = skb_is_gso(skb) ? max_t(u32, skb_shinfo(skb)->gso_segs, 1) : 1;
	struct nfl_cpu *cpu = nfl_cpu_enter(cpus);

	nfl_count(cpu, NFL_FOREIGN_PACKETS, frames);
	if (discarded)
		nfl_count(cpu, NFL_FOREIGN_DISCARDED, frames);
	nfl_cpu_exit(cpus);
}

/*
 * The skb is shared with other packet handlers, so it must not change. The packet is
 * metered from a copy of struct sk_buff, with the network header set behind the tags. The
 * parser only reads these fields and the data.
 *
 * A frame that the mirror port has cut gets its length back. No octet is read there: these
 * are beyond the linear part, and in no fragment.
 */
static void meter(struct nfl_meter *to, const struct sk_buff *skb, __be16 protocol, int offset)
{
	const unsigned int missing = nfl_encapsulation_missing(skb, protocol, offset);
	struct sk_buff view = *skb;

	memset(view.cb, 0, sizeof(view.cb));	/* the IP layer's, which did not see it */
	view.len += missing;
	view.data_len += missing;
	skb_set_network_header(&view, offset);
	if (protocol == htons(ETH_P_IP))
		nfl_meter_ipv4(to, &view, NF_INET_PRE_ROUTING, skb->dev->ifindex, 0);
	else
		nfl_meter_ipv6(to, &view, NF_INET_PRE_ROUTING, skb->dev->ifindex, 0);
}

static void observe(struct nfl_meter *to, const struct sk_buff *skb)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(to->cpus);
	int offset = skb_network_offset(skb);
	__be16 protocol;
	bool is_ip;

	if (!cpus || READ_ONCE(to->closed))
		return;
	protocol = nfl_encapsulation_skip(skb, &offset);
	is_ip = protocol == htons(ETH_P_IP) || protocol == htons(ETH_P_IPV6);
	count(cpus, skb, !is_ip);
	if (is_ip)
		meter(to, skb, protocol, offset);
}

/* Older kernels pass the frames of all namespaces to each packet handler. */
static int receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *tap,
		   struct net_device *first)
{
	struct nfl_promisc *promisc = container_of(tap, struct nfl_promisc, tap);

	if ((skb->pkt_type == PACKET_OTHERHOST || is_lost_multicast(dev, skb)) &&
	    net_eq(dev_net(dev), promisc->net) && is_first_device(dev, first) &&
	    !is_for_upper(dev, skb))
		observe(promisc->meter, skb);
	consume_skb(skb);
	return NET_RX_SUCCESS;
}

/**
 * nfl_promisc_set() - start or stop metering frames for other hosts
 * @promisc: the packet handler
 * @on: true to start
 *
 * Frames are metered only while the per-CPU parts of the Metering Process exist; the
 * caller starts them.
 *
 * Context: process; sleeps. The caller holds the namespace's lock, or the namespace is
 *	being removed.
 */
void nfl_promisc_set(struct nfl_promisc *promisc, bool on)
{
	if (on == promisc->on)
		return;
	if (on) {
		promisc->tap = (struct packet_type) {
			.type = htons(ETH_P_ALL),
			.func = receive,
			.ignore_outgoing = true,
		};
		nfl_packet_type_set_net(&promisc->tap, promisc->net);
		dev_add_pack(&promisc->tap);
	} else {
		dev_remove_pack(&promisc->tap);
	}
	promisc->on = on;
	pr_info("promisc hack is %s\n", on ? "enabled" : "disabled");
}

/**
 * nfl_promisc_init() - initialise; the packet handler is not registered
 * @promisc: the packet handler, all 0
 * @net: the namespace
 * @meter: the Metering Process of the namespace
 */
void nfl_promisc_init(struct nfl_promisc *promisc, struct net *net, struct nfl_meter *meter)
{
	promisc->net = net;
	promisc->meter = meter;
}
