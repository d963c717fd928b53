/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that an nftables flowtable takes before their packet gets to its device.
 */
#ifndef NFL_OBSERVE_FLOWTABLE_H
#define NFL_OBSERVE_FLOWTABLE_H

#include <linux/types.h>

struct nf_hook_state;
struct nfl_watch;
struct sk_buff;

void nfl_flowtable_remember(struct nfl_watch *watch, struct sk_buff *skb, bool metered);
unsigned int nfl_flowtable_forget(void *priv, struct sk_buff *skb,
				  const struct nf_hook_state *state);
int nfl_flowtable_start(void);
void nfl_flowtable_stop(void);

#endif /* NFL_OBSERVE_FLOWTABLE_H */
