// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extra fields of the packets of a namespace, beyond those of the parser. The functions
 * here read the state of devices; headers are read by the pure functions of ethernet.c
 * and header_options.c.
 */
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter_bridge.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/l3mdev.h>

#include "flow/ethernet.h"
#include "flow/fields.h"
#include "flow/header_options.h"
#include "flow/translation.h"
#include "meter/enrich.h"
#include "meter/meter.h"

DEFINE_STATIC_KEY_FALSE(nfl_enrich_key);

/**
 * nfl_enrich_want() - change which extra fields packets get
 * @meter: the metering process
 * @without: bits of nfl_meter.wanted to clear
 * @with: bits to set
 *
 * Flows in the tables keep their fields.
 *
 * Context: process; sleeps. The caller holds the namespace's lock, or the namespace is being
 *	created or removed.
 */
void nfl_enrich_want(struct nfl_meter *meter, u16 without, u16 with)
{
	const u16 old = meter->wanted, new = (old & ~without) | with;

	if (new && !old)
		static_branch_inc(&nfl_enrich_key);
	WRITE_ONCE(meter->wanted, new);
	if (old && !new)
		static_branch_dec(&nfl_enrich_key);
}

/*
 * The tags that VLAN devices removed from the frame on its way up to its input device, the
 * outermost first. Returns their number, which may be more than fit into @vlan.
 */
static unsigned int device_tags(const struct net_device *dev, u16 vlan[NFL_VLAN_TAGS])
{
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	if (is_vlan_dev(dev)) {
		const struct vlan_dev_priv *vlan_dev = vlan_dev_priv(dev);
		const unsigned int tags = device_tags(vlan_dev->real_dev, vlan);

		/* without reorder_hdr the tag is in the frame again and is read there */
		if (!(vlan_dev->flags & VLAN_FLAG_REORDER_HDR) && !netif_is_macvlan_port(dev) &&
		    !netif_is_bridge_port(dev))
			return tags;
		if (tags < NFL_VLAN_TAGS)
			vlan[tags] = vlan_dev->vlan_id;
		return tags + 1;
	}
#endif
	return 0;
}

/*
 * The input device of a frame. A VRF replaces it by itself, after the IP layer has stored
 * it.
 */
static const struct net_device *link_device(const struct nfl_meter *meter,
					    const struct sk_buff *skb, enum nfl_family family)
{
	struct net_device *dev = NULL, *port;

	if (skb->skb_iif)
		dev = dev_get_by_index_rcu(meter->net, skb->skb_iif);
	if (!dev || !netif_is_l3_master(dev))
		return dev;
	port = dev_get_by_index_rcu(meter->net, nfl_family_is_ipv4(family) ? IPCB(skb)->iif :
									  IP6CB(skb)->iif);
	/* before the IP layer, and in OUTPUT, the control block is not that of the IP layer */
	return port && l3mdev_master_dev_rcu(port) == dev ? port : dev;
}

static void find_link(const struct nfl_meter *meter, const struct sk_buff *skb,
		      enum nfl_family family, struct nfl_link *link)
{
	const struct net_device *dev = link_device(meter, skb, family);
	unsigned int tags = 0;

	if (dev && nfl_extra_has(link->extras, NFL_EXTRA_VLAN))
		tags = device_tags(dev, link->vlan);
	nfl_ethernet_parse(skb, dev && dev->type == ARPHRD_ETHER, tags, link);
}

static void find_ports(const struct sk_buff *skb, struct nfl_details *details)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	details->physical_iif = nf_bridge_get_physinif(skb);
	details->physical_oif = nf_bridge_get_physoutif(skb);
#endif
}

static u32 vrf_of(const struct nfl_meter *meter, u32 index)
{
	const struct net_device *dev = index ? dev_get_by_index_rcu(meter->net, index) : NULL;

	return dev ? l3mdev_fib_table_rcu(dev) : 0;
}

/**
 * nfl_enrich() - find the extra fields of a packet
 * @meter: the metering process
 * @skb: the packet
 * @packet: the parsed packet; its wide part is filled
 * @family: a wide family
 * @wanted: the wanted fields, from nfl_enrich_wanted()
 *
 * Context: a netfilter hook.
 */
void nfl_enrich(const struct nfl_meter *meter, const struct sk_buff *skb,
		struct nfl_packet *packet, enum nfl_family family, u16 wanted)
{
	struct nfl_wide *wide = nfl_key_wide(nfl_packet_key(packet), family);
	const u16 extras = wanted & NFL_EXTRAS_ALL;

	memset(wide, 0, sizeof(*wide));
	wide->link.extras = extras;
	if (extras & NFL_EXTRAS_OF_LINK)
		find_link(meter, skb, family, &wide->link);
	if (nfl_extra_has(extras, NFL_EXTRA_PHYSDEV))
		find_ports(skb, &wide->details);
	if (extras & NFL_EXTRAS_OF_HEADERS) {
		if (nfl_family_is_ipv4(family))
			nfl_header_options_parse4(skb, extras, &wide->details);
		else
			nfl_header_options_parse6(skb, extras, &wide->details);
	}
	if (nfl_extra_has(extras, NFL_EXTRA_VRF)) {
		wide->details.ingress_vrf =
			vrf_of(meter, nfl_key_iif(nfl_packet_key(packet), family));
		wide->details.egress_vrf = vrf_of(meter, packet->oif);
	}
	if (wanted & NFL_WANTED_TRANSLATION)
		nfl_translation_find(skb, packet, family);
}
