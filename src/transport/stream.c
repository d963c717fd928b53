// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stream: a position in each log, and ranges before it that are to be sent again.
 *
 * A record of a stream waits, was sent but may be refused, or is settled: received, lost, or
 * passed over. It is counted when it is settled, so the counts never fall.
 *
 * Context of all functions: process, under the sender's lock.
 */
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/string.h>

#include "transport/session.h"
#include "transport/stream.h"

/**
 * nfl_stream_begin() - begin at the end of a log
 * @stream: the stream, which takes nothing of this log so far
 * @log: the log
 * @kind: which one
 * @inherit: begin at its start, with the records that no destination had received when
 *	nfl_log_mark_before() was called
 */
void nfl_stream_begin(struct nfl_stream *stream, struct nfl_log *log, enum nfl_log_kind kind,
		      bool inherit)
{
	const struct nfl_position last = nfl_log_last_appended(log, &stream->begun[kind]);

	stream->logs |= BIT(kind);
	stream->next[kind] = inherit ? nfl_log_tail(log) : last;
	stream->fresh[kind] = last;
	if (inherit) {
		struct nfl_account there = { };

		nfl_log_sum(log, nfl_log_tail(log), &last, &there);
		nfl_account_subtract(&stream->begun[kind], &there);
	}
	stream->progress = jiffies;
}

/**
 * nfl_stream_end() - take no records any more that are appended from now on
 * @stream: the stream
 * @logs: the logs
 */
void nfl_stream_end(struct nfl_stream *stream, struct nfl_log *logs)
{
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++)
		stream->until[kind] = nfl_log_last_appended(&logs[kind], &stream->ended[kind]);
	stream->ends = true;
}

/**
 * nfl_stream_due() - count what the stream should have sent, or passed over, by now
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log, which it takes
 * @due: set
 *
 * Context: under the account's lock, or that of who appends as well.
 */
void nfl_stream_due(const struct nfl_stream *stream, const struct nfl_log *logs,
		    enum nfl_log_kind kind, struct nfl_account *due)
{
	*due = stream->ends ? stream->ended[kind] : logs[kind].appended;
	nfl_account_subtract(due, &stream->begun[kind]);
}

/* Where the log ends for the stream. */
static struct nfl_position last_of(const struct nfl_stream *stream, struct nfl_log *logs,
				   enum nfl_log_kind kind)
{
	return stream->ends ? stream->until[kind] : nfl_log_last(&logs[kind]);
}

/*
 * Move the position from the end of a block to the next one. Where it is at the end of what
 * the stream takes, that may have been freed.
 */
static void normalise_next(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
			   const struct nfl_position *last)
{
	if (nfl_position_compare(&stream->next[kind], last) < 0)
		nfl_log_normalise(&logs[kind], &stream->next[kind], last);
}

/**
 * nfl_stream_range() - what is to be sent next
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log
 * @range: set to the records: those to be sent again, or those that were not sent yet
 *
 * Return: false if there is nothing.
 */
bool nfl_stream_range(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		      struct nfl_range *range)
{
	struct nfl_redo *redo = &stream->redo[kind];
	struct nfl_position last;

	if (!nfl_stream_takes(stream, kind))
		return false;
	last = nfl_log_last(&logs[kind]);
	if (redo->count) {
		*range = redo->range[0];
		nfl_log_normalise(&logs[kind], &range->from, &last);
		return true;
	}
	last = last_of(stream, logs, kind);
	normalise_next(stream, logs, kind, &last);
	*range = (struct nfl_range) { .from = stream->next[kind], .to = last };
	return nfl_position_compare(&range->from, &range->to) < 0;
}

/**
 * nfl_stream_is_done() - has all been sent?
 * @stream: the stream
 * @logs: the logs
 */
bool nfl_stream_is_done(struct nfl_stream *stream, struct nfl_log *logs)
{
	struct nfl_range range;
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		if (nfl_stream_range(stream, logs, kind, &range))
			return false;
	}
	return true;
}

/**
 * nfl_stream_is_settled() - has all been sent, and can nothing be refused?
 * @stream: the stream
 * @logs: the logs
 */
bool nfl_stream_is_settled(struct nfl_stream *stream, struct nfl_log *logs)
{
	struct nfl_sends *sends;
	unsigned int s, i;

	if (!nfl_stream_is_done(stream, logs))
		return false;
	for (s = 0; s < stream->sessions_count; s++) {
		sends = &stream->sessions[s]->sends;
		for (i = 0; i < sends->count; i++) {
			if (nfl_sends_at(sends, i)->stream == stream)
				return false;
		}
	}
	return true;
}

/**
 * nfl_stream_advance() - records were sent or passed over
 * @stream: the stream
 * @kind: of which log
 * @from: the first of them, as nfl_stream_range() has said
 * @to: behind the last of them
 */
