// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sending of what the logs have: to each collector what it accepts now, in messages made
 * for it. Streams take turns, a message each, so that a record is in the cache for all.
 *
 * A stream that is slow or dead holds up nobody: its records stay in the logs. When a log is
 * nearly full, the stream that is furthest behind skips its oldest records, unless it makes
 * progress and no other is far ahead of it.
 *
 * Context of all functions: process, under the sender's lock.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "flow/fields.h"
#include "transport/encode.h"
#include "transport/probe.h"
#include "transport/transport.h"

/* A message that is not full is sent after this. */
#define MESSAGE_DELAY	(HZ / 4)

/* So long the lock is held, in microseconds. */
#define PUMP_TIME	5000

/* A stream that has sent nothing for so long holds back nobody. */
#define PROGRESS_MAX	(5 * HZ)

/* A session that was dead is not preferred before it has been alive for so long. */
#define ALIVE_DELAY	(60 * HZ)

/*
 * So often a message is preceded by templates: once, and again if the path has changed
 * meanwhile so that the message has other records.
 */
#define ANNOUNCE_TRIES	3

/* What has become of a stream's turn. */
enum turn {
	TURN_NOTHING,	/* there is nothing that is due */
	TURN_SENT,	/* a message was sent */
	TURN_PASSED,	/* records were passed over, or fit into no message */
	TURN_STOPPED,	/* the session accepts nothing for now */
};

/* A buffer of this size for the message; without memory a smaller one. */
static unsigned int buffer_of(struct nfl_transport *transport, unsigned int size)
{
	u8 *buffer;

	if (likely(size <= transport->buffer_size))
		return size;
	buffer = nfl_alloc(size);
	if (!buffer)
		return transport->buffer_size;
	kvfree(transport->buffer);
	transport->buffer = buffer;
	transport->buffer_size = size;
	return size;
}

/* Is a message that is not full to be sent now? */
static bool is_due(struct nfl_transport *transport, struct nfl_stream *stream,
		   enum nfl_log_kind kind)
{
	const struct nfl_log *log = &transport->log[kind];

	if (!stream->open[kind]) {
		stream->open[kind] = true;
		stream->opened[kind] = jiffies;
	}
	/* it is behind, since the log has filled up fast: what comes next should find room */
	return time_after_eq(jiffies, stream->opened[kind] + MESSAGE_DELAY) ||
	       READ_ONCE(log->head) - stream->next[kind].block > max(log->most / 8, 2U);
}

static struct nfl_send send_of(struct nfl_stream *stream, const struct nfl_encoder *encoder,
			       enum nfl_log_kind kind, const struct nfl_range *range)
{
	return (struct nfl_send) {
		.stream = stream,
		.range = { .from = range->from, .to = encoder->at },
		.sum = encoder->sum,
		.passed = encoder->passed,
		.session = encoder->session,
		.log = kind,
		.is_partial = encoder->is_partial,
	};
}

/*
 * Write a message with the records of a range. Returns false if there is none: the records
 * were passed over, or one of them fits into no message and is lost; or with
 * NFL_ENCODED_NO_MEMORY nothing has changed.
 */
static bool message_make(struct nfl_transport *transport, struct nfl_stream *stream,
			 enum nfl_log_kind kind, const struct nfl_range *range,
			 struct nfl_encoder *encoder, enum nfl_encoded *encoded)
{
	const struct nfl_protocol *protocol = encoder->protocol;
	struct nfl_log *log = &transport->log[kind];
	struct nfl_body *body = encoder->body;
	struct nfl_send left_out;

	*encoded = nfl_encode(encoder, log, &range->to);
	if (encoder->withheld.flows) {
		spin_lock(&transport->account);
		nfl_account_sum(&log->withheld, &encoder->withheld);
		spin_unlock(&transport->account);
	}
	if (body->length)
		return true;
	if (*encoded == NFL_ENCODED_NO_MEMORY &&
	    !nfl_position_compare(&encoder->at, &range->from))
		return false;
	if (encoder->sum.flows) {
		/* options data that the protocol cannot express count as sent */
		left_out = send_of(stream, encoder, kind, range);
		nfl_stream_settle(stream, transport->log, stream->session, &left_out);
	} else {
		nfl_stream_pass(stream, transport->log, kind, &encoder->passed);
	}
	if (*encoded == NFL_ENCODED_FULL) {
		struct nfl_range one = { .from = encoder->at, .to = encoder->at };

		const struct nfl_position last = nfl_log_last(log);

		one.to.index++;
		one.to.part = 0;
		nfl_log_normalise(log, &one.to, &last);
		nfl_session_skipped(stream->session, nfl_stream_lose(stream, transport->log, kind,
								     protocol, &one, true));
		encoder->at = one.to;
	}
	nfl_stream_advance(stream, kind, &range->from, &encoder->at);
	return false;
}

