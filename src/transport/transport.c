// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transport: which streams there are, and what becomes of records when the list of
 * destinations changes.
 *
 * Context of all functions: process, under the sender's lock unless noted.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/machine.h"
#include "transport/transport.h"

/* Octets of the logs, if no setting says so: a hundredth of the machine's memory, within bounds. */
#define LOG_SHARE	100
#define FLOWS_MOST	(64U << 20)
#define EVENTS_MOST	(32U << 20)
#define OPTIONS_SIZE	(128U << 10)

/**
 * nfl_transport_init() - initialise; there are no streams, and nothing can be appended yet
 * @transport: the transport, all 0
 * @net: the namespace
 * @config: its settings
 */
void nfl_transport_init(struct nfl_transport *transport, struct net *net,
			const struct nfl_config *config)
{
	int kind;

	mutex_init(&transport->lock);
	spin_lock_init(&transport->account);
	for (kind = 0; kind < NFL_LOGS; kind++)
		nfl_log_init(&transport->log[kind], &transport->account, NULL);
	INIT_LIST_HEAD(&transport->streams);
	/* it was checked when it was set */
	transport->protocol = max(nfl_protocol_find(config->protocol), 0);
	transport->net = net;
	transport->config = config;
	nfl_transport_protocols_changed(transport);
}

/**
 * nfl_transport_start() - make the logs, of the size that the settings say
 * @transport: the transport; if it was started before, its logs change their size
 *
 * Return: 0 or -ENOMEM; nfl_transport_stop() undoes it in either case.
 */
int nfl_transport_start(struct nfl_transport *transport)
{
	const u64 share = max_t(u64, nfl_machine_memory() / LOG_SHARE, NFL_LOG_LEAST);
	const u32 set = READ_ONCE(transport->config->logsize);
	const u64 sizes[NFL_LOGS] = {
		[NFL_LOG_OPTIONS] = OPTIONS_SIZE,
		[NFL_LOG_EVENTS] = set ?: min_t(u64, share, EVENTS_MOST),
		[NFL_LOG_FLOWS] = set ?: min_t(u64, share, FLOWS_MOST),
	};
	int kind, err = 0;

	for (kind = 0; !err && kind < NFL_LOGS; kind++)
		err = nfl_log_resize(&transport->log[kind], sizes[kind]);
	return err;
}

static void stream_free(struct nfl_stream *stream)
{
	if (!stream)
		return;
	kvfree(stream->session);
	kvfree(stream);
}

static struct nfl_stream *stream_alloc(struct nfl_transport *transport,
				       const struct nfl_destination *destination)
{
	struct nfl_stream *stream = nfl_alloc(sizeof(*stream));

	if (!stream)
		return NULL;
	stream->session = nfl_alloc(sizeof(*stream->session));
	if (!stream->session) {
		kvfree(stream);
		return NULL;
	}
	stream->session->to = *destination;
	stream->session->transport = transport;
	stream->session->stream = stream;
	return stream;
}

/* A stream ends. What it was sent counts as received; what waits is left to others. */
static void stream_end(struct nfl_transport *transport, struct nfl_stream *stream)
{
	spin_lock(&transport->account);
	list_del(&stream->list);
	spin_unlock(&transport->account);
	nfl_session_settle(stream->session, true);
	nfl_socket_close(stream->session);
	stream_free(stream);
}

/**
 * nfl_transport_stop() - end all streams, and free the logs; what was not sent is lost
 * @transport: the transport; nobody appends to its logs
 */
void nfl_transport_stop(struct nfl_transport *transport)
{
	struct nfl_stream *stream, *next;
	int kind;

	list_for_each_entry_safe(stream, next, &transport->streams, list)
		stream_end(transport, stream);
	for (kind = 0; kind < NFL_LOGS; kind++)
		nfl_log_stop(&transport->log[kind]);
	kvfree(transport->buffer);
	transport->buffer = NULL;
	transport->buffer_size = 0;
}

/**
 * nfl_transport_protocols_changed() - note which protocols are in use
 * @transport: the transport
 */
void nfl_transport_protocols_changed(struct nfl_transport *transport)
{
	const struct nfl_stream *stream;
	unsigned int protocols = 0;

	list_for_each_entry(stream, &transport->streams, list)
		protocols |= BIT(nfl_session_protocol(stream->session));
	WRITE_ONCE(transport->protocols, protocols ?: BIT(transport->protocol));
}

static struct nfl_stream *stream_find(const struct list_head *streams, const char *name)
{
	struct nfl_stream *stream;

	list_for_each_entry(stream, streams, list) {
		if (!strcmp(stream->session->to.name, name))
			return stream;
	}
	return NULL;
}

/* Make streams for those destinations that have none. */
static int streams_make(struct nfl_transport *transport, const struct list_head *destinations,
			struct list_head *made)
{
	const struct nfl_destination *destination;
	struct nfl_stream *stream, *next;

	list_for_each_entry(destination, destinations, list) {
		if (stream_find(&transport->streams, destination->name))
			continue;
		stream = stream_alloc(transport, destination);
		if (!stream)
			goto err_free;
		list_add_tail(&stream->list, made);
	}
	return 0;

err_free:
	list_for_each_entry_safe(stream, next, made, list) {
		list_del(&stream->list);
		stream_free(stream);
	}
	return -ENOMEM;
}

