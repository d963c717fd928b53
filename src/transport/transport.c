// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transport: its logs, and what is done to all sessions or streams.
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
 * @sets: sets of extra fields for which templates are sent
 */
void nfl_transport_init(struct nfl_transport *transport, struct net *net,
			const struct nfl_config *config, struct nfl_extra_sets *sets)
{
	int kind;

	mutex_init(&transport->lock);
	spin_lock_init(&transport->account);
	for (kind = 0; kind < NFL_LOGS; kind++)
		nfl_log_init(&transport->log[kind], &transport->account, NULL);
	INIT_LIST_HEAD(&transport->sessions);
	INIT_LIST_HEAD(&transport->streams);
	/* it was checked when it was set */
	transport->protocol = max(nfl_protocol_find(config->protocol), 0);
	transport->net = net;
	transport->config = config;
	transport->sets = sets;
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

static void sessions_free(struct list_head *sessions)
{
	struct nfl_session *session, *next;

	list_for_each_entry_safe(session, next, sessions, list)
		kvfree(session);
}

static void streams_free(struct list_head *streams)
{
	struct nfl_stream *stream, *next;

	list_for_each_entry_safe(stream, next, streams, list)
		kvfree(stream);
}

/**
 * nfl_transport_end_streams() - remove the streams that end, and have nothing left to send
 * @transport: the transport
 */
void nfl_transport_end_streams(struct nfl_transport *transport)
{
	struct nfl_stream *stream, *next;

	list_for_each_entry_safe(stream, next, &transport->streams, list) {
		if (!stream->ends || !nfl_stream_is_settled(stream, transport->log))
			continue;
		spin_lock(&transport->account);
		list_del(&stream->list);
		spin_unlock(&transport->account);
		kvfree(stream);
	}
}

/**
 * nfl_transport_stop() - end all streams, and free the logs; what was not sent is lost
 * @transport: the transport; nobody appends to its logs
 *
 * What was sent counts as received.
 */
void nfl_transport_stop(struct nfl_transport *transport)
{
	struct nfl_session *session;
	LIST_HEAD(sessions);
	LIST_HEAD(streams);
	int kind;

	list_for_each_entry(session, &transport->sessions, list) {
		nfl_session_settle(session, true);
		nfl_socket_close(session);
	}
	spin_lock(&transport->account);
	list_splice_init(&transport->streams, &streams);
	list_splice_init(&transport->sessions, &sessions);
	spin_unlock(&transport->account);
	streams_free(&streams);
	sessions_free(&sessions);
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
	const struct nfl_session *session;
	unsigned int protocols = 0;

	list_for_each_entry(session, &transport->sessions, list)
		protocols |= BIT(nfl_session_protocol(session));
	WRITE_ONCE(transport->protocols, protocols ?: BIT(transport->protocol));
}

/**
 * nfl_transport_set_sndbuf() - change the send buffers
 * @transport: the transport
 * @size: octets, 0 for what new sockets have
 */
void nfl_transport_set_sndbuf(struct nfl_transport *transport, u32 size)
{
	struct nfl_session *session;

	list_for_each_entry(session, &transport->sessions, list) {
		if (session->socket)
			nfl_socket_set_sndbuf(session, size);
	}
}

/**
 * nfl_transport_templates_due() - have templates sent before anything else
 * @transport: the transport
 */
void nfl_transport_templates_due(struct nfl_transport *transport)
{
	struct nfl_session *session;

	list_for_each_entry(session, &transport->sessions, list)
		nfl_session_templates_due(session);
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
		nfl_account_sum(&stream->begun[kind], &stream->sent[kind]);
		nfl_account_sum(&stream->begun[kind], &stream->lost[kind]);
		nfl_account_sum(&stream->begun[kind], &stream->passed[kind]);
		nfl_account_sum(&stream->ended[kind], &log->appended);
		nfl_account_subtract(&stream->ended[kind], &appended);
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
	struct nfl_session *session;
	struct nfl_stream *stream;
	int kind;

	spin_lock(&transport->account);
	for (kind = 0; kind < NFL_LOGS; kind++)
		log_reset(transport, kind);
	list_for_each_entry(stream, &transport->streams, list) {
		memset(stream->sent, 0, sizeof(stream->sent));
		memset(stream->lost, 0, sizeof(stream->lost));
		memset(stream->passed, 0, sizeof(stream->passed));
	}
	list_for_each_entry(session, &transport->sessions, list)
		session->told = (struct nfl_told) { .since = nfl_clock64() };
	transport->messages = 0;
	WRITE_ONCE(transport->octets, 0);
	spin_unlock(&transport->account);
}
