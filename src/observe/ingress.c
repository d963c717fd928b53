// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ingress hook (hooks=ingress): received packets are metered at the device, before
 * the IP layer and before an nftables flowtable, which bypasses the IP layer.
 *
 * The ingress hook belongs to a device, so a function is registered at each device of
 * the namespace. The kernel's notifier reports when a device is added or removed.
 * Registering the notifier reports all existing devices, and unregistering it reports
 * the removal of all of them, each under one RTNL. So no device is missed, and no
 * function stays registered.
 *
 * A frame passes the ingress hook of each device on its way up: a port, the bond or the
 * bridge above it, a VLAN above that. It is metered at the last one, which passes it to
 * the IP layer; a rule in PREROUTING sees the same input device. Frames with another
 * host's address (PACKET_OTHERHOST) are metered in promisc.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_macvlan.h>
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "compat/forward_path.h"
#include "compat/netdevice.h"
#include "meter/meter.h"
#include "observe/flowtable.h"
#include "observe/hook.h"
#include "observe/ingress.h"
#include "observe/upper.h"

/* A macvlan in passthru mode has the address of its lower device and takes its frames. */
static bool has_passthru(struct net_device *dev)
{
	struct net_device *upper;
	struct list_head *iter;

	netdev_for_each_upper_dev_rcu(dev, upper, iter) {
		if (netif_is_macvlan(upper) && ether_addr_equal(upper->dev_addr, dev->dev_addr))
			return true;
	}
	return false;
}

/*
 * Does the frame pass the ingress hook of an upper device, too? That is a VLAN device:
 * the tag is in the skb by now, and VLAN id 0 is a priority tag unless a VLAN device with
 * this id exists. Or it is a master that takes the frames of its ports: a bridge, a bond,
 * a team, Open vSwitch, the master of a virtual function (Hyper-V, virtio). These have no
 * common type, so any master counts. A VRF is a master that takes no frames.
 */
static bool climbs(const struct sk_buff *skb, struct net_device *dev)
{
	if (skb_vlan_tag_present(skb) &&
	    (skb_vlan_tag_get_id(skb) || __vlan_find_dev_deep_rcu(dev, skb->vlan_proto, 0)))
		return true;
	if (likely(!rcu_access_pointer(dev->rx_handler)))
		return false;
	if (netdev_master_upper_dev_get_rcu(dev) && !netif_is_l3_slave(dev))
		return true;
	return netif_is_macvlan_port(dev) && skb->pkt_type == PACKET_HOST && has_passthru(dev);
}

/*
 * A macvlan gets a copy of each broadcast and multicast of its lower device, which has metered
 * it, unless that is another namespace's. Those of other macvlans above that device come by no
 * device but this one.
 */
static bool is_copy(const struct sk_buff *skb, const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_MACVLAN)
	struct net_device *lower, *upper;
	struct list_head *iter;

	if (!netif_is_macvlan(dev))
		return false;
	lower = macvlan_dev_real_dev(dev);
	if (!net_eq(dev_net(lower), dev_net(dev)))
		return false;
	netdev_for_each_upper_dev_rcu(lower, upper, iter) {
		if (ether_addr_equal(upper->dev_addr, eth_hdr(skb)->h_source))
			return false;
	}
	return true;
#else
	return false;
#endif
}

static bool is_metered_here(const struct sk_buff *skb, struct net_device *dev)
{
	if (likely(skb->pkt_type == PACKET_HOST))
		return !climbs(skb, dev);
	return skb->pkt_type != PACKET_OTHERHOST && !climbs(skb, dev) && !is_copy(skb, dev);
}