/* A session's first message, or its templates, was sent: wait for what comes of it. */
static void probe_begins(struct nfl_session *session)
{
	session->probe_due = false;
	session->is_ready = false;
	session->busy = true;
	session->busy_since = jiffies;
	session->probed = jiffies;
	/* who did not answer the last time either holds up nobody */
	session->waited_for = !session->dead || nfl_session_is_reachable(session);
}

/* Send a message of a log. @flush: though it is not full. */
static enum turn log_turn(struct nfl_transport *transport, struct nfl_stream *stream,
			  enum nfl_log_kind kind, bool flush)
{
	const enum nfl_protocol_index index = nfl_session_protocol(stream->session);
	const struct nfl_protocol *protocol = nfl_protocols[index];
	struct nfl_session *session = stream->session;
	struct nfl_encoder encoder;
	enum nfl_encoded encoded;
	struct nfl_range range;
	struct nfl_body body;
	unsigned int announced = 0;
	struct nfl_send send;
	int tries;
	int err;

	if (!nfl_stream_range(stream, transport->log, kind, &range))
		return TURN_NOTHING;
	if (nfl_session_rate_delay(session))
		return TURN_STOPPED;
	nfl_session_use(session, index);
	stream->number = session->number;
	for (tries = 0; tries < 2; tries++) {
		body = (struct nfl_body) {
			.limit = buffer_of(transport, nfl_session_limit(session, protocol)),
			.set = NFL_SET_NONE,
			.octets = transport->buffer,
		};
		if (!transport->buffer)
			return TURN_STOPPED;
		encoder = (struct nfl_encoder) {
			.protocol = protocol,
			.body = &body,
			.announcements = &session->announcements,
			.session = session->number,
			.told = &session->told,
			.domain = session->header.domain,
			.clock = nfl_clock64(),
			.realtime = nfl_clock_epoch(),
			.fresh = stream->fresh[kind],
			.share = stream->share,
			.allowed = stream->has_fields ? stream->fields | ~NFL_EXTRAS_OF_FIELDS :
							~transport->hidden_fields,
			.at = range.from,
		};
		err = -ENOMEM;
		if (!message_make(transport, stream, kind, &range, &encoder, &encoded)) {
			if (encoded == NFL_ENCODED_NO_MEMORY)
				goto err_failed;
			return TURN_PASSED;
		}
		/*
		 * Records that were refused before have waited long enough. Templates that go
		 * alone need not wait.
		 */
		if (encoded == NFL_ENCODED_ALL && !flush && !stream->redo[kind].count &&
		    !(session->probing && protocol->templates) &&
		    !is_due(transport, stream, kind))
			return TURN_NOTHING;
		protocol->finish(&body);
		if (announced < ANNOUNCE_TRIES && nfl_announce_wanted(session, &body)) {
			announced++;
			err = nfl_announce(session, &body);
			if (err == -EMSGSIZE) {
				/* it may be an answer to a message before */
				if (nfl_session_answers(session))
					return session->retrying ? TURN_STOPPED : TURN_SENT;
				/* nothing can be sent before the path gets wider */
				session->error_other++;
				nfl_session_retry_later(session);
				return TURN_STOPPED;
			}
			if (err)
				goto err_failed;
			if (session->probe_due)
				probe_begins(session);
			/* an answer may have taken back records before these */
			if (nfl_session_answers(session) || session->probing)
				return session->retrying ? TURN_STOPPED : TURN_SENT;
			session->rests = nfl_burst_is_whole(&session->burst);
			if (session->rests)
				return TURN_SENT;
			/* a record may say how many messages were sent before it */
			tries--;
			continue;
		}
		send = send_of(stream, &encoder, kind, &range);
		err = nfl_session_send(session, &body, &send);
		if (err != -EMSGSIZE)
			break;
		/* it may be an answer to a message before, which takes back earlier records */
		if (nfl_session_answers(session))
			return session->retrying ? TURN_STOPPED : TURN_SENT;
		/* the path has got narrower: the next try knows */
		session->error_other++;
	}
	if (err == -EMSGSIZE) {
		nfl_session_skipped(session, nfl_stream_lose(stream, transport->log, kind, protocol,
							     &send.range, true));
		nfl_stream_advance(stream, kind, &range.from, &encoder.at);
		return TURN_PASSED;
	}
	if (err)
		goto err_failed;
	nfl_stream_advance(stream, kind, &range.from, &encoder.at);
	stream->progress = jiffies;
	session->busy = false;
	session->rests = nfl_burst_is_whole(&session->burst);
	session->room.backoff = 0;
	session->announcements.messages++;
	if (kind == NFL_LOG_FLOWS)
		nfl_announce_keys(session, &body);
	if (session->probe_due)
		probe_begins(session);
	/* on loopback it is known at once if there is no collector */
	nfl_session_answers(session);
	return session->retrying ? TURN_STOPPED : TURN_SENT;

err_failed:
	nfl_session_failed(session, err);
	return TURN_STOPPED;
}