void nfl_stream_advance(struct nfl_stream *stream, enum nfl_log_kind kind,
			const struct nfl_position *from, const struct nfl_position *to)
{
	if (nfl_position_compare(from, &stream->next[kind]) < 0)
		nfl_redo_advance(&stream->redo[kind], to);
	else
		stream->next[kind] = *to;
	stream->open[kind] = false;
}

/**
 * nfl_stream_pass() - count records that were passed over, and not sent along with others
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log
 * @passed: the records
 */
void nfl_stream_pass(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		     const struct nfl_account *passed)
{
	spin_lock(logs[kind].lock);
	nfl_account_sum(&stream->passed[kind], passed);
	spin_unlock(logs[kind].lock);
}

/**
 * nfl_stream_settle() - no answer to a message will come: its records were received
 * @stream: the stream
 * @logs: the logs
 * @session: the session that has sent it
 * @send: the message, with records of this stream
 */
void nfl_stream_settle(struct nfl_stream *stream, struct nfl_log *logs,
		       struct nfl_session *session, const struct nfl_send *send)
{
	struct nfl_log *log = &logs[send->log];

	nfl_log_settle(log, &send->range, &send->sum, &stream->share, !send->is_partial,
		       send->session);
	spin_lock(log->lock);
	nfl_account_sum(&stream->sent[send->log], &send->sum);
	nfl_account_sum(&session->told.sent[send->log], &send->sum);
	nfl_account_sum(&stream->passed[send->log], &send->passed);
	spin_unlock(log->lock);
}

/* Records that are given up. */
struct skipping {
	const struct nfl_protocol *protocol;
	const struct nfl_position *fresh;
	const struct nfl_share *share;
	u32 session;
	bool unmade;
	struct nfl_account lost;
	struct nfl_account passed;
};

/* Those of a block's records that the protocol can express. */
static u64 expressible(const struct nfl_protocol *protocol, const struct nfl_block *block,
		       u64 records)
{
	u64 result = 0, rest;

	if (!protocol->takes)
		return records;
	if (block->kind == NFL_LOG_OPTIONS)
		return protocol->templates ? records : 0;
	if (block->kind == NFL_LOG_FLOWS)
		return protocol->takes(NFL_RECORD_FLOW, block->family, NULL) ? records : 0;
	for (rest = records; rest; rest &= rest - 1) {
		const struct nfl_stored_event *event = nfl_block_record(block, __ffs64(rest));

		if (protocol->takes(NFL_RECORD_NAT_EVENT, 0, &event->record))
			result |= rest & -rest;
	}
	return result;
}

static void skip_block(struct nfl_block *block, u64 records, void *argument)
{
	struct skipping *skipping = argument;
	const u64 wanted = nfl_block_for(block, nfl_share_of(skipping->share, block, records),
					 skipping->session) &
			   ~nfl_block_known(block, skipping->fresh);
	u64 lost;

	nfl_block_sum(block, records & ~wanted, &skipping->passed);
	records = wanted;
	lost = expressible(skipping->protocol, block, records);
	block->withheld |= records & ~lost;
	block->skipped |= lost;
	if (skipping->unmade)
		block->unmade |= lost;
	nfl_block_sum(block, lost, &skipping->lost);
	nfl_block_sum(block, records & ~lost, &skipping->passed);
}

/**
 * nfl_stream_lose() - give up records
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log
 * @protocol: the protocol of the session
 * @range: the records
 * @unmade: they fit into no message
 *
 * Return: the number of records that were to be sent.
 */
u64 nfl_stream_lose(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		    const struct nfl_protocol *protocol, const struct nfl_range *range,
		    bool unmade)
{
	struct skipping skipping = {
		.protocol = protocol,
		.fresh = &stream->fresh[kind],
		.share = &stream->share,
		.session = stream->number,
		.unmade = unmade,
	};
	struct nfl_told *told = &stream->session->told;
	struct nfl_log *log = &logs[kind];

	nfl_log_walk(log, range->from, &range->to, skip_block, &skipping);
	spin_lock(log->lock);
	nfl_account_sum(&stream->passed[kind], &skipping.passed);
	nfl_account_sum(&stream->lost[kind], &skipping.lost);
	nfl_account_sum(&told->lost[kind], &skipping.lost);
	if (skipping.lost.flows) {
		told->lost_last[kind] = ktime_to_ms(ktime_get_real());
		if (!told->lost_first[kind])
			told->lost_first[kind] = told->lost_last[kind];
	}
	spin_unlock(log->lock);
	return skipping.lost.flows;
}

/**
 * nfl_stream_refused() - a message was not received: its records are to be sent again
 * @stream: the stream
 * @logs: the logs
 * @protocol: the protocol of the session
 * @send: the message, with records of this stream
 *
 * Return: the number of records that are lost, since there are too many ranges to be sent again.
 */
