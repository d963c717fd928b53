// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook ingress (hooks=ingress): what the machine takes from a device is metered
 * there, before the IP layer, and before what goes past that: an nftables flowtable.
 *
 * That hook is a device's, not a namespace's. So a function is registered at each
 * device of the namespace when the kernel's notifier reports it, and goes when the
 * device does. Registering the notifier has it report the devices that there are,
 * and unregistering it has it report their end, each under one RTNL: no device is
 * left out, and none is left behind.
 *
 * A frame is seen at each device that it climbs to: a port, the bond or the bridge
 * above it, a VLAN above that. It is metered at the last of them, the one that hands
 * it to the IP layer, as a rule in PREROUTING has it. Frames that are for others by
 * their address (PACKET_OTHERHOST) are promisc.c's.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/ratelimit.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "compat/netdevice.h"
#include "meter/meter.h"
#include "observe/hook.h"
#include "observe/ingress.h"

/* A device that is watched. Listings of hooks read @ops by RCU. */
struct watch {
	struct nf_hook_ops ops;
	struct rcu_head rcu;
};

/* A macvlan of mode passthru has the address of the device below, and its frames. */
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
 * Will the frame be seen again, at a device above? At a VLAN device: its tag is
 * beside it by now, and 0 is no VLAN but a priority, unless somebody made a device
 * of it. Or at a master that takes its ports' frames: a bridge, a bond, a team, Open
 * vSwitch, and those that stand for a virtual function (Hyper-V's, virtio's), hence
 * no list of their kinds. A VRF is a master, but takes no frames.
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

static unsigned int meter(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	const struct nfl_hooks *hooks = priv;
	const bool ipv4 = skb->protocol == htons(ETH_P_IP);

	if (!ipv4 && skb->protocol != htons(ETH_P_IPV6))
		return NF_ACCEPT;
	if (skb->pkt_type == PACKET_OTHERHOST || !nfl_hook_wants(hooks, skb, NF_INET_INGRESS) ||
	    climbs(skb, state->in))
		return NF_ACCEPT;
	if (ipv4)
		nfl_meter_ipv4(hooks->meter, skb, NF_INET_INGRESS, state->in->ifindex, 0);
	else
		nfl_meter_ipv6(hooks->meter, skb, NF_INET_INGRESS, state->in->ifindex, 0);
	return NF_ACCEPT;
}

/* The priority of a first rule in PREROUTING, which marks may be set before. */
static int watch_begin(struct nfl_ingress *ingress, struct net_device *dev)
{
	struct watch *watch;
	int err;

	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return -ENOMEM;
	watch->ops.hook = meter;
	watch->ops.dev = dev;
	watch->ops.priv = ingress->hooks;
	watch->ops.pf = NFPROTO_NETDEV;
	watch->ops.hooknum = NF_NETDEV_INGRESS;
	watch->ops.priority = NF_IP_PRI_RAW - 1;
	err = xa_insert(&ingress->watches, dev->ifindex, watch, GFP_KERNEL);
	if (err)
		goto err_watch;
	err = nf_register_net_hook(ingress->hooks->net, &watch->ops);
	if (err)
		goto err_watches;
	return 0;

err_watches:
	xa_erase(&ingress->watches, dev->ifindex);
err_watch:
	kfree(watch);
	return err;
}

/* The kernel may report an end more than once. */
static void watch_end(struct nfl_ingress *ingress, const struct net_device *dev)
{
	struct watch *watch = xa_erase(&ingress->watches, dev->ifindex);

	if (!watch)
		return;
	nf_unregister_net_hook(ingress->hooks->net, &watch->ops);
	kfree_rcu(watch, rcu);
}

/*
 * No error is returned, or the kernel would have no such device. The caller that switches it on
 * looks at ingress->error.
 */
static int notified(struct notifier_block *notifier, unsigned long event, void *info)
{
	struct nfl_ingress *ingress = container_of(notifier, struct nfl_ingress, notifier);
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	int err;

	switch (event) {
	case NETDEV_REGISTER:
		err = watch_begin(ingress, dev);
		if (err) {
			WRITE_ONCE(ingress->error, err);
			pr_warn_ratelimited("hooks: %s is not metered at ingress: error %pe\n",
					    dev->name, ERR_PTR(err));
		}
		break;
	case NETDEV_UNREGISTER:
		watch_end(ingress, dev);
		break;
	}
	return NOTIFY_DONE;
}

/**
 * nfl_ingress_init() - no device is watched
 * @ingress: the devices
 * @hooks: the hooks of their namespace
 */
void nfl_ingress_init(struct nfl_ingress *ingress, struct nfl_hooks *hooks)
{
	ingress->hooks = hooks;
	xa_init(&ingress->watches);
	ingress->notifier.notifier_call = notified;
}

/**
 * nfl_ingress_set() - watch the devices of a namespace, or do not
 * @ingress: the devices, under the settings_lock of their namespace or dying; not under
 *	its lock
 * @on: which. What is seen is metered while nfl_hooks.hooks says so, too.
 *
 * A device that comes later and cannot be watched is logged.
 *
 * Context: process; sleeps; takes RTNL.
 * Return: 0, or a negative error, and no device is watched.
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
		WRITE_ONCE(ingress->error, 0);
		err = register_netdevice_notifier_net(ingress->hooks->net, &ingress->notifier);
		if (err)
			return err;
		err = READ_ONCE(ingress->error);
	}
	if (!on || err)
		unregister_netdevice_notifier_net(ingress->hooks->net, &ingress->notifier);
	ingress->on = on && !err;
	return err;
}