/**
 * nfl_transport_redirect() - send to other destinations from now on
 * @transport: the transport; the caller does not hold its lock
 * @destinations: the new ones. One that is already sent to goes on as it is.
 *
 * A new stream begins with what is appended from now on. If no stream goes on, what no
 * collector has received is for the new ones.
 *
 * Return: 0 or -ENOMEM; then nothing has changed.
 */
int nfl_transport_redirect(struct nfl_transport *transport, struct list_head *destinations)
{
	const struct nfl_destination *destination;
	struct nfl_stream *stream, *next;
	LIST_HEAD(removed);
	LIST_HEAD(made);
	bool goes_on = false;
	int kind, err;

	mutex_lock(&transport->lock);
	err = streams_make(transport, destinations, &made);
	if (err)
		goto out;
	/* in the order of the new list */
	spin_lock(&transport->account);
	list_splice_init(&transport->streams, &removed);
	list_for_each_entry(destination, destinations, list) {
		stream = stream_find(&removed, destination->name);
		goes_on |= !!stream;
		if (!stream)
			stream = stream_find(&made, destination->name);
		list_move_tail(&stream->list, &transport->streams);
	}
	spin_unlock(&transport->account);
	list_for_each_entry_safe(stream, next, &removed, list)
		stream_end(transport, stream);
	if (!goes_on) {
		for (kind = 0; kind < NFL_LOGS; kind++)
			nfl_log_mark_before(&transport->log[kind]);
	}
	list_for_each_entry(stream, &transport->streams, list) {
		if (!stream->told.since)
			nfl_stream_begin(stream, transport->log, !goes_on);
	}
	nfl_transport_protocols_changed(transport);
out:
	mutex_unlock(&transport->lock);
	return err;
}

/**
 * nfl_transport_set_sndbuf() - change the send buffers
 * @transport: the transport
 * @size: octets, 0 for what new sockets have
 */
void nfl_transport_set_sndbuf(struct nfl_transport *transport, u32 size)
{
	struct nfl_stream *stream;

	list_for_each_entry(stream, &transport->streams, list) {
		if (stream->session->socket)
			nfl_socket_set_sndbuf(stream->session, size);
	}
}

/**
 * nfl_transport_announced() - the number of templates that collectors have
 * @transport: the transport; the caller needs no lock
 *
 * Return: of the session that has announced most.
 */
unsigned int nfl_transport_announced(struct nfl_transport *transport)
{
	struct nfl_stream *stream;
	unsigned int most = 0;

	spin_lock(&transport->account);
	list_for_each_entry(stream, &transport->streams, list)
		most = max(most, READ_ONCE(stream->session->announcements.count));
	spin_unlock(&transport->account);
	return most;
}

/**
 * nfl_transport_is_idle() - does nothing wait in the logs?
 * @transport: the transport
 */
bool nfl_transport_is_idle(struct nfl_transport *transport)
{
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		if (nfl_log_used(&transport->log[kind]))
			return false;
	}
	return true;
}

/**
 * nfl_transport_is_full() - has a log no room?
 * @transport: the transport; the caller needs no lock
 * @kind: which log
 *
 * When there is room for flows again @transport->room is called.
 */
bool nfl_transport_is_full(struct nfl_transport *transport, enum nfl_log_kind kind)
{
	struct nfl_log *log = &transport->log[kind];
	bool full;

	spin_lock(&transport->account);
	full = log->head - log->tail >= log->most;
	transport->starved |= full && kind == NFL_LOG_FLOWS;
	spin_unlock(&transport->account);
	return full;
}

/*
 * What was appended less what was sent and lost is what waits; the same for each stream. The
 * differences stay as they are, so that the audit finds what is missing.
 */
static void log_reset(struct nfl_transport *transport, enum nfl_log_kind kind)
{
	struct nfl_log *log = &transport->log[kind];
	const struct nfl_account lost = nfl_log_lost(log);
	const struct nfl_account appended = log->appended;
	struct nfl_stream *stream;

	nfl_account_subtract(&log->appended, &log->sent);
	nfl_account_subtract(&log->appended, &lost);
	list_for_each_entry(stream, &transport->streams, list) {
		/* begun = appended now - (appended before - begun - settled) */
		nfl_account_sum(&stream->begun[kind], &log->appended);
		nfl_account_subtract(&stream->begun[kind], &appended);
		nfl_account_sum(&stream->begun[kind], &stream->told.sent[kind]);
		nfl_account_sum(&stream->begun[kind], &stream->told.lost[kind]);
		nfl_account_sum(&stream->begun[kind], &stream->passed[kind]);
	}
	memset(&log->sent, 0, sizeof(log->sent));
	memset(log->lost, 0, sizeof(log->lost));
	memset(&log->withheld, 0, sizeof(log->withheld));
	memset(&log->missed, 0, sizeof(log->missed));
	log->missed_first = 0;
	log->missed_last = 0;
}

/**
 * nfl_transport_reset() - set the counts to zero
 * @transport: the transport
 *
 * What waits was appended since then.
 */
void nfl_transport_reset(struct nfl_transport *transport)
{
	struct nfl_stream *stream;
	int kind;

	spin_lock(&transport->account);
	for (kind = 0; kind < NFL_LOGS; kind++)
		log_reset(transport, kind);
	list_for_each_entry(stream, &transport->streams, list) {
		memset(stream->passed, 0, sizeof(stream->passed));
		stream->told = (struct nfl_told) { .since = nfl_clock64() };
	}
	transport->messages = 0;
	WRITE_ONCE(transport->octets, 0);
	spin_unlock(&transport->account);
}
