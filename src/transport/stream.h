/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stream: what is to be delivered, and how far it was.
 */
#ifndef NFL_TRANSPORT_STREAM_H
#define NFL_TRANSPORT_STREAM_H

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/types.h>

#include "protocol/protocol.h"
#include "transport/account.h"
#include "transport/log.h"
#include "transport/redo.h"
#include "transport/sends.h"
#include "transport/share.h"

struct nfl_session;

/* The sessions of a stream, at most. */
#define NFL_STREAM_SESSIONS	16

/**
 * struct nfl_stream - records that go to one collector at a time
 * @list: in the list of streams
 * @session: where they go
 * @sessions: where they may go: to the first that is alive; @session is one of them
 * @sessions_count: number of sessions
 * @logs: a bit for each log whose records it takes
 * @share: the records that it takes of those
 * @has_fields: it has words of `fields` of its own
 * @fields: these
 * @ends: it is not in the list of destinations any more: it ends when all before @until is
 *	settled
 * @until: see @ends
 * @ended: records of each log before @until, as @begun
 * @next: the first record of each log that was not sent yet; it only moves forward
 * @fresh: records before this position that other destinations had received when the
 *	stream began are not sent
 * @redo: records before @next that are to be sent again
 * @begun: records of each log that were appended before the stream began
 * @passed: records that are not for this stream, or that its protocol cannot express
 * @sent: records received
 * @lost: records that were to be sent and were not
 * @number: of the session that it was last sent to, see struct nfl_session
 * @open: for each log, a message with the records that wait was seen not to be full
 * @opened: when it was seen first, in jiffies
 * @progress: when a message was last sent, in jiffies
 * @is_ready: it has more to send, as far as is known
 *
 * For each log that it takes, what was appended since @begun, until @ended if it ends, = sent +
 * lost + passed + what waits. What was sent and is not settled waits, too.
 *
 * Under the sender's lock; counts are written under the account's lock as well.
 */
struct nfl_stream {
	struct list_head list;
	struct nfl_session *session;
	struct nfl_session *sessions[NFL_STREAM_SESSIONS];
	u8 sessions_count;
	u8 logs;
	struct nfl_share share;
	bool has_fields;
	u16 fields;
	bool ends;
	struct nfl_position until[NFL_LOGS];
	struct nfl_account ended[NFL_LOGS];
	struct nfl_position next[NFL_LOGS];
	struct nfl_position fresh[NFL_LOGS];
	struct nfl_redo redo[NFL_LOGS];
	struct nfl_account begun[NFL_LOGS];
	struct nfl_account passed[NFL_LOGS];
	struct nfl_account sent[NFL_LOGS];
	struct nfl_account lost[NFL_LOGS];
	u32 number;
	bool open[NFL_LOGS];
	unsigned long opened[NFL_LOGS];
	unsigned long progress;
	bool is_ready;
};

static inline bool nfl_stream_takes(const struct nfl_stream *stream, enum nfl_log_kind kind)
{
	return stream->logs & BIT(kind);
}

void nfl_stream_begin(struct nfl_stream *stream, struct nfl_log *log, enum nfl_log_kind kind,
		      bool inherit);
void nfl_stream_end(struct nfl_stream *stream, struct nfl_log *logs);
void nfl_stream_due(const struct nfl_stream *stream, const struct nfl_log *logs,
		    enum nfl_log_kind kind, struct nfl_account *due);
bool nfl_stream_range(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		      struct nfl_range *range);
bool nfl_stream_is_done(struct nfl_stream *stream, struct nfl_log *logs);
bool nfl_stream_is_settled(struct nfl_stream *stream, struct nfl_log *logs);
void nfl_stream_advance(struct nfl_stream *stream, enum nfl_log_kind kind,
			const struct nfl_position *from, const struct nfl_position *to);
void nfl_stream_pass(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		     const struct nfl_account *passed);
void nfl_stream_settle(struct nfl_stream *stream, struct nfl_log *logs,
		       struct nfl_session *session, const struct nfl_send *send);
u64 nfl_stream_refused(struct nfl_stream *stream, struct nfl_log *logs,
		       const struct nfl_protocol *protocol, const struct nfl_send *send);
void nfl_stream_forget(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		       const struct nfl_position *to);
u64 nfl_stream_skip(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		    const struct nfl_protocol *protocol, struct nfl_position to);
u64 nfl_stream_lose(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		    const struct nfl_protocol *protocol, const struct nfl_range *range,
		    bool unmade);
struct nfl_position nfl_stream_hold(struct nfl_stream *stream, struct nfl_log *logs,
				    enum nfl_log_kind kind);
void nfl_stream_waiting(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
			struct nfl_account *waiting);

#endif /* NFL_TRANSPORT_STREAM_H */
