// SPDX-License-Identifier: GPL-2.0-only
/*
 * Logs of records and streams from them, against a plain model: records are appended, sent,
 * refused, settled and skipped at random, by several streams, which begin and end at random,
 * send by one of two sessions, and take a share of the records or all.
 * After each step, what was appended is what was sent, was lost and waits, for the log and for
 * each stream, and each record is where the model says.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "../../src/transport/log.c"
#include "../../src/transport/redo.c"
#include "../../src/transport/sends.c"
#include "../../src/transport/share.c"
#include "../../src/transport/encode.c"
#include "../../src/transport/stream.c"

#include "tap.h"

/* No flow here has extra fields. */
const struct nfl_layouts *nfl_layouts_of(const struct nfl_templates *unused, u16 extras)
{
	return NULL;
}

#define RECORDS		200000
#define STREAMS		4
#define BLOCKS		16
#define ENTRY		12
#define SESSIONS	2	/* of a stream */

enum state {
	NOT_YET,	/* it was appended before the stream began */
	WAITS,
	SENT,		/* an answer may come */
	SETTLED,
	LOST,
	PASSED,
};

struct model_record {
	u64 packets;
	u64 octets;
	bool is_ipv4;
	bool received;		/* by any stream */
	u8 share[STREAMS + 1];	/* whose record it is, by the number of shares */
};

struct model_send {
	u32 from, to;		/* ordinal numbers of records */
	u32 count;
	u32 id[200];
	u64 octets[200];	/* a part's, if it is one */
};

static struct model_stream {
	struct nfl_stream stream;
	struct nfl_session session[SESSIONS];
	struct model_send memory[SESSIONS][NFL_SENDS];	/* beside the messages of a session */
	const struct nfl_protocol *protocol;
	bool exists;
	u8 state[RECORDS];
	u64 got[RECORDS];	/* octets of parts that were settled */
} streams[STREAMS];

static struct model_record records[RECORDS];
static u32 count;		/* of records */
static u32 first_of[RECORDS];	/* the first record of a block */
static struct nfl_log logs[NFL_LOGS];
static spinlock_t lock;

/* Protocols that write the number of a flow and its octets. */
static bool add(struct nfl_body *body, enum nfl_record_kind kind, unsigned int which,
		const void *source)
{
	const struct nfl_flow *flow = ((const struct nfl_record *)source)->flow;

	if (body->length + ENTRY > body->limit)
		return false;
	memcpy(body->octets + body->length, &flow->hash, 4);
	memcpy(body->octets + body->length + 4, &flow->octets, 8);
	body->length += ENTRY;
	body->records++;
	return true;
}

static bool takes_ipv4(enum nfl_record_kind kind, unsigned int which, const void *source)
{
	return nfl_family_is_ipv4(which);
}

static const struct nfl_templates templates;
static const struct nfl_protocol rich = { .templates = &templates, .add = add };
static const struct nfl_protocol poor = { .takes = takes_ipv4, .add = add };

static u32 ordinal(const struct nfl_position *at)
{
	return (at->block == logs[NFL_LOG_FLOWS].head ? count : first_of[at->block]) + at->index;
}

static bool is_shared(const struct model_stream *one, u32 id)
{
	const struct nfl_share *share = &one->stream.share;

	return share->of <= 1 || records[id].share[share->of] == share->number;
}

static bool takes_record(const struct model_stream *one, u32 id)
{
	return is_shared(one, id) && (one->protocol == &rich || records[id].is_ipv4);
}

/* The session that sends now, and what the model knows of its messages. */
static unsigned int sending(const struct model_stream *one)
{
	return one->stream.session - one->session;
}

/*
 * A key, and whose record it is: that of a connection, in one of its two directions. The end
 * points are few, so that both directions occur.
 */
