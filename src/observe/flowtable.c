// SPDX-License-Identifier: GPL-2.0-only
/**
 * DOC: Flowtables
 *
 * With hooks=ingress a frame is metered at the device that passes its packet to the IP layer.
 * An nftables flowtable is a function at the ingress hook of a device below: of the port of a
 * bridge, of the Ethernet device below a VLAN device, a PPPoE session or a tunnel. It takes
 * the frame there, removes tags and headers, and sends the packet. No other device sees it.
 * Which frames it takes is not known before.
 *
 * So a device that may have such frames has two functions of ours: the first one of its hook
 * and the last one, with all others in between (a bracket). The first one remembers a frame
 * that another device is to meter. The last one forgets it: the frame goes on, and is metered
 * where it always was. What the last one does not see was taken, and counts.
 *
 * What is remembered is what would be counted: the parsed packets (meter/held.c), with the
 * interface that the slow path would give them (upper.c), and how to know the frame again. No
 * reference to the skb is held, since the functions in between test whether they are the only
 * user of it and copy it otherwise. Nothing of it is read later.
 *
 * How a frame is known again: by the address of its skb, and by a number that is written into
 * the last octets of its control block, which nobody uses between the ingress hook and the
 * next layer. The number alone would not do: another skb may have those octets by chance. The
 * address alone would not do: the skb of a frame that was taken is freed soon, and the next
 * frame often gets the same address. A new skb has no number, since the kernel clears the
 * control block.
 *
 * A frame that is dropped in between, by a chain of nftables, is no forwarded frame. netfilter
 * reports each drop through the tracepoint kfree_skb, with the frame still whole, and the
 * frame is forgotten then. A chain that sends a frame to another device (fwd) has taken it, as
 * a flowtable does.
 *
 * Order and contexts:
 *
 * - Both functions run in one pass over the hook, on one CPU, with bottom halves off. A frame
 *   that is remembered is forgotten before the next one is, or never. One place for each CPU
 *   suffices.
 * - A flowtable may send a packet through a device that receives it again at once, within the
 *   pass (some virtual devices). The first function then finds a frame that was not
 *   forgotten; it was taken, which is right.
 * - Receive packet steering and the backlog are below the hook. GRO is, too: a frame of
 *   several segments counts as these.
 * - Frames of a PPPoE session that are not taken get to the PPP device in a later softirq. The
 *   last function sees them before.
 * - An XDP program runs below the hook. What it redirects is not seen by any hook.
 * - What a CPU holds is counted by its next frame or by its timer, by a flush, and when the
 *   CPU goes offline (meter/held.c).
 * - Each namespace has its own functions and its own meter. The memory of the frame is that of
 *   the CPU, for the tracepoint belongs to no namespace; it says whose meter holds the packets.
 *   That pointer is used only for a frame that is known again, in the same pass, so that the
 *   namespace still exists.
 * - The last function is registered after the first one and unregistered before it. Passes in
 *   which only the first one runs may count a frame twice: those that run while a device
 *   gets its bracket. Therefore @bracketed is set after the last function is there, and
 *   cleared, with a grace period after it, before the function is removed.
 * - On PREEMPT_RT kernels in which softirqs do not exclude each other (from 6.18 on, without
 *   CONFIG_PREEMPT_RT_NEEDS_BH_LOCK), another softirq may interrupt a pass on its CPU. If it
 *   remembers a frame, the interrupted one counts even if it is not taken.
 *
 * Cost: the devices that have a bracket are those below another device or a PPPoE session, and
 * all while a tunnel is up whose packets a flowtable can take. On these a frame that is
 * metered at once has one comparison more. A frame that another device meters is parsed twice,
 * if there are functions of others at the hook.
 */
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/if_vlan.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "compat/drops.h"
#include "compat/netdevice.h"
#include "meter/meter.h"
#include "observe/flowtable.h"
#include "observe/hook.h"
#include "observe/ingress.h"
#include "observe/upper.h"

/* The first and the last function of a bracket. */
#define OWN_FUNCTIONS	2

/**
 * struct remembered - the last frame that a CPU has remembered
 * @skb: its address, which may be that of another frame by now; NULL if it was forgotten
 * @dev: the device that had it; only compared
 * @meter: holds its packets
 * @number: of the frame, never 0; unique on all CPUs
 */
struct remembered {
	const struct sk_buff *skb;
	const struct net_device *dev;
	struct nfl_meter *meter;
	u64 number;
};