/*
 * The first template of a session is one of data: some collectors read options data only if
 * it is. So these wait if data are about to be sent.
 */
static bool options_wait(struct nfl_transport *transport, const struct nfl_session *session)
{
	struct nfl_stream *stream;
	struct nfl_range range;

	if (session->announcements.has_data)
		return false;
	list_for_each_entry(stream, &transport->streams, list) {
		if (stream->session != session)
			continue;
		if (nfl_stream_range(stream, transport->log, NFL_LOG_EVENTS, &range) ||
		    nfl_stream_range(stream, transport->log, NFL_LOG_FLOWS, &range))
			return true;
	}
	return false;
}

/* Send a message of the first log that has one. */
static enum turn stream_turn(struct nfl_transport *transport, struct nfl_stream *stream,
			     bool flush)
{
	enum turn turn;
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		if (kind == NFL_LOG_OPTIONS && options_wait(transport, stream->session))
			continue;
		turn = log_turn(transport, stream, kind, flush);
		if (turn != TURN_NOTHING)
			return turn;
	}
	return TURN_NOTHING;
}

/*
 * Begin a session with the templates of its first message alone, or where the protocol has none,
 * with one message. One that was dead begins with a template that it may not need. Returns true
 * when messages may be sent.
 */
static bool probe(struct nfl_session *session)
{
	struct nfl_body nothing = { };
	int err;

	if (session->probe_due) {
		if (!nfl_probe_may_begin(session))
			return false;
		nfl_session_use(session, nfl_session_protocol(session));
		if (!session->dead || !nfl_protocols[session->protocol]->templates)
			return true;
		/* there may be nothing that waits for it */
		err = nfl_announce(session, &nothing);
		if (err == -EMSGSIZE && nfl_session_answers(session))
			return false;
		if (err == -EMSGSIZE) {
			session->error_other++;
			nfl_session_retry_later(session);
			return false;
		}
		if (err) {
			nfl_session_failed(session, err);
			return false;
		}
		nfl_session_answers(session);
		if (session->retrying)
			return false;
		probe_begins(session);
	}
	if (!nfl_probe_ended(session))
		return false;
	session->probing = false;
	session->busy = false;
	if (session->dead) {
		session->dead = false;
		session->was_dead = true;
		session->changed = jiffies;
	}
	return true;
}

/* May data be sent? The answers that have come are read first. */
static bool session_ready(struct nfl_session *session)
{
	if (session->socket) {
		nfl_session_answers(session);
		nfl_socket_renew(session);
		nfl_room_look(session);
	}
	nfl_session_settle(session, false);
	if (session->retrying && time_before(jiffies, session->retry))
		return false;
	if (session->socket && !session->is_needed)
		return false;
	if (!session->socket && nfl_socket_connect(session)) {
		nfl_session_retry_later(session);
		return false;
	}
	session->retrying = false;
	session->rests = nfl_burst_rest(&session->burst, ktime_get_ns());
	if (!nfl_room_is_there(session) || session->rests)
		return false;
	if (!session->probing && !nfl_session_is_reachable(session)) {
		session->probing = true;
		session->probe_due = true;
	}
	return !session->probing || probe(session);
}

/* May it be tried? A protocol without templates has nothing to probe with. */
static bool is_alive(const struct nfl_session *session)
{
	return !session->dead || (!nfl_protocols[nfl_session_protocol(session)]->templates &&
				  time_after_eq(jiffies, session->changed + ALIVE_DELAY));
}

/*
 * The session that a stream sends to: the first one that is alive. One that was dead first
 * stays alive for a while.
 */
static struct nfl_session *choose(const struct nfl_stream *stream)
{
	unsigned int i;

	for (i = 0; i < stream->sessions_count; i++) {
		struct nfl_session *session = stream->sessions[i];

		if (!is_alive(session))
			continue;
		if (session == stream->session || !session->was_dead ||
		    !is_alive(stream->session) ||
		    time_after_eq(jiffies, session->changed + ALIVE_DELAY))
			return session;
	}
	return stream->session;
}