static void key_make(enum nfl_family family, void *key, u8 *share)
{
	static u8 known[2][256][256][STREAMS + 1];
	u32 a = random_below(256), b = random_below(256), of;
	u8 *of_pair = known[family == NFL_IPV4][min(a, b)][max(a, b)];
	struct nfl_block block = { .kind = NFL_LOG_FLOWS, .family = family };
	struct {
		struct nfl_block block;
		u8 record[256] __aligned(64);
	} one = { };
	int number;

	if (family == NFL_IPV4) {
		struct nfl_key4 *key4 = key;

		key4->saddr = htonl(a);
		key4->daddr = htonl(b);
		key4->protocol = IPPROTO_UDP;
		key4->ports.sport = htons(a);
		key4->ports.dport = htons(b);
	} else {
		struct nfl_key6 *key6 = key;

		key6->saddr.s6_addr[15] = a;
		key6->daddr.s6_addr[15] = b;
		/* type and code differ by direction, so that they are not looked at */
		key6->protocol = IPPROTO_ICMPV6;
		key6->ports.dport = htons(random_below(65536));
	}
	block.size = nfl_flow_size(family);
	one.block = block;
	memcpy(nfl_flow_key(nfl_block_record(&one.block, 0)), key,
	       family == NFL_IPV4 ? sizeof(struct nfl_key4) : sizeof(struct nfl_key6));
	memset(share, 0, STREAMS + 1);
	for (of = 2; of <= STREAMS; of++) {
		for (number = 0; number < (int)of; number++) {
			const struct nfl_share it = { .number = number, .of = of };

			if (nfl_share_of(&it, &one.block, 1)) {
				check(!share[of], "it belongs to one share of %u", of);
				share[of] = number + 1;
			}
		}
		check(share[of], "it belongs to a share of %u", of);
		check(!of_pair[of] || of_pair[of] == share[of],
		      "both directions belong to the same share");
		of_pair[of] = share[of];
		share[of]--;
	}
}

static void append(void)
{
	const enum nfl_family family = random_below(3) ? NFL_IPV4 : NFL_IPV6;
	const struct nfl_block_context context = {
		.kind = NFL_LOG_FLOWS,
		.family = family,
		.size = nfl_flow_size(family),
		.selector = random_below(20) == 0,
	};
	struct nfl_log *log = &logs[NFL_LOG_FLOWS];
	struct nfl_account sum = { };
	struct nfl_block *block;
	unsigned int n, i;
	int s;

	block = nfl_log_begin(log, &context);
	if (IS_ERR(block)) {
		check(PTR_ERR(block) == -ENOSPC && nfl_log_used(log) >= log->most, "it is full");
		return;
	}
	if (!block->count)
		first_of[log->head - 1] = count;
	n = 1 + random_below(nfl_block_room(block));
	for (i = 0; i < n && count < RECORDS; i++, count++) {
		struct nfl_flow *flow = nfl_block_record(block, block->count + i);

		memset(flow, 0, nfl_flow_size(family));
		key_make(family, nfl_flow_key(flow), records[count].share);
		flow->hash = count;
		flow->packets = 1 + random_below(1000);
		flow->octets = random_below(50) ? random_below(100000) :
			       random_u64() >> (28 + random_below(4));
		nfl_account_add(&sum, flow);
		records[count].packets = flow->packets;
		records[count].octets = flow->octets;
		records[count].is_ipv4 = family == NFL_IPV4;
		records[count].received = false;
		for (s = 0; s < STREAMS; s++)
			streams[s].state[count] = streams[s].exists && !streams[s].stream.ends ?
						  WAITS : NOT_YET;
	}
	nfl_log_end(log, block, i, &sum);
}

/* Are the first parts of a record in a later message of the other session, or wait again? */
static bool waits_in_part(struct model_stream *one, const struct model_send *send, u32 id)
{
	unsigned int number, i;

	for (number = 0; number < SESSIONS; number++) {
		struct nfl_sends *sends = &one->session[number].sends;

		for (i = 0; i < sends->count; i++) {
			const struct model_send *other =
				&one->memory[number][(sends->first + i) % NFL_SENDS];

			if (other != send && other->count && other->id[other->count - 1] == id)
				return true;
		}
	}
	return one->stream.redo[NFL_LOG_FLOWS].count;
}

