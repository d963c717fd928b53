/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was exported, in flows, packets and octets.
 */
#ifndef NFL_TRANSPORT_ACCOUNT_H
#define NFL_TRANSPORT_ACCOUNT_H

#include <linux/types.h>

struct nfl_flow;
struct nfl_message;

/**
 * struct nfl_account - flows, and what they count
 */
struct nfl_account {
	u64 flows;
	u64 packets;
	u64 octets;
};

/**
 * struct nfl_export_account - what became of the flows that have left their tables
 * @pending: in messages that no destination has taken or dropped yet, or on their way
 *	there
 * @exported: flows that at least one destination was sent
 * @discarded: flows that were not selected, see flow_selection.c
 * @lost: flows that none was, with the times of the first and the last loss
 * @withheld: flows that a destination was not sent, since its protocol (NetFlow v5)
 *	cannot tell of them; others may have been
 * @lost_withheld: those of @lost that no destination's protocol can tell of
 * @lost_unmade: those of @lost that there was no memory for a message for
 * @lost_first: milliseconds since 1970, 0 if there was none
 * @lost_last: the same
 * @lost_events: NAT events that nobody was told of, at most: see nat/log.c
 * @lost_events_first: as @lost_first
 * @lost_events_last: as @lost_last
 *
 * All of it is under the exporter's lock.
 */
struct nfl_export_account {
	struct nfl_account pending;
	struct nfl_account exported;
	struct nfl_account discarded;
	struct nfl_account lost;
	struct nfl_account withheld;
	struct nfl_account lost_withheld;
	struct nfl_account lost_unmade;
	u64 lost_first;
	u64 lost_last;
	u64 lost_events;
	u64 lost_events_first;
	u64 lost_events_last;
};

void nfl_account_add(struct nfl_account *account, const struct nfl_flow *flow);
void nfl_account_lost_flow(struct nfl_export_account *account, const struct nfl_flow *flow);
void nfl_account_sent(struct nfl_export_account *account, struct nfl_message *message);
void nfl_account_unsent(struct nfl_export_account *account, struct nfl_message *message);
void nfl_account_settle(struct nfl_message *message);
void nfl_account_lost_events(struct nfl_export_account *account, u64 events);
void nfl_account_release(struct nfl_export_account *account, struct nfl_message *message);

#endif /* NFL_TRANSPORT_ACCOUNT_H */
