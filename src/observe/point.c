// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looped copies: a multicast or broadcast that this host sends, and that it receives itself,
 * passes POSTROUTING twice. One pass is that of a copy, which goes back to this host by the
 * loopback function and to no interface. What differs is the function that follows the hook.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "observe/point.h"

/* The functions that follow, once they were seen: of a copy, and of what is sent. */
static int (*copy_follows)(struct net *net, struct sock *sk, struct sk_buff *skb);
static int (*sent_follows)(struct net *net, struct sock *sk, struct sk_buff *skb);

/**
 * nfl_point_is_looped() - is it the looped copy of an IPv4 multicast or broadcast?
 * @state: the hook, POSTROUTING
 *
 * The kernel exports none of these functions, so the name of each is looked at once. A kernel
 * without names (CONFIG_KALLSYMS) has no copies that are told apart.
 *
 * Context: any.
 */
bool nfl_point_is_looped(const struct nf_hook_state *state)
{
	char name[sizeof("ip_mc_finish_output")];

	if (state->okfn == READ_ONCE(copy_follows))
		return true;
	if (state->okfn == READ_ONCE(sent_follows))
		return false;
	snprintf(name, sizeof(name), "%ps", (void *)state->okfn);
	if (!strcmp(name, "ip_mc_finish_output")) {
		WRITE_ONCE(copy_follows, state->okfn);
		return true;
	}
	WRITE_ONCE(sent_follows, state->okfn);
	return false;
}