static unsigned int meter(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct nfl_watch *watch = priv;
	const struct nfl_hooks *hooks = watch->hooks;
	const bool ipv4 = skb->protocol == htons(ETH_P_IP);
	bool metered = false;

	if (ipv4 || skb->protocol == htons(ETH_P_IPV6)) {
		if (!nfl_hook_wants(hooks, skb, NF_INET_INGRESS))
			return NF_ACCEPT;
		metered = is_metered_here(skb, state->in);
	}
	if (metered && ipv4)
		nfl_meter_ipv4(hooks->meter, skb, NF_INET_INGRESS, state->in->ifindex, 0);
	else if (metered)
		nfl_meter_ipv6(hooks->meter, skb, NF_INET_INGRESS, state->in->ifindex, 0);
	if (!READ_ONCE(watch->bracketed) || (metered && !READ_ONCE(watch->ingress->tunnels)))
		return NF_ACCEPT;
	if (nfl_hook_wants(hooks, skb, NF_INET_INGRESS))
		nfl_flowtable_remember(watch, skb, metered);
	return NF_ACCEPT;
}

static void operations_set(struct nf_hook_ops *ops, nf_hookfn *function, struct net_device *dev,
			   struct nfl_watch *watch, int priority)
{
	ops->hook = function;
	ops->dev = dev;
	ops->priv = watch;
	ops->pf = NFPROTO_NETDEV;
	ops->hooknum = NF_NETDEV_INGRESS;
	ops->priority = priority;
}

/* The first function is where a first rule of PREROUTING is; others may set marks before it. */
static int watch_begin(struct nfl_ingress *ingress, struct net_device *dev)
{
	struct nfl_watch *watch;
	int err;

	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return -ENOMEM;
	watch->ingress = ingress;
	watch->hooks = ingress->hooks;
	operations_set(&watch->first, meter, dev, watch, NF_IP_PRI_RAW - 1);
	operations_set(&watch->last, nfl_flowtable_forget, dev, watch, INT_MAX);
	err = xa_insert(&ingress->watches, dev->ifindex, watch, GFP_KERNEL);
	if (err)
		goto err_watch;
	err = nf_register_net_hook(ingress->hooks->net, &watch->first);
	if (err)
		goto err_watches;
	return 0;

err_watches:
	xa_erase(&ingress->watches, dev->ifindex);
err_watch:
	kfree(watch);
	return err;
}

/* The last function comes before frames are remembered, and goes when none is any more. */
static int bracket_set(struct nfl_watch *watch, bool on)
{
	struct net *net = watch->hooks->net;
	int err;

	if (on == watch->bracketed)
		return 0;
	if (on) {
		err = nf_register_net_hook(net, &watch->last);
		if (err)
			return err;
		/* a pass that began before has no last function */
		synchronize_net();
		WRITE_ONCE(watch->bracketed, true);
	} else {
		WRITE_ONCE(watch->bracketed, false);
		synchronize_net();
		nf_unregister_net_hook(net, &watch->last);
	}
	return 0;
}

/* The kernel may report the removal of a device more than once. */
static void watch_end(struct nfl_ingress *ingress, const struct net_device *dev)
{
	struct nfl_watch *watch = xa_erase(&ingress->watches, dev->ifindex);

	if (!watch)
		return;
	bracket_set(watch, false);
	nf_unregister_net_hook(ingress->hooks->net, &watch->first);
	nfl_upper_forget(watch);
	kfree_rcu(watch, rcu);
}

/* Does the device have frames that another one meters, or tunnels' packets? */
static int bracket(struct nfl_ingress *ingress, struct net_device *dev)
{
	struct nfl_watch *watch = xa_load(&ingress->watches, dev->ifindex);

	if (!watch)
		return 0;
	return bracket_set(watch, watch->carries || netdev_has_any_upper_dev(dev) ||
				  (ingress->tunnels && dev->type == ARPHRD_ETHER));
}

/* A session's device has no upper device. Its own device is up when the session is. */
static int carrier_begin(struct nfl_ingress *ingress, const struct net_device *ppp)
{
	const struct net_device *lower;
	struct nfl_watch *watch = NULL;
	u16 session;

	rcu_read_lock();
	lower = nfl_ppp_session(ppp, &session);
	if (lower)
		watch = xa_load(&ingress->watches, lower->ifindex);
	rcu_read_unlock();
	if (!watch)
		return 0;
	/* the RTNL keeps the device */
	watch->carries = true;
	return bracket_set(watch, true);
}

