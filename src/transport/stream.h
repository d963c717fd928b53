/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stream: what is to be delivered, and how far it was.
 */
#ifndef NFL_TRANSPORT_STREAM_H
#define NFL_TRANSPORT_STREAM_H

#include <linux/list.h>
#include <linux/types.h>

#include "protocol/protocol.h"
#include "transport/account.h"
#include "transport/encode.h"
#include "transport/log.h"
#include "transport/redo.h"
#include "transport/sends.h"

struct nfl_session;

/**
 * struct nfl_stream - records that go to one collector
 * @list: in the list of streams
 * @session: where they go
 * @next: the first record of each log that was not sent yet; it only moves forward
 * @fresh: records before this position that other destinations had received when the
 *	stream began are not sent
 * @redo: records before @next that are to be sent again
 * @begun: records of each log that were appended before the stream began
 * @passed: records that are not for this stream, or that its protocol cannot express
 * @told: records sent and lost
 * @number: of the session that it was last sent to, see struct nfl_session
 * @open: for each log, a message with the records that wait was seen not to be full
 * @opened: when it was seen first, in jiffies
 * @progress: when a message was last sent, in jiffies
 * @is_ready: more can be sent to it, as far as is known
 *
 * For each log, what was appended since @begun = sent + lost + passed + what waits. What was
 * sent and is not settled waits, too.
 *
 * Under the sender's lock; counts are written under the account's lock as well.
 */
struct nfl_stream {
	struct list_head list;
	struct nfl_session *session;
	struct nfl_position next[NFL_LOGS];
	struct nfl_position fresh[NFL_LOGS];
	struct nfl_redo redo[NFL_LOGS];
	struct nfl_account begun[NFL_LOGS];
	struct nfl_account passed[NFL_LOGS];
	struct nfl_told told;
	u32 number;
	bool open[NFL_LOGS];
	unsigned long opened[NFL_LOGS];
	unsigned long progress;
	bool is_ready;
};

void nfl_stream_begin(struct nfl_stream *stream, struct nfl_log *logs, bool inherit);
bool nfl_stream_range(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		      struct nfl_range *range);
bool nfl_stream_is_done(struct nfl_stream *stream, struct nfl_log *logs);
void nfl_stream_advance(struct nfl_stream *stream, enum nfl_log_kind kind,
			const struct nfl_position *from, const struct nfl_position *to);
void nfl_stream_pass(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		     const struct nfl_account *passed);
void nfl_stream_settle(struct nfl_stream *stream, struct nfl_log *logs,
		       const struct nfl_send *send);
void nfl_stream_refused(struct nfl_stream *stream, struct nfl_log *logs,
			const struct nfl_protocol *protocol, const struct nfl_send *send);
void nfl_stream_forget(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		       struct nfl_sends *sends, const struct nfl_position *to);
u64 nfl_stream_skip(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		    const struct nfl_protocol *protocol, struct nfl_sends *sends,
		    struct nfl_position to);
u64 nfl_stream_lose(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		    const struct nfl_protocol *protocol, const struct nfl_range *range,
		    bool unmade);
struct nfl_position nfl_stream_hold(struct nfl_stream *stream, struct nfl_log *logs,
				    enum nfl_log_kind kind, struct nfl_sends *sends);
void nfl_stream_waiting(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
			struct nfl_sends *sends, struct nfl_account *waiting);

#endif /* NFL_TRANSPORT_STREAM_H */