static void model_settle(struct model_stream *one, const struct model_send *send)
{
	u32 i;

	for (i = 0; i < send->count; i++)
		one->got[send->id[i]] += send->octets[i];
	for (i = send->from; i < send->to; i++) {
		if (one->state[i] == SENT && takes_record(one, i)) {
			one->state[i] = SETTLED;
			records[i].received = true;
			check(one->got[i] == records[i].octets || waits_in_part(one, send, i),
			      "record %u: %llu octets of %llu", i,
			      (unsigned long long)one->got[i],
			      (unsigned long long)records[i].octets);
		} else {
			check(one->state[i] == SENT || one->state[i] == PASSED,
			      "record %u is settled, and was %u", i, one->state[i]);
			one->state[i] = PASSED;
		}
	}
}

static void settle_session(struct model_stream *one, unsigned int number)
{
	struct nfl_sends *sends = &one->session[number].sends;
	struct nfl_send *send;

	if (!sends->count)
		return;
	send = nfl_sends_at(sends, 0);
	if (send->stream) {
		nfl_stream_settle(&one->stream, logs, &one->session[number], send);
		model_settle(one, &one->memory[number][sends->first]);
	}
	nfl_sends_shift(sends);
}

static void settle(struct model_stream *one)
{
	settle_session(one, random_below(SESSIONS));
}

static void send_some(struct model_stream *one)
{
	static u8 octets[200 * ENTRY];
	struct nfl_body body = {
		.limit = (1 + random_below(60)) * ENTRY,
		.octets = octets,
	};
	const struct nfl_told told = { };
	struct nfl_encoder encoder = {
		.protocol = one->protocol,
		.body = &body,
		.told = &told,
		.fresh = one->stream.fresh[NFL_LOG_FLOWS],
		.share = one->stream.share,
	};
	const unsigned int number = sending(one);
	struct nfl_sends *sends = &one->session[number].sends;
	struct model_send *memory;
	struct nfl_send new = { .stream = &one->stream, .log = NFL_LOG_FLOWS };
	enum nfl_encoded encoded;
	struct nfl_range range;
	u32 i, n = 0;

	if (!nfl_stream_range(&one->stream, logs, NFL_LOG_FLOWS, &range))
		return;
	encoder.at = range.from;
	encoded = nfl_encode(&encoder, &logs[NFL_LOG_FLOWS], &range.to);
	check(encoded != NFL_ENCODED_NO_MEMORY, "there is memory");
	if (encoded == NFL_ENCODED_ALL)
		check(!nfl_position_compare(&encoder.at, &range.to), "it has all up to the end");
	nfl_stream_advance(&one->stream, NFL_LOG_FLOWS, &range.from, &encoder.at);
	logs[NFL_LOG_FLOWS].withheld.flows += encoder.withheld.flows;
	if (!body.length) {
		for (i = ordinal(&range.from); i < ordinal(&encoder.at); i++) {
			check(one->state[i] == PASSED ||
			      (one->state[i] == WAITS && !takes_record(one, i)),
			      "record %u is passed over, and was %u", i, one->state[i]);
			one->state[i] = PASSED;
		}
		nfl_stream_pass(&one->stream, logs, NFL_LOG_FLOWS, &encoder.passed);
		return;
	}
	if (nfl_sends_full(sends))
		settle_session(one, number);
	new.range = (struct nfl_range) { .from = range.from, .to = encoder.at };
	new.sum = encoder.sum;
	new.passed = encoder.passed;
	new.is_partial = encoder.is_partial;
	nfl_sends_add(sends, &new);
	memory = &one->memory[number][(sends->first + sends->count - 1) % NFL_SENDS];
	memory->from = ordinal(&new.range.from);
	memory->to = ordinal(&new.range.to);
	memory->count = body.length / ENTRY;
	for (i = 0; i < memory->count; i++) {
		memcpy(&memory->id[i], octets + i * ENTRY, 4);
		memcpy(&memory->octets[i], octets + i * ENTRY + 4, 8);
		check(!i || memory->id[i] >= memory->id[i - 1], "records are in order");
	}
	for (i = memory->from; i < memory->to; i++) {
		if (takes_record(one, i) && one->state[i] == WAITS) {
			while (n < memory->count && memory->id[n] < i)
				n++;
			check(n < memory->count && memory->id[n] == i, "record %u is sent", i);
			one->state[i] = SENT;
		} else {
			check(one->state[i] == PASSED ||
			      (one->state[i] == WAITS && !takes_record(one, i)),
			      "record %u is not sent, and was %u", i, one->state[i]);
			if (one->state[i] == WAITS)
				one->state[i] = SENT;	/* passed over when it is settled */
		}
	}
}

