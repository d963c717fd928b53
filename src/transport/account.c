// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account of what was exported: which flows are pending, sent or lost. A flow
 * is in one of the three from when it leaves its table. See nfl_totals_get() for
 * the equation that it is a part of.
 *
 * Context of all: process, under the exporter's lock unless noted.
 */
#include <linux/ktime.h>

#include "flow/flow.h"
#include "protocol/message.h"
#include "transport/account.h"

static void add(struct nfl_account *account, u64 flows, u64 packets, u64 octets)
{
	account->flows += flows;
	account->packets += packets;
	account->octets += octets;
}

static void move(struct nfl_account *from, struct nfl_account *to,
		 const struct nfl_message *message)
{
	add(from, -(u64)message->flows, -message->packets, -message->octets);
	add(to, message->flows, message->packets, message->octets);
}

static void note_loss(struct nfl_export_account *account)
{
	account->lost_last = ktime_to_ms(ktime_get_real());
	if (!account->lost_first)
		account->lost_first = account->lost_last;
}

/**
 * nfl_account_add() - add a flow to a part of the account
 * @account: the part, under the exporter's lock
 * @flow: the flow
 */
void nfl_account_add(struct nfl_account *account, const struct nfl_flow *flow)
{
	add(account, 1, flow->packets, flow->octets);
}

/**
 * nfl_account_lost_flow() - a flow reaches no message, and so no destination
 * @account: the account of an exporter that is locked
 * @flow: the flow
 */
void nfl_account_lost_flow(struct nfl_export_account *account, const struct nfl_flow *flow)
{
	nfl_account_add(&account->lost, flow);
	note_loss(account);
}

/**
 * nfl_account_sent() - a destination took a message
 * @account: the account of an exporter that is locked
 * @message: the message
 */
void nfl_account_sent(struct nfl_export_account *account, struct nfl_message *message)
{
	if (!message->sent++)
		move(&account->pending, &account->exported, message);
}

/**
 * nfl_account_unsent() - a destination has not got the message after all
 * @account: the account of an exporter that is locked
 * @message: the message, which that destination took before
 */
void nfl_account_unsent(struct nfl_export_account *account, struct nfl_message *message)
{
	if (!--message->sent)
		move(&account->exported, &account->pending, message);
}

/**
 * nfl_account_settle() - what was sent counts no more
 * @message: the message. If a destination took it, its flows were counted, and are
 *	not again when that one has not got it after all.
 */
void nfl_account_settle(struct nfl_message *message)
{
	if (!message->sent)
		return;
	message->flows = 0;
	message->packets = 0;
	message->octets = 0;
}

/**
 * nfl_account_lost_events() - count NAT events that nobody will be told of
 * @account: the account of an exporter that is locked
 * @events: how many
 */
void nfl_account_lost_events(struct nfl_export_account *account, u64 events)
{
	if (!events)
		return;
	WRITE_ONCE(account->lost_events, account->lost_events + events);
	account->lost_events_last = ktime_to_ms(ktime_get_real());
	if (!account->lost_events_first)
		account->lost_events_first = account->lost_events_last;
}

/**
 * nfl_account_release() - give up a reference to a message
 * @account: the account of an exporter that is locked
 * @message: the message. When nobody has it any more, and no destination took
 *	it, its flows are lost.
 */
void nfl_account_release(struct nfl_export_account *account, struct nfl_message *message)
{
	if (--message->references)
		return;
	if (!message->sent && message->flows) {
		move(&account->pending, &account->lost, message);
		note_loss(account);
	}
	if (!message->sent)
		nfl_account_lost_events(account, message->events);
	nfl_message_free(message);
}
