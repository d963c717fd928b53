/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The transport: logs of records, and the streams that deliver them to collectors.
 */
#ifndef NFL_TRANSPORT_TRANSPORT_H
#define NFL_TRANSPORT_TRANSPORT_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "protocol/protocol.h"
#include "transport/log.h"
#include "transport/session.h"
#include "transport/stream.h"

struct net;
struct nfl_config;

/**
 * struct nfl_transport - the records of a namespace on their way to collectors
 * @lock: the sender's lock, a mutex; held for some milliseconds at a time. For all that has
 *	no other note
 * @account: the account's lock, for counts and the list of streams; readers need no other.
 *	Taken in process context, within all other locks
 * @log: the logs, by &enum nfl_log_kind
 * @sessions: one for each collector, in the order in which they were given; changed under
 *	both locks
 * @streams: what they are sent; likewise
 * @protocol: &enum nfl_protocol_index of destinations that have none of their own; read
 *	by READ_ONCE without the lock
 * @protocols: those that destinations use, a bit each; likewise
 * @starved: flows wait for room in their log; under @account
 * @net: the namespace
 * @config: its settings
 * @wanted_fields: extra fields that some destination asks for, a bit of &enum nfl_extra each
 * @hidden_fields: those of them that only these destinations receive
 * @buffer: a message is written into this
 * @buffer_size: octets of @buffer
 * @messages: sent, to all collectors; under @account
 * @octets: in them; likewise
 * @rest: a session is not sent to for so many nanoseconds, though there is more
 * @room: called when there is room for flows again
 * @wake: called in any context when a session may accept messages again
 */
struct nfl_transport {
	struct mutex lock;
	spinlock_t account;
	struct nfl_log log[NFL_LOGS];
	struct list_head sessions;
	struct list_head streams;
	enum nfl_protocol_index protocol;
	unsigned int protocols;
	bool starved;
	struct net *net;
	const struct nfl_config *config;
	u16 wanted_fields;
	u16 hidden_fields;
	u8 *buffer;
	unsigned int buffer_size;
	u64 messages;
	u64 octets;
	u32 rest;
	void (*room)(struct nfl_transport *transport);
	void (*wake)(struct nfl_transport *transport);
};

static inline bool nfl_transport_uses_only_netflow5(const struct nfl_transport *transport)
{
	return READ_ONCE(transport->protocols) == BIT(NFL_NETFLOW5);
}

void nfl_transport_init(struct nfl_transport *transport, struct net *net,
			const struct nfl_config *config);
int nfl_transport_start(struct nfl_transport *transport);
void nfl_transport_stop(struct nfl_transport *transport);
int nfl_transport_redirect(struct nfl_transport *transport, struct list_head *destinations);
void nfl_transport_protocols_changed(struct nfl_transport *transport);
void nfl_transport_end_streams(struct nfl_transport *transport);
unsigned int nfl_transport_announced(struct nfl_transport *transport);
void nfl_transport_set_sndbuf(struct nfl_transport *transport, u32 size);
bool nfl_transport_is_idle(struct nfl_transport *transport);
bool nfl_transport_is_full(struct nfl_transport *transport, enum nfl_log_kind kind);
void nfl_transport_reset(struct nfl_transport *transport);

unsigned long nfl_transport_pump(struct nfl_transport *transport, bool flush);
bool nfl_transport_awaited(struct nfl_transport *transport, const struct nfl_position *mark);

#endif /* NFL_TRANSPORT_TRANSPORT_H */
