// SPDX-License-Identifier: GPL-2.0-only
/*
 * Other destinations: which sessions and streams there are, and what becomes of records when
 * the list changes.
 *
 * All that the new list needs is made first. Then what was there before takes the place of
 * what is the same. A collector that stays keeps its session, and so its sequence numbers and
 * counts. A stream that is not in the new list ends: the collectors of it that stay get what
 * waits for it. If none stays it is left to the new streams.
 *
 * Context of all functions: process, under the sender's lock unless noted.
 */
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "flow/fields.h"
#include "transport/destination.h"
#include "transport/transport.h"

/* The new lists of sessions and streams. */
struct lists {
	struct nfl_transport *transport;
	struct list_head sessions;
	struct list_head streams;
};

static void lists_free(struct lists *lists)
{
	struct nfl_session *session, *next_session;
	struct nfl_stream *stream, *next_stream;

	list_for_each_entry_safe(stream, next_stream, &lists->streams, list)
		kvfree(stream);
	list_for_each_entry_safe(session, next_session, &lists->sessions, list)
		kvfree(session);
}

static struct nfl_session *session_find(const struct list_head *sessions, const char *name)
{
	struct nfl_session *session;

	list_for_each_entry(session, sessions, list) {
		if (!strcmp(session->to.name, name))
			return session;
	}
	return NULL;
}

static struct nfl_stream *stream_make(struct lists *lists, u8 logs)
{
	struct nfl_stream *stream = nfl_alloc(sizeof(*stream));

	if (!stream)
		return NULL;
	stream->logs = logs;
	list_add_tail(&stream->list, &lists->streams);
	return stream;
}

/* A session, with a stream of its own for options data, which all collectors receive. */
static struct nfl_session *session_make(struct lists *lists, const struct nfl_collector *collector)
{
	struct nfl_session *session = nfl_alloc(sizeof(*session));
	struct nfl_stream *stream;

	if (!session)
		return NULL;
	session->to = *collector;
	session->transport = lists->transport;
	session->told.since = nfl_clock64();
	/* long ago */
	session->probed = jiffies - MAX_JIFFY_OFFSET / 2;
	session->local_port = htons(nfl_collector_number(collector, NFL_COLLECTOR_SPORT, 0));
	list_add_tail(&session->list, &lists->sessions);
	stream = stream_make(lists, BIT(NFL_LOG_OPTIONS));
	if (!stream)
		return NULL;
	stream->sessions[stream->sessions_count++] = session;
	return session;
}

/* Make the sessions and streams of a destination. */
static int destination_make(struct lists *lists, const struct nfl_destination *destination)
{
	const unsigned int count = destination->count, shares = destination->shares ? count : 1;
	struct nfl_session *sessions[NFL_COLLECTORS_MAX];
	struct nfl_stream *stream;
	unsigned int i, j;

	for (i = 0; i < count; i++) {
		const struct nfl_collector *collector = &destination->collector[i];

		sessions[i] = session_find(&lists->sessions, collector->name) ?:
			      session_make(lists, collector);
		if (!sessions[i])
			return -ENOMEM;
	}
	for (i = 0; i < shares; i++) {
		stream = stream_make(lists, destination->logs);
		if (!stream)
			return -ENOMEM;
		stream->share = (struct nfl_share) { .number = i, .of = shares };
		stream->has_fields = destination->has_fields;
		stream->fields = destination->fields;
		/* the collector whose share it is comes first */
		for (j = 0; j < count; j++)
			stream->sessions[j] = sessions[(i + j) % count];
		stream->sessions_count = count;
	}
	return 0;
}

/* The words that decide how a socket is made. */
#define SOCKET_NUMBERS	(BIT(NFL_COLLECTOR_SPORT) | BIT(NFL_COLLECTOR_MARK) |	\
			 BIT(NFL_COLLECTOR_DSCP) | BIT(NFL_COLLECTOR_HOPS))

static bool needs_new_socket(const struct nfl_collector *a, const struct nfl_collector *b)
{
	int i;

	for (i = 0; i < NFL_COLLECTOR_NUMBERS_COUNT; i++) {
		if (SOCKET_NUMBERS & BIT(i) &&
		    ((a->numbers ^ b->numbers) & BIT(i) || a->number[i] != b->number[i]))
			return true;
	}
	return false;
}

/* Let the session @old, which has the same collector, take the place of @stand_in. */
static void session_replace(struct lists *lists, struct nfl_session *stand_in,
			    struct nfl_session *old)
{
	struct nfl_stream *stream;
	unsigned int i;

	if (needs_new_socket(&old->to, &stand_in->to)) {
		old->local_port = stand_in->local_port;
		nfl_socket_close(old);
	}
	/* readers of the statistics look at the name, which is the same */
	old->to = stand_in->to;
	old->stays = true;
	list_for_each_entry(stream, &lists->streams, list) {
		for (i = 0; i < stream->sessions_count; i++) {
			if (stream->sessions[i] == stand_in)
				stream->sessions[i] = old;
		}
	}
}

/*
 * Let the sessions that stay take the places of those with the same collector. The others are
 * closed, and put into @gone; what they have sent counts as received. Returns true if there is
 * no difference to the old list.
 */
