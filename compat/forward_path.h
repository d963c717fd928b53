/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which lower device a frame is sent to. 5.13 added this for flowtables, 5.18 stores the
 * destination address in the struct. Older kernels' functions find nothing: the flowtables
 * of most of them take no frame with a tag or of a session.
 */
#ifndef NFL_COMPAT_FORWARD_PATH_H
#define NFL_COMPAT_FORWARD_PATH_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/version.h>

/**
 * struct nfl_tag - a VLAN tag, or none
 * @proto: the type of the tag, 0 for none
 * @vid: the VLAN id
 */
struct nfl_tag {
	__be16 proto;
	u16 vid;
};

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)

/**
 * nfl_bridge_port() - to which port would a bridge send a frame?
 * @bridge: the bridge
 * @address: the destination of the frame
 * @tag: the tag of the frame; set to that on the wire of the port
 *
 * Context: any, in an RCU read-side critical section.
 * Return: the port, NULL if the bridge does not know the address.
 */
static inline const struct net_device *nfl_bridge_port(const struct net_device *bridge,
						       const u8 *address, struct nfl_tag *tag)
{
	struct net_device_path_ctx ctx = { .dev = bridge };
	struct net_device_path path = { };

	if (!bridge->netdev_ops->ndo_fill_forward_path)
		return NULL;
	ether_addr_copy(ctx.daddr, address);
	if (tag->proto) {
		ctx.vlan[0].proto = tag->proto;
		ctx.vlan[0].id = tag->vid;
		ctx.num_vlans = 1;
	}
	if (bridge->netdev_ops->ndo_fill_forward_path(&ctx, &path) || ctx.dev == bridge)
		return NULL;
	*tag = (struct nfl_tag) { };
	if (ctx.num_vlans > 0)
		*tag = (struct nfl_tag) { .proto = ctx.vlan[0].proto, .vid = ctx.vlan[0].id };
	return ctx.dev;
}

/**
 * nfl_ppp_session() - the PPPoE session of a PPP device
 * @ppp: the device
 * @session: set to the number of the session
 *
 * Context: any, in an RCU read-side critical section.
 * Return: the device that has the session's frames, NULL if there is no session.
 */
static inline const struct net_device *nfl_ppp_session(const struct net_device *ppp, u16 *session)
{
	struct net_device_path_ctx ctx = { .dev = ppp };
	struct net_device_path path = { };

	if (!ppp->netdev_ops->ndo_fill_forward_path ||
	    ppp->netdev_ops->ndo_fill_forward_path(&ctx, &path) || path.type != DEV_PATH_PPPOE)
		return NULL;
	*session = path.encap.id;
	return ctx.dev;
}

/* Can a flowtable forward what comes out of a tunnel device? */
static inline bool nfl_is_fast_tunnel(const struct net_device *dev)
{
	return dev->netdev_ops->ndo_fill_forward_path;
}

#else

static inline const struct net_device *nfl_bridge_port(const struct net_device *bridge,
						       const u8 *address, struct nfl_tag *tag)
{
	return NULL;
}

static inline const struct net_device *nfl_ppp_session(const struct net_device *ppp, u16 *session)
{
	return NULL;
}

static inline bool nfl_is_fast_tunnel(const struct net_device *dev)
{
	return false;
}

#endif

#endif /* NFL_COMPAT_FORWARD_PATH_H */