/* A message of a session and those after it were not received. The other session goes on. */
static void refuse(struct model_stream *one)
{
	const unsigned int number = random_below(SESSIONS);
	struct nfl_sends *sends = &one->session[number].sends;
	unsigned int n, i;
	u32 id;

	one->stream.session = &one->session[!number];
	if (!sends->count)
		return;
	n = random_below(sends->count);
	for (i = n; i < sends->count; i++) {
		const struct nfl_send *send = nfl_sends_at(sends, i);
		const struct model_send *memory =
			&one->memory[number][(sends->first + i) % NFL_SENDS];

		if (!send->stream)
			continue;
		nfl_stream_refused(&one->stream, logs, one->protocol, send);
		for (id = memory->from; id < memory->to; id++) {
			if (one->state[id] == SENT)
				one->state[id] = WAITS;
		}
	}
	nfl_sends_truncate(sends, n);
	check(one->stream.redo[NFL_LOG_FLOWS].count < NFL_REDO_RANGES, "there are few ranges");
}

static void skip(struct model_stream *one)
{
	struct nfl_log *log = &logs[NFL_LOG_FLOWS];
	const u32 used = log->head - log->tail;
	struct nfl_position to = { .block = log->tail + random_below(used + 1) };
	unsigned int number, i;
	u64 lost = 0;
	u32 id;

	for (number = 0; number < SESSIONS; number++) {
		struct nfl_sends *sends = &one->session[number].sends;

		for (i = 0; i < sends->count; i++) {
			const struct nfl_send *send = nfl_sends_at(sends, i);

			if (send->stream && nfl_position_compare(&send->range.from, &to) < 0)
				model_settle(one, &one->memory[number]
						  [(sends->first + i) % NFL_SENDS]);
		}
	}
	for (id = 0; id < ordinal(&to); id++) {
		if (one->state[id] != WAITS)
			continue;
		one->state[id] = takes_record(one, id) ? LOST : PASSED;
		lost += one->state[id] == LOST;
	}
	check(nfl_stream_skip(&one->stream, logs, NFL_LOG_FLOWS, one->protocol, to) == lost,
	      "it says how many were skipped");
}

static void end(struct model_stream *one)
{
	unsigned int number;

	for (number = 0; number < SESSIONS; number++) {
		while (one->session[number].sends.count)
			settle_session(one, number);
	}
	one->exists = false;
}

static void begin(struct model_stream *one, bool inherit)
{
	struct nfl_position tail;
	unsigned int number;
	u32 id;

	memset(&one->stream, 0, sizeof(one->stream));
	memset(one->session, 0, sizeof(one->session));
	memset(one->state, NOT_YET, sizeof(one->state));
	memset(one->got, 0, sizeof(one->got));
	one->protocol = random_below(2) ? &rich : &poor;
	one->exists = true;
	one->stream.share.of = 1 + random_below(STREAMS);
	one->stream.share.number = random_below(one->stream.share.of);
	for (number = 0; number < SESSIONS; number++)
		one->stream.sessions[number] = &one->session[number];
	one->stream.sessions_count = SESSIONS;
	one->stream.session = &one->session[0];
	if (inherit) {
		tail = nfl_log_tail(&logs[NFL_LOG_FLOWS]);
		for (id = ordinal(&tail); id < count; id++)
			one->state[id] = records[id].received ? PASSED : WAITS;
	}
	nfl_stream_begin(&one->stream, &logs[NFL_LOG_FLOWS], NFL_LOG_FLOWS, inherit);
}