u64 nfl_stream_refused(struct nfl_stream *stream, struct nfl_log *logs,
		       const struct nfl_protocol *protocol, const struct nfl_send *send)
{
	if (nfl_redo_add(&stream->redo[send->log], &send->range))
		return 0;
	return nfl_stream_lose(stream, logs, send->log, protocol, &send->range, false);
}

/**
 * nfl_stream_forget() - no answers to messages with old records are waited for
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log
 * @to: records before this position are old
 */
void nfl_stream_forget(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		       const struct nfl_position *to)
{
	struct nfl_session *session;
	struct nfl_send *send;
	unsigned int s, i;

	for (s = 0; s < stream->sessions_count; s++) {
		session = stream->sessions[s];
		for (i = 0; i < session->sends.count; i++) {
			send = nfl_sends_at(&session->sends, i);
			if (send->stream != stream || send->log != kind ||
			    nfl_position_compare(&send->range.from, to) >= 0)
				continue;
			nfl_stream_settle(stream, logs, session, send);
			/* like one with templates: there is nothing to be sent again */
			send->stream = NULL;
		}
	}
}

/**
 * nfl_stream_skip() - give up the oldest records
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log
 * @protocol: the protocol of the session
 * @to: up to this position; no answer to messages with such records is waited for
 *
 * Return: the number of records that were to be sent.
 */
u64 nfl_stream_skip(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
		    const struct nfl_protocol *protocol, struct nfl_position to)
{
	struct nfl_redo *redo = &stream->redo[kind];
	struct nfl_range range;
	u64 lost = 0;

	nfl_stream_forget(stream, logs, kind, &to);
	while (redo->count && nfl_position_compare(&redo->range[0].from, &to) < 0) {
		range = redo->range[0];
		if (nfl_position_compare(&to, &range.to) < 0)
			range.to = to;
		lost += nfl_stream_lose(stream, logs, kind, protocol, &range, false);
		nfl_redo_advance(redo, &range.to);
	}
	range.to = last_of(stream, logs, kind);
	normalise_next(stream, logs, kind, &range.to);
	if (nfl_position_compare(&to, &range.to) < 0)
		range.to = to;
	range.from = stream->next[kind];
	if (nfl_position_compare(&range.from, &range.to) < 0) {
		lost += nfl_stream_lose(stream, logs, kind, protocol, &range, false);
		stream->next[kind] = range.to;
		stream->open[kind] = false;
	}
	return lost;
}

/**
 * nfl_stream_hold() - the first record that the stream needs
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log
 */
struct nfl_position nfl_stream_hold(struct nfl_stream *stream, struct nfl_log *logs,
				    enum nfl_log_kind kind)
{
	const struct nfl_position last = nfl_log_last(&logs[kind]);
	const struct nfl_position end = last_of(stream, logs, kind);
	struct nfl_position hold = last;
	unsigned int s;

	if (!nfl_stream_takes(stream, kind))
		return last;
	normalise_next(stream, logs, kind, &end);
	if (!stream->ends || nfl_position_compare(&stream->next[kind], &end) < 0)
		hold = stream->next[kind];
	if (stream->redo[kind].count)
		hold = stream->redo[kind].range[0].from;
	for (s = 0; s < stream->sessions_count; s++)
		nfl_sends_least(&stream->sessions[s]->sends, stream, kind, &hold);
	nfl_log_normalise(&logs[kind], &hold, &last);
	return hold;
}

/**
 * nfl_stream_waiting() - count what waits, record by record
 * @stream: the stream
 * @logs: the logs
 * @kind: of which log, which it takes
 * @waiting: filled
 */
void nfl_stream_waiting(struct nfl_stream *stream, struct nfl_log *logs, enum nfl_log_kind kind,
			struct nfl_account *waiting)
{
	const struct nfl_position last = last_of(stream, logs, kind);
	const struct nfl_redo *redo = &stream->redo[kind];
	struct nfl_log *log = &logs[kind];
	struct nfl_sends *sends;
	unsigned int s, i;

	memset(waiting, 0, sizeof(*waiting));
	normalise_next(stream, logs, kind, &last);
	nfl_log_sum(log, stream->next[kind], &last, waiting);
	for (i = 0; i < redo->count; i++)
		nfl_log_sum(log, redo->range[i].from, &redo->range[i].to, waiting);
	for (s = 0; s < stream->sessions_count; s++) {
		sends = &stream->sessions[s]->sends;
		for (i = 0; i < sends->count; i++) {
			const struct nfl_send *send = nfl_sends_at(sends, i);

			if (send->stream == stream && send->log == kind)
				nfl_log_sum(log, send->range.from, &send->range.to, waiting);
		}
	}
}