/* Find out which sessions and streams can send. */
static void look_for_ready(struct nfl_transport *transport)
{
	struct nfl_session *session;
	struct nfl_stream *stream;
	unsigned int i;

	/* it is to be known when one that is dead is alive again */
	list_for_each_entry(session, &transport->sessions, list)
		session->is_needed = session->dead;
	list_for_each_entry(stream, &transport->streams, list) {
		stream->is_ready = !nfl_stream_is_done(stream, transport->log);
		for (i = 0; stream->is_ready && i < stream->sessions_count; i++)
			stream->sessions[i]->is_needed = true;
	}
	list_for_each_entry(session, &transport->sessions, list)
		session->is_ready = session_ready(session);
	list_for_each_entry(stream, &transport->streams, list) {
		/* an answer may have brought something back */
		stream->is_ready = !nfl_stream_is_done(stream, transport->log);
		if (stream->is_ready)
			stream->session = choose(stream);
		/* what the link takes from a full send buffer is progress */
		if (stream->session->room.grows)
			stream->progress = jiffies;
		/* not so old that it would seem to be in the future */
		if (time_after(jiffies, stream->progress + PROGRESS_MAX))
			stream->progress = jiffies - PROGRESS_MAX;
	}
}

/* The stream that is furthest behind in a log, and the one that is furthest ahead. */
static struct nfl_stream *furthest(struct nfl_transport *transport, enum nfl_log_kind kind,
				   u32 *behind, u32 *ahead)
{
	const u32 head = nfl_log_last(&transport->log[kind]).block;
	struct nfl_stream *stream, *last = NULL;

	*behind = 0;
	*ahead = U32_MAX;
	list_for_each_entry(stream, &transport->streams, list) {
		u32 distance;

		if (!nfl_stream_takes(stream, kind))
			continue;
		distance = head - nfl_stream_hold(stream, transport->log, kind).block;

		if (!last || distance > *behind) {
			last = stream;
			*behind = distance;
		}
		*ahead = min(*ahead, distance);
	}
	return last;
}

/* Free what no stream needs. */
static void trim(struct nfl_transport *transport, enum nfl_log_kind kind)
{
	struct nfl_log *log = &transport->log[kind];
	struct nfl_position hold = nfl_log_last(log);
	struct nfl_stream *stream;

	list_for_each_entry(stream, &transport->streams, list) {
		const struct nfl_position one = nfl_stream_hold(stream, transport->log, kind);

		if (nfl_position_compare(&one, &hold) < 0)
			hold = one;
	}
	nfl_log_trim(log, hold);
}

static bool is_nearly_full(struct nfl_log *log)
{
	return nfl_log_used(log) >= log->most - log->most / 8;
}

/*
 * A log is nearly full: no answers to old messages are waited for any more, and who holds it
 * up skips the oldest half of it.
 */
static void make_room(struct nfl_transport *transport, enum nfl_log_kind kind)
{
	struct nfl_log *log = &transport->log[kind];
	const struct nfl_position half = { .block = log->tail + log->most / 2 };
	struct nfl_stream *stream;
	u32 behind, ahead;

	if (!is_nearly_full(log))
		return;
	list_for_each_entry(stream, &transport->streams, list)
		nfl_stream_forget(stream, transport->log, kind, &half);
	trim(transport, kind);
	if (!is_nearly_full(log))
		return;
	stream = furthest(transport, kind, &behind, &ahead);
	if (!stream || behind <= log->most / 2)
		return;
	if (behind - ahead < log->most / 4 &&
	    time_before(jiffies, stream->progress + PROGRESS_MAX))
		return;
	nfl_session_skipped(stream->session,
			    nfl_stream_skip(stream, transport->log, kind,
					    nfl_protocols[nfl_session_protocol(stream->session)],
					    half));
	trim(transport, kind);
}

static void tidy(struct nfl_transport *transport)
{
	const struct nfl_log *flows = &transport->log[NFL_LOG_FLOWS];
	bool starved;
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		if (!transport->log[kind].size)
			continue;
		trim(transport, kind);
		make_room(transport, kind);
	}
	nfl_transport_end_streams(transport);
	spin_lock(&transport->account);
	starved = transport->starved && flows->head - flows->tail < flows->most;
	if (starved)
		transport->starved = false;
	spin_unlock(&transport->account);
	if (starved && transport->room)
		transport->room(transport);
}