/* It takes nothing more, and is gone when all that it has taken is settled. */
static void finish(struct model_stream *one)
{
	unsigned int waiting = 0;
	u32 id;

	if (!one->stream.ends)
		nfl_stream_end(&one->stream, logs);
	if (!nfl_stream_is_settled(&one->stream, logs))
		return;
	for (id = 0; id < count; id++)
		waiting += one->state[id] == WAITS || one->state[id] == SENT;
	check(!waiting, "%u records wait", waiting);
	one->exists = false;
}

/* The list of destinations is replaced as a whole. */
static void replace(void)
{
	unsigned int s;

	for (s = 0; s < STREAMS; s++) {
		if (streams[s].exists)
			end(&streams[s]);
	}
	nfl_log_mark_before(&logs[NFL_LOG_FLOWS]);
	for (s = 0; s < 1 + random_below(STREAMS); s++)
		begin(&streams[s], true);
}

static void trim(void)
{
	struct nfl_position hold = { .block = logs[NFL_LOG_FLOWS].head };
	unsigned int s;

	for (s = 0; s < STREAMS; s++) {
		struct nfl_position one;

		if (!streams[s].exists)
			continue;
		one = nfl_stream_hold(&streams[s].stream, logs, NFL_LOG_FLOWS);
		if (nfl_position_compare(&one, &hold) < 0)
			hold = one;
	}
	nfl_log_trim(&logs[NFL_LOG_FLOWS], hold);
}

static bool is_zero(const struct nfl_account *account)
{
	return !account->flows && !account->packets && !account->octets;
}

static void law(const char *what)
{
	const struct nfl_log *log = &logs[NFL_LOG_FLOWS];
	const struct nfl_account lost = nfl_log_lost(log);
	struct nfl_account rest = log->appended, other;
	int s;

	nfl_account_subtract(&rest, &log->sent);
	nfl_account_subtract(&rest, &lost);
	nfl_log_queued(log, &other);
	nfl_account_subtract(&rest, &other);
	check(is_zero(&rest), "%s: the log's account: %lld records, %lld packets", what,
	      (long long)rest.flows, (long long)rest.packets);
	for (s = 0; s < STREAMS; s++) {
		struct nfl_stream *stream = &streams[s].stream;

		if (!streams[s].exists)
			continue;
		nfl_stream_due(stream, logs, NFL_LOG_FLOWS, &rest);
		nfl_account_subtract(&rest, &stream->sent[NFL_LOG_FLOWS]);
		nfl_account_subtract(&rest, &stream->lost[NFL_LOG_FLOWS]);
		nfl_account_subtract(&rest, &stream->passed[NFL_LOG_FLOWS]);
		nfl_stream_waiting(stream, logs, NFL_LOG_FLOWS, &other);
		nfl_account_subtract(&rest, &other);
		check(is_zero(&rest), "%s: stream %d's account: %lld records, %lld packets", what,
		      s, (long long)rest.flows, (long long)rest.packets);
	}
}

/* The counts are those of the model. */
static void compare(void)
{
	struct nfl_account sent = { };
	int s;
	u32 i;

	for (i = 0; i < count; i++) {
		if (!records[i].received)
			continue;
		sent.flows++;
		sent.packets += records[i].packets;
		sent.octets += records[i].octets;
	}
	nfl_account_subtract(&sent, &logs[NFL_LOG_FLOWS].sent);
	check(is_zero(&sent), "sent: %lld records, %lld packets", (long long)sent.flows,
	      (long long)sent.packets);
	for (s = 0; s < STREAMS; s++) {
		struct model_stream *one = &streams[s];
		struct nfl_account waiting;
		u64 of[PASSED + 1] = { };

		if (!one->exists)
			continue;
		for (i = 0; i < count; i++)
			of[one->state[i]]++;
		nfl_stream_waiting(&one->stream, logs, NFL_LOG_FLOWS, &waiting);
		check(one->stream.sent[NFL_LOG_FLOWS].flows == of[SETTLED],
		      "stream %d has sent %llu, not %llu", s,
		      (unsigned long long)one->stream.sent[NFL_LOG_FLOWS].flows,
		      (unsigned long long)of[SETTLED]);
		check(one->stream.lost[NFL_LOG_FLOWS].flows == of[LOST],
		      "stream %d has lost %llu, not %llu", s,
		      (unsigned long long)one->stream.lost[NFL_LOG_FLOWS].flows,
		      (unsigned long long)of[LOST]);
		check(waiting.flows <= of[WAITS] + of[SENT] + of[PASSED] &&
		      waiting.flows >= of[WAITS] + of[SENT],
		      "of stream %d %llu wait, not %llu", s, (unsigned long long)waiting.flows,
		      (unsigned long long)(of[WAITS] + of[SENT]));
	}
}

