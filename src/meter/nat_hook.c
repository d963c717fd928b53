// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hooks after NAT, for translations in flow records (natfields=1).
 *
 * The first packet of a connection passes the rules in FORWARD before its source is
 * translated (in POSTROUTING, after all tables of iptables), and it may be the only packet.
 * In the meantime it waits in the ring of the CPU, and hooks after NAT add its translation
 * there. So no reference or pointer to a connection is kept after the hook that read it.
 * (With another reference to a new connection NFQUEUE would drop its packets, and a bridge
 * would warn.)
 *
 * The translation is missing in one case: if a packet is metered in OUTPUT in process
 * context, is interrupted until the ring is worked off, and is the only packet of its
 * connection. On PREEMPT_RT, where a timer may run between any two hooks, this may also
 * happen in FORWARD.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

#include "flow/translation.h"
#include "meter/cpu.h"
#include "meter/enrich.h"
#include "meter/meter.h"
#include "meter/nat_hook.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack.h>

/* NAT has translated a new connection: complete the packets in the ring of this CPU. */
static void fill(struct nfl_meter *meter, const struct nf_conn *ct, enum nfl_family family)
{
	struct nfl_cpu __percpu *cpus = READ_ONCE(meter->cpus);
	struct nfl_cpu *cpu;
	u32 i;

	if (!cpus || READ_ONCE(meter->closed))
		return;
	cpu = nfl_cpu_enter(cpus);
	for (i = cpu->ring_count[family]; i--;) {
		struct nfl_packet *packet = family == NFL_IPV4_WIDE ? &cpu->ring4_wide[i].packet :
								      &cpu->ring6_wide[i].packet;

		nfl_translation_complete(packet, ct, family);
	}
	nfl_cpu_exit(cpus);
}

static unsigned int behind_nat(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	const enum nfl_family family = state->pf == NFPROTO_IPV4 ? NFL_IPV4_WIDE : NFL_IPV6_WIDE;
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	if (unlikely(ct && !nf_ct_is_confirmed(ct) && READ_ONCE(ct->status) & IPS_NAT_MASK))
		fill(priv, ct, family);
	return NF_ACCEPT;
}

#define HOOK(_pf, _hooknum, _priority)						\
	{									\
		.hook = behind_nat,						\
		.pf = _pf,							\
		.hooknum = _hooknum,						\
		.priority = (_priority) + 1,					\
	}

static const struct nf_hook_ops operations[] = {
	HOOK(NFPROTO_IPV4, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC),
	HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC),
	HOOK(NFPROTO_IPV6, NF_INET_LOCAL_IN, NF_IP6_PRI_NAT_SRC),
	HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, NF_IP6_PRI_NAT_SRC),
};

static_assert(ARRAY_SIZE(operations) == NFL_NAT_HOOKS);

/**
 * nfl_nat_hook_init() - initialise; no hook is registered
 * @hook: the hooks
 * @meter: the metering process of the namespace
 */
void nfl_nat_hook_init(struct nfl_nat_hook *hook, struct nfl_meter *meter)
{
	unsigned int i;

	hook->meter = meter;
	memcpy(hook->operations, operations, sizeof(operations));
	for (i = 0; i < NFL_NAT_HOOKS; i++)
		hook->operations[i].priv = meter;
}

/**
 * nfl_nat_hook_enable() - record translations in flows
 * @hook: the hooks; the per-CPU parts of the metering process exist
 *
 * Context: process; sleeps. The caller holds the namespace's lock, or the namespace is being
 *	created.
 * Return: 0, or a negative error.
 */
int nfl_nat_hook_enable(struct nfl_nat_hook *hook)
{
	int err;

	if (hook->meter->wanted & NFL_WANTED_TRANSLATION)
		return 0;
	err = nf_register_net_hooks(hook->meter->net, hook->operations, NFL_NAT_HOOKS);
	if (err)
		return err;
	nfl_enrich_want(hook->meter, 0, NFL_WANTED_TRANSLATION);
	return 0;
}

/**
 * nfl_nat_hook_disable() - stop recording translations
 * @hook: the hooks
 *
 * Flows in the tables keep their translations.
 *
 * Context: process; sleeps. The caller holds the namespace's lock, or the namespace is being
 *	removed.
 */
void nfl_nat_hook_disable(struct nfl_nat_hook *hook)
{
	if (!(hook->meter->wanted & NFL_WANTED_TRANSLATION))
		return;
	nfl_enrich_want(hook->meter, NFL_WANTED_TRANSLATION, 0);
	nf_unregister_net_hooks(hook->meter->net, hook->operations, NFL_NAT_HOOKS);
}

#else /* without conntrack there is no translation */

void nfl_nat_hook_init(struct nfl_nat_hook *hook, struct nfl_meter *meter)
{
}

int nfl_nat_hook_enable(struct nfl_nat_hook *hook)
{
	return 0;
}

void nfl_nat_hook_disable(struct nfl_nat_hook *hook)
{
}

#endif