static int tunnels_changed(struct nfl_ingress *ingress)
{
	struct net_device *dev;
	bool tunnels = false;
	int err = 0;

	for_each_netdev(ingress->hooks->net, dev) {
		if (dev->flags & IFF_UP && nfl_upper_is_tunnel(dev))
			tunnels = true;
	}
	if (tunnels == ingress->tunnels)
		return 0;
	WRITE_ONCE(ingress->tunnels, tunnels);
	for_each_netdev(ingress->hooks->net, dev)
		err = err ?: bracket(ingress, dev);
	return err;
}

/* A device may be reported before those that its frames come from. */
static int added(struct nfl_ingress *ingress, struct net_device *dev)
{
	struct net_device *ppp;
	int err = watch_begin(ingress, dev);

	for_each_netdev(ingress->hooks->net, ppp) {
		if (ppp->type == ARPHRD_PPP && ppp->flags & IFF_UP)
			err = err ?: carrier_begin(ingress, ppp);
	}
	return err ?: bracket(ingress, dev);
}

static int went_up(struct nfl_ingress *ingress, struct net_device *dev)
{
	if (dev->type == ARPHRD_PPP)
		return carrier_begin(ingress, dev);
	return nfl_upper_is_tunnel(dev) ? tunnels_changed(ingress) : 0;
}

/*
 * Always return success: an error would make the kernel refuse the device.
 * nfl_ingress_set() reads ingress->error.
 */
static int notified(struct notifier_block *notifier, unsigned long event, void *info)
{
	struct nfl_ingress *ingress = container_of(notifier, struct nfl_ingress, notifier);
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	int err = 0;

	switch (event) {
	case NETDEV_REGISTER:
		err = added(ingress, dev);
		break;
	case NETDEV_UP:
		err = went_up(ingress, dev);
		break;
	case NETDEV_DOWN:
		if (nfl_upper_is_tunnel(dev))
			tunnels_changed(ingress);
		break;
	case NETDEV_CHANGEUPPER:
		err = bracket(ingress, dev);
		break;
	case NETDEV_UNREGISTER:
		watch_end(ingress, dev);
		break;
	}
	if (err) {
		WRITE_ONCE(ingress->error, err);
		pr_warn_ratelimited("hooks: %s is not metered at ingress: error %pe\n",
				    dev->name, ERR_PTR(err));
	}
	return NOTIFY_DONE;
}

/**
 * nfl_ingress_init() - initialise; no device is watched
 * @ingress: the devices
 * @hooks: the hooks of the namespace
 */
void nfl_ingress_init(struct nfl_ingress *ingress, struct nfl_hooks *hooks)
{
	ingress->hooks = hooks;
	xa_init(&ingress->watches);
	hash_init(ingress->links);
	spin_lock_init(&ingress->lock);
	ingress->searched = jiffies - 1;
	ingress->notifier.notifier_call = notified;
}

/**
 * nfl_ingress_set() - start or stop watching the devices of a namespace
 * @ingress: the devices
 * @on: true to start. Packets are metered while nfl_hooks.hooks has the bit, too.
 *
 * If a device that is added later cannot be watched, that is logged.
 *
 * Context: process; sleeps; takes RTNL. The caller holds the namespace's settings_lock, or
 *	the namespace is being removed. The caller does not hold the namespace's lock.
 * Return: 0, or a negative error; no device is watched then.
 */
int nfl_ingress_set(struct nfl_ingress *ingress, bool on)
{
	int err = 0;

	if (on == ingress->on)
		return 0;
	if (on) {
		if (!nfl_has_ingress()) {
			pr_err_ratelimited("hooks: this kernel has no hook ingress (CONFIG_NETFILTER_INGRESS)\n");
			return -EOPNOTSUPP;
		}
		err = nfl_flowtable_start();
		if (err)
			return err;
		ingress->tunnels = false;
		WRITE_ONCE(ingress->error, 0);
		err = register_netdevice_notifier_net(ingress->hooks->net, &ingress->notifier);
		if (err) {
			nfl_flowtable_stop();
			return err;
		}
		err = READ_ONCE(ingress->error);
	}
	if (!on || err) {
		unregister_netdevice_notifier_net(ingress->hooks->net, &ingress->notifier);
		nfl_flowtable_stop();
	}
	ingress->on = on && !err;
	return err;
}