static void start(void)
{
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++) {
		nfl_log_init(&logs[kind], &lock, NULL);
		check(!nfl_log_resize(&logs[kind], BLOCKS * NFL_BLOCK_SIZE), "a log");
	}
}

/* Another size: what is there stays. */
static void resize(void)
{
	check(!nfl_log_resize(&logs[NFL_LOG_FLOWS],
			      (BLOCKS / 2 + random_below(4 * BLOCKS)) * NFL_BLOCK_SIZE), "resized");
}

static void stop(void)
{
	int kind;

	for (kind = 0; kind < NFL_LOGS; kind++)
		nfl_log_stop(&logs[kind]);
	check(!shim_alloc_out, "%zu octets are left", shim_alloc_out);
}

static void test_model(void)
{
	u32 steps = 0;

	start();
	while (count < RECORDS - 100) {
		struct model_stream *one = &streams[random_below(STREAMS)];
		const u32 what = random_below(1000);

		if (what < 250) {
			append();
			law("append");
		} else if (what < 700) {
			if (one->exists)
				send_some(one);
			law("send");
		} else if (what < 850) {
			if (one->exists)
				settle(one);
			law("settle");
		} else if (what < 870) {
			if (one->exists)
				refuse(one);
			law("refuse");
		} else if (what < 880) {
			if (one->exists)
				skip(one);
			law("skip");
		} else if (what < 885) {
			if (!one->exists)
				begin(one, false);
			else if (random_below(2))
				finish(one);
			else
				end(one);
			law("end and begin");
		} else if (what < 887) {
			replace();
			law("replace");
		} else if (what < 889) {
			resize();
			law("resize");
		} else {
			trim();
			law("trim");
		}
		if (++steps % 512 == 0)
			compare();
	}
	compare();
	for (steps = 0; steps < STREAMS; steps++) {
		if (streams[steps].exists)
			end(&streams[steps]);
	}
	trim();
	law("the end");
	check(!nfl_log_used(&logs[NFL_LOG_FLOWS]), "all blocks are freed");
	stop();
	test("records of a log and of %d streams are where the model has them", STREAMS);
}

/* A fast stream beside a slow one, which skips. */
static void test_overflow(void)
{
	struct nfl_log *log = &logs[NFL_LOG_FLOWS];
	struct nfl_position half;
	struct nfl_account lost;
	unsigned int s;

	count = 0;
	memset(streams, 0, sizeof(streams));
	memset(records, 0, sizeof(records));
	start();
	begin(&streams[0], false);
	streams[0].protocol = &rich;
	streams[0].stream.share.of = 1;
	while (nfl_log_used(log) < BLOCKS) {
		append();
		trim();
	}
	half = (struct nfl_position) { .block = log->tail + BLOCKS / 2 };
	check(nfl_stream_skip(&streams[0].stream, logs, NFL_LOG_FLOWS, &rich, half) ==
	      first_of[half.block], "half of it is skipped");
	trim();
	check(nfl_log_used(log) == BLOCKS / 2, "half of it is free");
	lost = nfl_log_lost(log);
	check(lost.flows == first_of[half.block] &&
	      log->lost[NFL_LOSS_UNSENT].flows == lost.flows, "it is lost, as not sent");
	law("skip");
	/* another one has what comes later, and the first one loses nothing by it */
	begin(&streams[1], false);
	streams[1].protocol = &poor;
	streams[1].stream.share.of = 1;
	append();
	while (nfl_stream_range(&streams[1].stream, logs, NFL_LOG_FLOWS,
				&(struct nfl_range) { }))
		send_some(&streams[1]);
	while (nfl_stream_range(&streams[0].stream, logs, NFL_LOG_FLOWS,
				&(struct nfl_range) { }))
		send_some(&streams[0]);
	for (s = 0; s < 2; s++)
		end(&streams[s]);
	trim();
	check(!nfl_log_used(log), "all blocks are freed");
	lost = nfl_log_lost(log);
	check(log->sent.flows + lost.flows == count, "nothing else is lost");
	stop();
	test("a stream that skips");
}