/* When a session has something to do again, in jiffies from now. */
static unsigned long session_delay(struct nfl_session *session)
{
	unsigned long delay = nfl_session_settles_in(session);

	/* answers are looked for meanwhile */
	if (delay != MAX_JIFFY_OFFSET)
		delay = min_t(unsigned long, delay, HZ / 4);
	if (session->socket && !session->is_needed)
		return delay;
	if (session->retrying)
		return min_t(unsigned long, delay, time_after(session->retry, jiffies) ?
						   session->retry - jiffies : 0);
	if (nfl_room_is_awaited(&session->room))
		return min(delay, nfl_room_delay(session));
	if (session->busy)
		return min(delay, nfl_probe_delay(session));
	/* a protocol without templates has nothing to probe with */
	return min_t(unsigned long, delay, nfl_session_rate_delay(session) ?: HZ);
}

/* When a message of a stream is due. */
static unsigned long stream_delay(const struct nfl_stream *stream)
{
	unsigned long delay = MAX_JIFFY_OFFSET;
	int kind;

	/* its session has a delay of its own, or a rest */
	if (stream->session->retrying || stream->session->busy ||
	    stream->session->rests ||
	    nfl_session_rate_delay(stream->session))
		return delay;
	for (kind = 0; kind < NFL_LOGS; kind++) {
		const unsigned long due = stream->opened[kind] + MESSAGE_DELAY;

		if (stream->open[kind])
			delay = min(delay, time_after(due, jiffies) ? due - jiffies : 0);
	}
	return delay;
}

/* How long a session rests after a burst, in nanoseconds; 0 if it does not wait for that. */
static u32 session_rest(const struct nfl_session *session)
{
	if (!session->socket || !session->is_needed || session->retrying || session->busy ||
	    !session->rests || nfl_session_rate_delay(session))
		return 0;
	/* it may be over by now */
	return max(nfl_burst_rest(&session->burst, ktime_get_ns()), 1U);
}

/**
 * nfl_transport_pump() - send what can be sent
 * @transport: the transport
 * @flush: also messages that are not full
 *
 * It ends after some milliseconds, or when each collector was sent a burst, or all there is.
 *
 * Return: when to do so again, in jiffies from now; 0 if there is more. If
 * @transport->rest is not 0, after so many nanoseconds, if that is earlier.
 */
unsigned long nfl_transport_pump(struct nfl_transport *transport, bool flush)
{
	unsigned long delay = MAX_JIFFY_OFFSET;
	const ktime_t begin = ktime_get();
	struct nfl_session *session;
	struct nfl_stream *stream;
	bool more, late = false;

	look_for_ready(transport);
	do {
		more = false;
		list_for_each_entry(stream, &transport->streams, list) {
			enum turn turn;

			if (!stream->is_ready || !stream->session->is_ready)
				continue;
			turn = stream_turn(transport, stream, flush);
			stream->is_ready = turn != TURN_NOTHING;
			session = stream->session;
			session->is_ready &= turn != TURN_STOPPED && !session->rests;
			more |= turn == TURN_SENT || turn == TURN_PASSED;
		}
		late = ktime_us_delta(ktime_get(), begin) > PUMP_TIME;
		cond_resched();
	} while (more && !late);
	tidy(transport);
	transport->rest = 0;
	if (more)
		return 0;
	list_for_each_entry(session, &transport->sessions, list) {
		delay = min(delay, session_delay(session));
		transport->rest = min_not_zero(transport->rest, session_rest(session));
	}
	list_for_each_entry(stream, &transport->streams, list)
		delay = min(delay, stream_delay(stream));
	return delay;
}

/**
 * nfl_transport_awaited() - is it worth waiting until flows are sent?
 * @transport: the transport
 * @mark: flows before this position are waited for
 *
 * Return: true if a collector accepts nothing for the moment, but may soon, or if it will be
 * known soon whether it has received what was sent.
 */
bool nfl_transport_awaited(struct nfl_transport *transport, const struct nfl_position *mark)
{
	struct nfl_stream *stream;

	list_for_each_entry(stream, &transport->streams, list) {
		struct nfl_session *session = stream->session;
		struct nfl_position hold;

		if (!nfl_stream_takes(stream, NFL_LOG_FLOWS))
			continue;
		hold = nfl_stream_hold(stream, transport->log, NFL_LOG_FLOWS);
		if (session->is_local && session->sends.count &&
		    nfl_position_compare(&hold, mark) < 0)
			return true;
		if (session->busy && session->waited_for &&
		    (stream->redo[NFL_LOG_FLOWS].count ||
		     nfl_position_compare(&stream->next[NFL_LOG_FLOWS], mark) < 0))
			return true;
	}
	return false;
}
