/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session: where messages go, and how they get there.
 */
#ifndef NFL_TRANSPORT_SESSION_H
#define NFL_TRANSPORT_SESSION_H

#include <linux/list.h>
#include <linux/types.h>

#include "protocol/protocol.h"
#include "transport/announce.h"
#include "transport/burst.h"
#include "transport/collector.h"
#include "transport/encode.h"
#include "transport/room.h"
#include "transport/sends.h"

struct nfl_transport;
struct socket;

/**
 * struct nfl_session - a transport session with a collector
 * @list: in the list of sessions
 * @to: the collector
 * @transport: the transport that it belongs to
 * @told: what was sent to the collector, and what it has lost
 * @socket: NULL while there is none; changed under the account's lock, too
 * @local_port: port that was sent from first. It stays the same whenever the
 *	socket is made anew, since collectors know templates by it.
 * @protocol: in which it was sent to last
 * @header: that protocol's sequence number, and the domain that templates were sent for
 * @sends: the last messages, to which an answer may come
 * @announcements: the templates that were sent
 * @number: of the session; another one each time that it begins with a new socket
 * @retry: nothing is tried before this time, in jiffies, if @retrying
 * @busy_since: see @busy, in jiffies
 * @answer: the longest time after which an answer came, in jiffies
 * @renewed: when the source address was last looked at, in jiffies
 * @probed: when a probe was sent or answered, as far as is known, in jiffies
 * @awaited_since: see @awaits_turn, in jiffies
 * @routes: the generation of routes that it was looked at with
 * @room: what it waits for, while @busy
 * @burst: the messages that were just sent
 * @retrying: the last try failed
 * @probing: templates go first, and data only when no answer says that there is no
 *	collector
 * @dead: a try has failed, and no probe has succeeded since then
 * @was_dead: this was so once
 * @changed: when @dead changed, in jiffies
 * @rate_next: if it has a rate, when the next message may be sent, in nanoseconds
 * @stays: it is in the new list of destinations, which is being set
 * @is_needed: some stream has something for it
 * @rests: it was sent a whole burst, and is sent no more for a while
 * @is_ready: more can be sent to it, as far as is known
 * @probe_due: the next message, or the templates before it, are the only ones until it is known
 *	what came of them
 * @waited_for: a flush waits while it is @busy
 * @busy: it takes nothing for now, since @busy_since, but may soon: the send
 *	buffer is full, or an answer to the templates may be on its way
 * @awaits_turn: other sessions with this host are probing, since @awaited_since
 * @is_local: its messages do not leave this host
 * @attempts: attempts to connect since it last was
 * @sndbuf_initial: the send buffer that its socket was made with
 * @lost_messages: messages that were not sent, by the records that were skipped
 * @error_connect: counts of what went wrong; these are read without a lock
 * @error_full: send buffer full
 * @error_refused: answers that say that a message was not received
 * @error_other: all other errors
 * @filled_peak: largest fill of the send buffer
 */
struct nfl_session {
	struct list_head list;
	struct nfl_collector to;
	struct nfl_transport *transport;
	struct nfl_told told;
	struct socket *socket;
	__be16 local_port;
	enum nfl_protocol_index protocol;
	struct nfl_header header;
	struct nfl_sends sends;
	struct nfl_announcements announcements;
	u32 number;
	unsigned long retry;
	unsigned long busy_since;
	unsigned long answer;
	unsigned long renewed;
	unsigned long probed;
	unsigned long awaited_since;
	u32 routes;
	struct nfl_room room;
	struct nfl_burst burst;
	bool retrying;
	bool probing;
	bool dead;
	bool was_dead;
	unsigned long changed;
	u64 rate_next;
	bool stays;
	bool is_needed;
	bool rests;
	bool is_ready;
	bool probe_due;
	bool waited_for;
	bool busy;
	bool awaits_turn;
	bool is_local;
	u32 attempts;
	u32 sndbuf_initial;
	u64 lost_messages;
	u64 error_connect;
	u64 error_full;
	u64 error_refused;
	u64 error_other;
	u32 filled_peak;
};

int nfl_socket_connect(struct nfl_session *session);
void nfl_socket_renew(struct nfl_session *session);
void nfl_socket_close(struct nfl_session *session);
void nfl_socket_set_sndbuf(struct nfl_session *session, u32 size);

enum nfl_protocol_index nfl_session_protocol(const struct nfl_session *session);
void nfl_session_use(struct nfl_session *session, enum nfl_protocol_index protocol);
unsigned long nfl_session_rate_delay(const struct nfl_session *session);
unsigned int nfl_session_headers(const struct nfl_session *session);
u16 nfl_session_limit(struct nfl_session *session, const struct nfl_protocol *protocol);
int nfl_session_send(struct nfl_session *session, const struct nfl_body *body,
		     const struct nfl_send *send);
void nfl_session_failed(struct nfl_session *session, int err);
void nfl_session_retry_later(struct nfl_session *session);
void nfl_session_skipped(struct nfl_session *session, u64 records);
unsigned long nfl_session_settles_in(const struct nfl_session *session);
void nfl_session_settle(struct nfl_session *session, bool all);
void nfl_session_refused(struct nfl_session *session, unsigned int first);

bool nfl_session_answers(struct nfl_session *session);
bool nfl_session_has_answer(const struct nfl_session *session);

#endif /* NFL_TRANSPORT_SESSION_H */