/* A block cannot be had: the log is as it was. */
static bool no_memory(size_t size)
{
	return size == NFL_BLOCK_SIZE;
}

static void test_memory(void)
{
	const struct nfl_block_context context = { .kind = NFL_LOG_FLOWS, .size = 64 };
	struct nfl_block *block;

	start();
	shim_alloc_fails = no_memory;
	block = nfl_log_begin(&logs[NFL_LOG_FLOWS], &context);
	check(IS_ERR(block) && PTR_ERR(block) == -ENOMEM, "no block");
	check(!nfl_log_used(&logs[NFL_LOG_FLOWS]), "none in the log");
	shim_alloc_fails = NULL;
	block = nfl_log_begin(&logs[NFL_LOG_FLOWS], &context);
	check(!IS_ERR(block), "a block when there is memory");
	nfl_log_trim(&logs[NFL_LOG_FLOWS], (struct nfl_position) { .block = 1 });
	check(nfl_log_used(&logs[NFL_LOG_FLOWS]) == 1, "it is not freed while it is filled");
	nfl_log_end(&logs[NFL_LOG_FLOWS], block, 0, &(struct nfl_account) { });
	nfl_log_trim(&logs[NFL_LOG_FLOWS], (struct nfl_position) { .block = 1 });
	check(!nfl_log_used(&logs[NFL_LOG_FLOWS]), "it is freed after that");
	stop();
	test("memory for a block is missing");
}

/* Ranges are joined where they touch, and kept in order. */
static void test_redo(void)
{
	static bool in[NFL_REDO_RANGES * 4];
	struct nfl_redo redo = { };
	unsigned int round, i, n, ranges;

	for (round = 0; round < 2000; round++) {
		memset(in, 0, sizeof(in));
		memset(&redo, 0, sizeof(redo));
		for (i = 0; i < 200; i++) {
			struct nfl_range range = { };
			unsigned int from = random_below(ARRAY_SIZE(in)), to = from;

			while (to < ARRAY_SIZE(in) && !in[to] && to - from < 5)
				to++;
			if (to == from)
				continue;
			range.from.index = from;
			range.to.index = to;
			if (nfl_redo_add(&redo, &range))
				memset(in + from, true, to - from);
			else
				check(redo.count == NFL_REDO_RANGES, "it has no room");
			if (!random_below(20)) {
				range.to.index = random_below(ARRAY_SIZE(in));
				nfl_redo_advance(&redo, &range.to);
				memset(in, false, range.to.index);
			}
		}
		for (n = 0, ranges = 0; n < ARRAY_SIZE(in); n++)
			ranges += in[n] && (!n || !in[n - 1]);
		check(ranges == redo.count, "%u ranges, not %u", redo.count, ranges);
		for (i = 0, n = 0; i < redo.count; i++) {
			for (; n < redo.range[i].from.index; n++)
				check(!in[n], "%u is in no range", n);
			for (; n < redo.range[i].to.index; n++)
				check(in[n], "%u is in a range", n);
		}
	}
	test("ranges to send again");
}