static DEFINE_PER_CPU(struct remembered, remembered);

static u64 *number_of(struct sk_buff *skb)
{
	static_assert(sizeof(skb->cb) % sizeof(u64) == 0);
	return (u64 *)(skb->cb + sizeof(skb->cb)) - 1;
}

/*
 * The packet as the IP layer would get it. Only what the parser and nfl_enrich() read is
 * changed, in a copy of the struct.
 */
static bool hold(const struct nfl_watch *watch, const struct sk_buff *skb,
		 const struct nfl_packet_place *place, bool more)
{
	struct sk_buff view = *skb;

	__vlan_hwaccel_clear_tag(&view);
	view.protocol = place->protocol;
	view.skb_iif = place->ifindex;
	skb_set_network_header(&view, place->offset);
	return nfl_meter_hold(watch->hooks->meter, &view, NF_INET_INGRESS, place->ifindex, more);
}

/**
 * nfl_flowtable_remember() - a frame of a device with a bracket counts if it is taken
 * @watch: the device
 * @skb: the frame
 * @metered: it was metered at this device; what may be held is the packet in its tunnel
 *
 * Context: the ingress hook.
 */
void nfl_flowtable_remember(struct nfl_watch *watch, struct sk_buff *skb, bool metered)
{
	struct nfl_packet_place outer = { }, inner;
	struct remembered *frame;
	bool held = false;

	if (nfl_ingress_count(watch->first.dev) <= OWN_FUNCTIONS)
		return;
	if (metered) {
		outer.protocol = skb->protocol;
		outer.offset = skb_network_offset(skb);
	} else {
		if (!nfl_upper_find(watch, skb, &outer))
			return;
		held = hold(watch, skb, &outer, false);
	}
	if (READ_ONCE(watch->ingress->tunnels) &&
	    nfl_upper_find_inner(watch->ingress, skb, &outer, &inner))
		held |= hold(watch, skb, &inner, held);
	if (!held)
		return;
	frame = this_cpu_ptr(&remembered);
	frame->dev = watch->first.dev;
	frame->meter = watch->hooks->meter;
	if (!frame->number)
		frame->number = raw_smp_processor_id();
	frame->number += nr_cpu_ids;
	*number_of(skb) = frame->number;
	WRITE_ONCE(frame->skb, skb);
}

static bool is_remembered(struct sk_buff *skb)
{
	return unlikely(this_cpu_read(remembered.skb) == skb) &&
	       *number_of(skb) == this_cpu_read(remembered.number);
}

static void forget(void)
{
	struct remembered *frame = this_cpu_ptr(&remembered);

	frame->skb = NULL;
	nfl_meter_forget(frame->meter);
}

/**
 * nfl_flowtable_forget() - the last function of a device: the frame goes on
 * @priv: unused
 * @skb: the frame
 * @state: unused
 *
 * Return: NF_ACCEPT.
 */
unsigned int nfl_flowtable_forget(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state)
{
	if (is_remembered(skb))
		forget();
	return NF_ACCEPT;
}

/* A flowtable has set another device before it sends a packet, which may be dropped there. */
static void dropped(struct sk_buff *skb)
{
	if (is_remembered(skb) && skb->dev == this_cpu_read(remembered.dev))
		forget();
}

NFL_DEFINE_DROP_PROBE(drop_probe, dropped)

/* The namespaces that use the tracepoint. */
static DEFINE_MUTEX(users_lock);
static unsigned int users;

/**
 * nfl_flowtable_start() - be told of dropped frames
 *
 * Context: process; sleeps.
 * Return: 0, or a negative error.
 */
int nfl_flowtable_start(void)
{
	int err = 0;

	if (!NFL_HAS_DROPS)
		return 0;
	mutex_lock(&users_lock);
	if (!users)
		err = register_trace_kfree_skb(drop_probe, NULL);
	if (!err)
		users++;
	mutex_unlock(&users_lock);
	return err;
}

/**
 * nfl_flowtable_stop() - undo nfl_flowtable_start()
 *
 * Context: process; sleeps.
 */
void nfl_flowtable_stop(void)
{
	if (!NFL_HAS_DROPS)
		return;
	mutex_lock(&users_lock);
	if (!--users) {
		unregister_trace_kfree_skb(drop_probe, NULL);
		tracepoint_synchronize_unregister();
	}
	mutex_unlock(&users_lock);
}
