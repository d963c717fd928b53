/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums of flows, packets and octets.
 */
#ifndef NFL_TRANSPORT_ACCOUNT_H
#define NFL_TRANSPORT_ACCOUNT_H

#include <linux/types.h>

#include "flow/flow.h"

/**
 * struct nfl_account - records, and what they count
 * @flows: records; of NAT events and options data, too
 * @packets: packets of these flows
 * @octets: octets of these flows
 */
struct nfl_account {
	u64 flows;
	u64 packets;
	u64 octets;
};

static inline void nfl_account_add(struct nfl_account *account, const struct nfl_flow *flow)
{
	account->flows++;
	account->packets += flow->packets;
	account->octets += flow->octets;
}

static inline void nfl_account_sum(struct nfl_account *account, const struct nfl_account *more)
{
	account->flows += more->flows;
	account->packets += more->packets;
	account->octets += more->octets;
}

static inline void nfl_account_subtract(struct nfl_account *account,
					const struct nfl_account *less)
{
	account->flows -= less->flows;
	account->packets -= less->packets;
	account->octets -= less->octets;
}

#endif /* NFL_TRANSPORT_ACCOUNT_H */
