/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The destinations: where messages go, and how they get there.
 */
#ifndef NFL_TRANSPORT_TRANSPORT_H
#define NFL_TRANSPORT_TRANSPORT_H

#include <linux/bits.h>
#include <linux/if.h>
#include <linux/list.h>
#include <linux/socket.h>
#include <linux/types.h>

#include "protocol/protocol.h"

struct net;
struct nfl_config;
struct nfl_export_account;
struct sock;
struct socket;

/* Messages that wait for one destination, at most. */
#define NFL_DESTINATION_QUEUE	512

/* Room for "[address]:port@[source]%interface/protocol". */
#define NFL_DESTINATION_NAME	160

/**
 * struct nfl_destination - a collector, and the transport session with it
 * @list: in its transport's list
 * @address: of the collector
 * @source: to send from; family AF_UNSPEC if it is all the same
 * @interface: to send by; empty if it is all the same
 * @version: of its own protocol; 0 if it has that of the setting
 * @name: the four, for people
 * @socket: NULL while there is none
 * @local_port: port that was sent from first. It stays the same whenever the
 *	socket is made anew, since collectors know templates by it.
 * @protocol: in which it was sent to last
 * @session: that protocol's, with the domain that templates were sent for
 * @last: the message that was sent last, with a reference: an answer to it may
 *	come that says nobody got it
 * @last_counted: what it counts in the session's sequence number
 * @last_time: when that was, jiffies
 * @queue: messages that wait, each with a reference
 * @queue_first: the oldest's place in @queue
 * @queue_count: how many
 * @retry: nothing is tried before this time, in jiffies, if @retrying
 * @retrying: the last try failed
 * @probing: templates go first, and data only when nobody has said that there
 *	is no collector
 * @busy: it takes nothing for now, since @busy_since, but may soon: the send
 *	buffer is full, or an answer to the templates may be on its way
 * @busy_since: jiffies
 * @failing: it has taken no message since the last try failed
 * @waited_for: the exporter waits while it is @busy
 * @templates_due: templates go before all else
 * @templates_next: the first of them to go, if a full send buffer left some behind
 * @templates_time: when they went, in jiffies
 * @messages_since: messages sent since then
 * @attempts: attempts to connect since it last was
 * @sndbuf_initial: the send buffer that its socket was made with
 * @messages: sent
 * @octets: sent, headers of UDP and below not counted
 * @lost_messages: dropped from a full queue, or refused for their size
 * @error_connect: counts of what went wrong
 * @error_full: send buffer full
 * @error_refused: messages that the host answered with an ICMP error
 * @error_other: all other errors
 * @filled_peak: largest fill of the send buffer
 */
struct nfl_destination {
	struct list_head list;
	struct sockaddr_storage address;
	struct sockaddr_storage source;
	char interface[IFNAMSIZ];
	u8 version;
	char name[NFL_DESTINATION_NAME];
	struct socket *socket;
	__be16 local_port;
	enum nfl_protocol_index protocol;
	struct nfl_session session;
	struct nfl_message *last;
	u32 last_counted;
	unsigned long last_time;
	struct nfl_message *queue[NFL_DESTINATION_QUEUE];
	unsigned int queue_first;
	unsigned int queue_count;
	unsigned long retry;
	unsigned long busy_since;
	unsigned long templates_time;
	bool retrying;
	bool probing;
	bool failing;
	bool waited_for;
	bool busy;
	bool templates_due;
	unsigned int templates_next;
	u32 messages_since;
	u32 attempts;
	u32 sndbuf_initial;
	u64 messages;
	u64 octets;
	u64 lost_messages;
	u64 error_connect;
	u64 error_full;
	u64 error_refused;
	u64 error_other;
	u32 filled_peak;
};

/**
 * struct nfl_transport - the destinations of a namespace
 * @destinations: in the order they were given; under the exporter's lock, as the rest that
 *	is not constant
 * @protocol: &enum nfl_protocol_index of destinations that have none of their own; read
 *	by READ_ONCE without the lock
 * @protocols: those that destinations use, a bit each
 * @new_session: a destination was connected, and is to be told all options data
 * @net: the namespace
 * @config: its settings
 * @sets: sets of extra fields that templates are sent for
 * @account: what became of the flows
 */
struct nfl_transport {
	struct list_head destinations;
	enum nfl_protocol_index protocol;
	unsigned int protocols;
	bool new_session;
	struct net *net;
	const struct nfl_config *config;
	const struct nfl_extra_sets *sets;
	struct nfl_export_account *account;
};

static inline bool nfl_transport_uses_netflow5(const struct nfl_transport *transport)
{
	return unlikely(transport->protocols & BIT(NFL_NETFLOW5));
}

static inline bool nfl_transport_uses_only_netflow5(const struct nfl_transport *transport)
{
	return transport->protocols == BIT(NFL_NETFLOW5);
}

int nfl_destinations_parse(const char *text, struct list_head *destinations);
void nfl_destinations_free(struct list_head *destinations);
void nfl_destination_release(struct nfl_transport *transport, struct nfl_destination *destination);

int nfl_socket_connect(struct nfl_transport *transport, struct nfl_destination *destination);
void nfl_socket_close(struct nfl_destination *destination);
void nfl_socket_set_sndbuf(struct nfl_destination *destination, u32 size);

/**
 * nfl_destination_templates_due() - have templates sent to it, all of them from the first
 * @destination: the destination, new or under the exporter's lock
 */
static inline void nfl_destination_templates_due(struct nfl_destination *destination)
{
	destination->templates_due = true;
	destination->templates_next = 0;
}

/**
 * nfl_queue_at() - a message that waits
 * @destination: whose queue, its exporter locked
 * @place: less than its queue_count; the oldest is at 0
 *
 * Return: the message; the reference stays the queue's.
 */
static inline struct nfl_message *nfl_queue_at(const struct nfl_destination *destination,
					       unsigned int place)
{
	return destination->queue[(destination->queue_first + place) % NFL_DESTINATION_QUEUE];
}

void nfl_queue_push(struct nfl_transport *transport, struct nfl_destination *destination,
		    struct nfl_message *message);
void nfl_queue_drop(struct nfl_transport *transport, struct nfl_destination *destination);
void nfl_queue_sent(struct nfl_transport *transport, struct nfl_destination *destination);
bool nfl_queue_answerable(const struct nfl_destination *destination);
void nfl_queue_forget(struct nfl_transport *transport, struct nfl_destination *destination);
void nfl_queue_unsend(struct nfl_transport *transport, struct nfl_destination *destination);
void nfl_queue_settle(struct nfl_destination *destination);
void nfl_queue_clear(struct nfl_transport *transport, struct nfl_destination *destination);

unsigned int nfl_transport_protocols(const struct nfl_transport *transport);
void nfl_transport_limits(struct nfl_transport *transport, u16 limits[NFL_PROTOCOLS]);
void nfl_transport_queue(struct nfl_transport *transport, struct nfl_message *message);
bool nfl_transport_pump(struct nfl_transport *transport);
bool nfl_transport_queued(const struct nfl_transport *transport);
bool nfl_transport_waiting(const struct nfl_transport *transport);
void nfl_transport_templates_due(struct nfl_transport *transport);
bool nfl_transport_busy(const struct nfl_transport *transport);
void nfl_transport_settle(struct nfl_transport *transport);
void nfl_transport_set_sndbuf(struct nfl_transport *transport, u32 size);
void nfl_transport_redirect(struct nfl_transport *transport, struct list_head *destinations);
void nfl_transport_close(struct nfl_transport *transport);

#endif /* NFL_TRANSPORT_TRANSPORT_H */