static bool sessions_replace(struct lists *lists, struct list_head *gone)
{
	struct nfl_transport *transport = lists->transport;
	struct nfl_session *session, *next, *old;
	bool same = !list_empty(&lists->sessions);

	list_for_each_entry(session, &transport->sessions, list) {
		session->stays = session_find(&lists->sessions, session->to.name);
		same &= session->stays;
		if (session->stays)
			continue;
		nfl_session_settle(session, true);
		nfl_socket_close(session);
	}
	list_for_each_entry(session, &lists->sessions, list) {
		old = session_find(&transport->sessions, session->to.name);
		same &= !!old;
		if (old)
			session_replace(lists, session, old);
	}
	spin_lock(&transport->account);
	list_for_each_entry_safe(session, next, &lists->sessions, list) {
		old = session_find(&transport->sessions, session->to.name);
		if (!old)
			continue;
		list_del(&old->list);
		list_add_tail(&old->list, &session->list);
		list_move(&session->list, gone);
	}
	list_splice_init(&transport->sessions, gone);
	list_splice_init(&lists->sessions, &transport->sessions);
	spin_unlock(&transport->account);
	return same;
}

static struct nfl_stream *stream_find(const struct list_head *streams, const struct nfl_stream *one)
{
	struct nfl_stream *stream;

	list_for_each_entry(stream, streams, list) {
		if (!stream->ends && stream->logs == one->logs &&
		    stream->share.number == one->share.number &&
		    stream->share.of == one->share.of &&
		    stream->sessions_count == one->sessions_count &&
		    !memcmp(stream->sessions, one->sessions,
			    one->sessions_count * sizeof(one->sessions[0])))
			return stream;
	}
	return NULL;
}

/*
 * End a stream: its sessions that stay get what waits for it. Returns false if there is none.
 */
static bool stream_end(struct nfl_transport *transport, struct nfl_stream *stream)
{
	unsigned int i, count = 0;
	bool goes = true;

	for (i = 0; i < stream->sessions_count; i++) {
		if (!stream->sessions[i]->stays)
			continue;
		goes &= stream->sessions[i] != stream->session;
		stream->sessions[count++] = stream->sessions[i];
	}
	stream->sessions_count = count;
	if (!count)
		return false;
	if (goes)
		stream->session = stream->sessions[0];
	if (!stream->ends)
		nfl_stream_end(stream, transport->log);
	return true;
}

/*
 * Let the streams that stay take the places of the same ones in the new list. The others end,
 * or are put into @gone. Returns the logs that an old stream still sends from, a bit each.
 */
static u8 streams_replace(struct lists *lists, struct list_head *gone)
{
	struct nfl_transport *transport = lists->transport;
	struct nfl_stream *stream, *next, *old;
	LIST_HEAD(ending);
	LIST_HEAD(rest);
	u8 logs = 0;

	spin_lock(&transport->account);
	list_splice_init(&transport->streams, &rest);
	list_for_each_entry_safe(stream, next, &lists->streams, list) {
		old = stream_find(&rest, stream);
		if (!old)
			continue;
		logs |= old->logs;
		list_del(&old->list);
		list_add_tail(&old->list, &stream->list);
		list_move(&stream->list, gone);
	}
	spin_unlock(&transport->account);
	list_for_each_entry_safe(stream, next, &rest, list) {
		if (stream_end(transport, stream)) {
			logs |= stream->logs;
			list_move_tail(&stream->list, &ending);
		} else {
			list_move_tail(&stream->list, gone);
		}
	}
	spin_lock(&transport->account);
	list_splice_init(&lists->streams, &transport->streams);
	/* these have the older records */
	list_splice_init(&ending, &transport->streams);
	spin_unlock(&transport->account);
	return logs;
}

/* Begin the streams that are new. @logs: those that an old stream still sends from. */
static void streams_begin(struct nfl_transport *transport, u8 logs)
{
	struct nfl_stream *stream;
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		if (!(logs & BIT(kind)))
			nfl_log_mark_before(&transport->log[kind]);
	}
	list_for_each_entry(stream, &transport->streams, list) {
		if (stream->session)
			continue;
		stream->session = stream->sessions[0];
		for (kind = 0; kind < NFL_LOGS; kind++) {
			if (nfl_stream_takes(stream, kind))
				nfl_stream_begin(stream, &transport->log[kind], kind,
						 !(logs & BIT(kind)));
		}
	}
}

/* The words of `fields` that destinations have asked for. */
static u16 fields_of(const struct list_head *destinations)
{
	const struct nfl_destination *destination;
	u16 fields = 0;

	list_for_each_entry(destination, destinations, list)
		fields |= destination->fields;
	return fields;
}

/**
 * nfl_transport_redirect() - send to other destinations from now on
 * @transport: the transport; the caller does not hold its lock
 * @destinations: the new ones
 *
 * A new stream begins with what is appended from now on. If no stream of a log stays, it
 * begins with what no collector has received. If nothing changes, all get new sockets.
 *
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
int nfl_transport_redirect(struct nfl_transport *transport, struct list_head *destinations)
{
	struct lists gone = { .transport = transport };
	struct lists new = { .transport = transport };
	const struct nfl_destination *destination;
	struct nfl_session *session;
	int err = 0;

	INIT_LIST_HEAD(&new.sessions);
	INIT_LIST_HEAD(&new.streams);
	INIT_LIST_HEAD(&gone.sessions);
	INIT_LIST_HEAD(&gone.streams);
	list_for_each_entry(destination, destinations, list) {
		err = destination_make(&new, destination);
		if (err)
			break;
	}
	if (err) {
		lists_free(&new);
		return err;
	}
	mutex_lock(&transport->lock);
	if (sessions_replace(&new, &gone.sessions)) {
		list_for_each_entry(session, &transport->sessions, list)
			nfl_socket_close(session);
	}
	streams_begin(transport, streams_replace(&new, &gone.streams));
	transport->wanted_fields = fields_of(destinations);
	nfl_transport_protocols_changed(transport);
	mutex_unlock(&transport->lock);
	lists_free(&gone);
	return 0;
}