/* The message that an answer quotes, among those that are remembered. */
static void test_sends(void)
{
	static struct nfl_sends sends;
	struct nfl_send one = { };
	unsigned int i;

	for (i = 0; i < 2 * NFL_SENDS; i++) {
		if (nfl_sends_full(&sends))
			nfl_sends_shift(&sends);
		one.sequence = i / 2;
		one.length = 100 + i % 2;
		nfl_sends_add(&sends, &one);
	}
	check(sends.count == NFL_SENDS, "%u are remembered", sends.count);
	for (i = 0; i < 2 * NFL_SENDS; i++) {
		const int found = nfl_sends_find(&sends, i / 2, 100 + i % 2);

		check(found == (i < NFL_SENDS ? -ENOENT : (int)(i - NFL_SENDS)),
		      "message %u is found as %d", i, found);
		check(nfl_sends_find(&sends, i / 2, 102) == -ENOENT, "not by its number alone");
	}
	one.sequence = NFL_SENDS - 1;
	one.length = 101;
	nfl_sends_shift(&sends);
	nfl_sends_add(&sends, &one);
	check(nfl_sends_find(&sends, NFL_SENDS - 1, 101) == NFL_SENDS - 2, "the older of two");
	check(nfl_sends_find_length(&sends, 101) == NFL_SENDS - 1, "by length, the last one");
	check(nfl_sends_find_length(&sends, 99) == -ENOENT, "there is none of this length");
	test("messages that are remembered");
}

/* The first record of a log, found by looking at all messages. */
static struct nfl_position least_of_all(struct nfl_sends *sends, const struct nfl_stream *stream,
					enum nfl_log_kind kind, struct nfl_position least)
{
	unsigned int i;

	for (i = 0; i < sends->count; i++) {
		const struct nfl_send *send = nfl_sends_at(sends, i);

		if (send->stream == stream && send->log == kind &&
		    nfl_position_compare(&send->range.from, &least) < 0)
			least = send->range.from;
	}
	return least;
}

/*
 * Messages of one or two streams are sent, settle, are refused, and are sent again in part, while
 * numbers wrap.
 */
static void least(unsigned int streams_count)
{
	static struct nfl_position next[2][NFL_LOGS];
	static struct nfl_stream two[2];
	static struct nfl_sends sends;
	unsigned int i, s, kind;

	memset(&sends, 0, sizeof(sends));
	for (kind = 0; kind < 2 * NFL_LOGS; kind++)
		next[kind / NFL_LOGS][kind % NFL_LOGS].block = 0x7fffff00;
	for (i = 0; i < 200000; i++) {
		struct nfl_send one = { };

		if (random_below(20)) {
			s = random_below(streams_count);
			kind = random_below(20) ? NFL_LOG_FLOWS : random_below(NFL_LOGS);
			next[s][kind].block += random_below(3);
			one.stream = &two[s];
			one.log = kind;
			one.range.from = next[s][kind];
			/* it was refused, and is sent again */
			if (!random_below(50))
				one.range.from.block -= random_below(300);
		}
		if (nfl_sends_full(&sends))
			nfl_sends_shift(&sends);
		nfl_sends_add(&sends, &one);
		while (sends.count && !random_below(3))
			nfl_sends_shift(&sends);
		if (!random_below(100))
			nfl_sends_truncate(&sends, random_below(sends.count + 1));
		if (sends.count && !random_below(30))
			nfl_sends_at(&sends, random_below(sends.count))->stream = NULL;
		for (kind = 0; kind < streams_count * NFL_LOGS; kind++) {
			const unsigned int log = kind % NFL_LOGS;
			struct nfl_position found, right;

			s = kind / NFL_LOGS;
			right = least_of_all(&sends, &two[s], log, next[s][log]);
			found = next[s][log];
			nfl_sends_least(&sends, &two[s], log, &found);
			check(!nfl_position_compare(&found, &right),
			      "stream %u, log %u: %u, not %u", s, log, found.block, right.block);
		}
	}
}

static void test_least(void)
{
	least(1);
	least(2);
	test("the first record of each log in the messages");
}

int main(void)
{
	tap_begin();
	test_model();
	test_overflow();
	test_memory();
	test_redo();
	test_sends();
	test_least();
	return tap_end();
}
