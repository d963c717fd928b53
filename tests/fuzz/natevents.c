// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the listener to conntrack. The input selects what connections do, which events
 * are lost, and when the listener runs. Connections start and end while it reads, so that
 * dumps can be older than events and events older than dumps.
 *
 * The start and the end of each session must be reported once. At the end, the
 * sessions reported as started and not as ended must be conntrack's translated
 * connections, and all missing events must be counted as lost. No other events may be
 * counted as lost, except those that the listener cannot know: see @excused.
 *
 * Ends are also repeated, as conntrack does for another listener, and there are connections
 * that lost the race to be inserted, of which only the end has an event.
 */
#define SHIM_CONNTRACK	/* conntrack is available */

#include <linux/slab.h>
#include <net/netlink.h>

#include "../unit/shim/listener.h"

#define KBUILD_MODNAME	"fuzz"

#include "../../src/nat/session.c"
#include "../../src/nat/ended.c"
#include "../../src/nat/log.c"
#include "../../src/nat/listener.c"

struct workqueue_struct *nfl_workqueue;

#define CONNECTIONS	8
#define CONNECTIONS_TOLD 8
#define QUEUE		6
#define PIECE		2	/* connections per message of a dump */
#define PIECES		8
#define MESSAGE_CONNECTION	99
#define CLASH_PORT		0x4000
#define CREDIT_LOST		1000000

/* Conntrack: a few connections, reused with the same addresses and ports. */
static struct {
	bool is_alive;
	bool is_translated;
	u32 id;
	u16 port_after;
	u64 start;		/* as conntrack says */
	bool is_older;		/* it began before the listener */
	/* reported as started and not as ended: more than one only while ends are missed */
	u16 port_told[CONNECTIONS_TOLD];
	unsigned int told;	/* how many */
	bool is_skipped;	/* a dump has lacked it */
	bool has_ended;		/* see ended[] */
	bool end_lost;		/* ... whose event was lost */
} connections[CONNECTIONS];

struct event {
	u8 connection;
	bool is_new;
	bool is_translated;
	bool is_clash;
	u32 id;
	u16 port_after;
	u64 start;
};

static struct event queue[QUEUE], ended[CONNECTIONS];

/* A message of a dump: up to PIECE connections, the end, or "another dump is running". */
struct piece {
	u16 type;
	u32 sequence;
	int error;
	unsigned int count;
	struct nfl_connection connection[PIECE];
};

/* The messages that wait on the socket for dumps, and the dump that is running. */
static struct {
	struct piece piece[PIECES];
	unsigned int count;
	bool running;
	u32 sequence;
	unsigned int at;
	bool has_failed;
} dumps;

static const u8 *input_at, *input_end;
static struct nfl_exporter exporter;
static struct nfl_natevents nat;
static struct net net;
static struct socket sockets[2];
static struct nfl_natsocket natsockets[2];
static unsigned int queued, sockets_open;
static bool lose_next, break_next, forge_next, told_of_loss;
static unsigned int forged;
static unsigned int asked;
static u64 events, told;
static unsigned int clashes;
static bool clash_begun;
static unsigned int unloads;

/*
 * Number of events that may be counted as lost although they were not: events of
 * connections that are not translated, events before the first dump was read, ends of
 * connections that are older than the listener, and repetitions; any number, if an end that
 * was lost is repeated, or after nf_conntrack_netlink was removed. Also the starts that are
 * reported without an event: those of older
 * connections.
 */
static u64 excused;

static void fail(const char *what, unsigned int i)
{
	fprintf(stderr, "connection %u: %s\n", i, what);
	abort();
}

/* Put an event into the socket; false if it is lost. */
static bool event_put(const struct event *event)
{
	if (!lose_next && queued < QUEUE) {
		queue[queued++] = *event;
		return true;
	}
	atomic_inc(&sockets[1].sk->sk_drops);
	told_of_loss = true;
	lose_next = false;
	return false;
}

static void deliver(unsigned int i, bool is_new)
{
	const struct event event = {
		.connection = i,
		.is_new = is_new,
		.is_translated = connections[i].is_translated,
		.id = connections[i].id,
		.port_after = connections[i].port_after,
		.start = is_new ? 0 : connections[i].start,
	};
	bool is_lost = true;

	connections[i].has_ended = false;
	if (!net.ct.nf_conntrack_event_cb) {
		/* it is not counted, but a dump may show the session */
		return;
	}
	is_lost = !event_put(&event);
	events += connections[i].is_translated;
	if (is_lost)
		excused += !connections[i].is_translated || !nat.log.dump_known ||
			   connections[i].is_older;
	connections[i].has_ended = !is_new;
	if (is_new)
		return;
	ended[i] = event;
	connections[i].end_lost = is_lost;
}

/*
 * The event of an end is repeated for all listeners. Until it was delivered no other
 * connection has its number.
 */
static void repeat(unsigned int i)
{
	if (!connections[i].has_ended || connections[i].is_alive || !net.ct.nf_conntrack_event_cb)
		return;
	if (!event_put(&ended[i])) {
		excused++;
	} else if (connections[i].end_lost) {
		/* looks like a connection whose begin has no event, see nfl_natlog.silent */
		excused += CREDIT_LOST;
		connections[i].end_lost = false;
	}
}

/* A connection loses the race to be inserted, and ends. If that is lost, it is one event. */
static void clash(unsigned int i)
{
	const struct event event = {
		.connection = i,
		.is_translated = true,
		.is_clash = true,
		.id = CLASH_PORT + clashes,
		.port_after = CLASH_PORT + clashes,
		.start = shim_real_ns / 1000000,
	};

	clashes++;
	if (!net.ct.nf_conntrack_event_cb)
		return;
	if (event_put(&event)) {
		events += 2;
	} else {
		events++;
		excused += !nat.log.dump_known;
	}
}

/*
 * conntrack's hash table shrinks, so that the dump lacks connections that exist. If the begin of
 * such a connection was lost, it is not found. But its end is reported.
 */
static void table_shrink(void)
{
	unsigned int i;

	if (!dumps.running)
		return;
	for (i = dumps.at; i < CONNECTIONS && i < dumps.at + 3; i++) {
		connections[i].is_skipped = true;
		excused += connections[i].is_alive ? CREDIT_LOST : 0;
	}
	dumps.at = i;
}

/*
 * nf_conntrack_netlink is removed: there are no events and no drops. It is never removed while a
 * dump is running.
 */
static void unload(void)
{
	static struct module module = { .name = "nf_conntrack_netlink" };

	if (dumps.running || !net.ct.nf_conntrack_event_cb)
		return;
	net.ct.nf_conntrack_event_cb = NULL;
	unloads++;
	excused += CREDIT_LOST;
	shim_module_notifier->notifier_call(shim_module_notifier, MODULE_STATE_GOING, &module);
}

static void load(void)
{
	net.ct.nf_conntrack_event_cb = &net;
}

static void pass_ms(u64 ms)
{
	shim_boot_ms += ms;
	shim_real_ns += ms * 1000000;
}

/* One step of the connections, chosen by the input. */
static void step(void)
{
	const u8 what = input_at < input_end ? *input_at++ : 0;
	const unsigned int i = what / 4 % CONNECTIONS;

	switch (what % 4) {
	case 1:
		if (connections[i].is_alive)
			break;
		connections[i].is_alive = true;
		connections[i].is_translated = what < 224;
		/*
		 * A connection at the same memory address has the same number. With the
		 * same translation as well, the two could not be told apart.
		 */
		connections[i].id += what >> 7;
		connections[i].port_after++;
		connections[i].is_older = false;
		connections[i].is_skipped = false;
		pass_ms(1);
		connections[i].start = shim_real_ns / 1000000;
		deliver(i, true);
		break;
	case 2:
		if (!connections[i].is_alive)
			break;
		/* conntrack sends the event before it removes the connection from its table */
		deliver(i, false);
		connections[i].is_alive = false;
		break;
	case 3:
		if (i == 0)
			lose_next = true;
		else if (what >= 128 && i == 1)
			break_next = true;
		else if (what >= 128 && i == 2)
			repeat(clashes++ % CONNECTIONS);
		else if (what >= 128 && i == 3)
			clash(clashes % CONNECTIONS);
		else if (what >= 128 && i == 4)
			table_shrink();
		else if (what >= 128 && i == 5)
			unload();
		else if (what >= 128 && i == 6)
			forge_next = true;
		else
			pass_ms(i * 1000);
		break;
	}
}

/* conntrack's id is a hash, and hardly any other connection has it: none here. */
static u32 id_of(const struct event *event)
{
	const u32 id = (event->connection + CONNECTIONS * event->id) * 0x9e3779b1;

	return id ^ id >> 15;
}

static void parse(struct nfl_connection *c, const struct event *event)
{
	*c = (struct nfl_connection) {
		.id = id_of(event), .family = AF_INET, .protocol = 6, .is_new = event->is_new,
		.is_translated = event->is_translated, .is_clash = event->is_clash,
		.before = { .source_port = event->connection },
		.after = { .source_port = event->port_after }, .start = event->start,
	};
}

/* What a dump shows of a connection. */
static struct event shown(unsigned int i)
{
	return (struct event) {
		.connection = i, .is_new = true, .is_translated = connections[i].is_translated,
		.id = connections[i].id, .port_after = connections[i].port_after,
		.start = connections[i].start,
	};
}

static void piece_put(u16 type, u32 sequence, const struct piece *like)
{
	struct piece *piece = &dumps.piece[dumps.count++];

	if (dumps.count > PIECES)
		abort();
	*piece = *like;
	piece->type = type;
	piece->sequence = sequence;
}

/* Generate the next message of the running dump. It is read later. */
static void piece_make(void)
{
	struct piece piece = { };

	for (; dumps.at < CONNECTIONS && piece.count < PIECE; dumps.at++) {
		const struct event event = shown(dumps.at);

		if (connections[dumps.at].is_alive)
			parse(&piece.connection[piece.count++], &event);
	}
	dumps.running = piece.count;
	piece_put(piece.count ? MESSAGE_CONNECTION : NLMSG_DONE, dumps.sequence, &piece);
}

struct nfl_natsocket *nfl_natsocket_open(struct net *net, struct nfl_works *works, u32 groups)
{
	const unsigned int which = !!groups;
	static struct sock sk[2];

	memset(&sk[which], 0, sizeof(sk[0]));
	sockets[which].sk = &sk[which];
	natsockets[which].socket = &sockets[which];
	sockets_open++;
	return &natsockets[which];
}

void nfl_natsocket_close(struct nfl_natsocket *natsocket)
{
	sockets_open--;
}

void nfl_natsocket_listen(struct nfl_natsocket *natsocket, void (*ready)(struct sock *sk),
			  void *data)
{
}

int nfl_natsocket_ask(struct nfl_natsocket *natsocket, u32 sequence)
{
	if (dumps.running) {
		piece_put(NLMSG_ERROR, sequence, &(struct piece){ .error = -EBUSY });
		return 0;
	}
	asked++;
	dumps.at = 0;
	dumps.sequence = sequence;
	piece_make();
	return 0;
}

/* The answer to a question for a connection. It is as old as the question. */
int nfl_natsocket_find(struct nfl_natsocket *natsocket, const struct nfl_natsession_key *key,
		       u32 sequence)
{
	const unsigned int i = key->before.source_port;
	const struct event event = shown(i);
	struct piece piece = { .count = 1 };

	parse(&piece.connection[0], &event);
	if (connections[i].is_alive) {
		piece_put(MESSAGE_CONNECTION, sequence, &piece);
	} else {
		piece.error = -ENOENT;
		piece_put(NLMSG_ERROR, sequence, &piece);
	}
	return 0;
}

static struct nfl_connection parsed[PIECE];

/* In place of a message its number in parsed is passed; see nfl_connection_parse(). */
static int message_put(void *to, unsigned int type, u32 sequence, int number)
{
	struct nlmsghdr *nlh = to;
	const size_t room = type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);

	memset(to, 0, NLMSG_HDRLEN + room);
	nlh->nlmsg_len = NLMSG_HDRLEN + room;
	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = sequence;
	*(int *)nlmsg_data(nlh) = number;
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/* As nf_conntrack_netlink: return a message and generate the next one, if it has memory. */
static int dump_receive(void *to)
{
	struct piece piece;
	unsigned int i;
	int length = 0;

	if (dumps.has_failed) {
		dumps.has_failed = false;
		return -ENOBUFS;
	}
	if (!dumps.count)
		return -EAGAIN;
	piece = dumps.piece[0];
	memmove(dumps.piece, dumps.piece + 1, --dumps.count * sizeof(piece));
	if (dumps.running && break_next)
		dumps.has_failed = true;
	else if (dumps.running)
		piece_make();
	break_next = false;
	if (piece.type != MESSAGE_CONNECTION)
		return message_put(to, piece.type, piece.sequence,
				   piece.error);
	for (i = 0; i < piece.count; i++) {
		parsed[i] = piece.connection[i];
		length += message_put(to + length, MESSAGE_CONNECTION, piece.sequence, i);
	}
	return length;
}

int kernel_recvmsg(struct socket *socket, struct msghdr *msg, struct kvec *part, size_t count,
		   size_t size, int flags)
{
	struct sockaddr_nl *from = msg->msg_name;

	step();
	if (from)
		from->nl_pid = 0;
	if (forge_next) {
		/* a process sends the event of a connection, or the end of a dump */
		forge_next = false;
		forged++;
		if (from)
			from->nl_pid = 77;
		parse(&parsed[0], &(struct event){
			.connection = forged % CONNECTIONS, .is_new = forged / 8 % 2,
			.is_translated = true, .id = CLASH_PORT, .port_after = CLASH_PORT - 1,
		});
		return message_put(part->iov_base, socket == &sockets[0] ? NLMSG_DONE :
							    MESSAGE_CONNECTION, nat.sequence, 0);
	}
	if (socket == &sockets[0])
		return dump_receive(part->iov_base);
	if (told_of_loss) {
		told_of_loss = false;
		return -ENOBUFS;
	}
	if (!queued)
		return -EAGAIN;
	parse(&parsed[0], &queue[0]);
	memmove(queue, queue + 1, --queued * sizeof(queue[0]));
	return message_put(part->iov_base, MESSAGE_CONNECTION, 0, 0);
}

bool nfl_connection_parse(const struct nlmsghdr *nlh, struct nfl_connection *connection)
{
	*connection = parsed[*(int *)nlmsg_data(nlh)];
	return true;
}

bool nfl_transport_is_full(struct nfl_transport *transport, enum nfl_log_kind kind)
{
	return false;
}

void nfl_log_lose_events(struct nfl_log *log, u64 events)
{
	log->lost[NFL_LOSS_UNSENT].flows += events;
}

bool nfl_log_append_event(struct nfl_log *log, const struct nfl_nat_record *record)
{
	const unsigned int i = record->before->source_port;
	const bool begins = record->event == NFL_NAT44_SESSION_CREATE;
	unsigned int at;

	if (record->after->source_port >= CLASH_PORT) {
		if (begins == clash_begun)
			fail("what lost the race begins or ends twice", i);
		clash_begun = begins;
		told++;
		return true;
	}
	for (at = 0; at < connections[i].told; at++) {
		if (connections[i].port_told[at] == record->after->source_port)
			break;
	}
	if (begins == at < connections[i].told)
		fail(begins ? "it begins a second time" : "it ends, and has not begun", i);
	if (begins && at == CONNECTIONS_TOLD)
		fail("so many have not ended", i);
	if (begins)
		connections[i].port_told[connections[i].told++] = record->after->source_port;
	else
		connections[i].port_told[at] =
			connections[i].port_told[--connections[i].told];
	told++;
	return true;
}

static void run(void)
{
	natevents_work(&nat.work.work);
}

/* No more events arrive, but time passes until the listener has resolved all doubts. */
static void settle(void)
{
	unsigned int i, was_asked;
	int rounds = 20;
	u64 lost;

	input_at = input_end;
	lose_next = false;
	break_next = false;
	forge_next = false;
	do {
		pass_ms(60 * 1000);
		run();
	} while (rounds-- && (queued || nat.log.dumping || nat.log.dump_needed));
	/* conntrack's table is not read any more, although there may be older connections */
	was_asked = asked;
	for (rounds = 10; rounds; rounds--) {
		pass_ms(60 * 1000);
		run();
	}
	if (asked != was_asked)
		fail("the table is read again and again", asked - was_asked);
	lost = exporter.transport.log[NFL_LOG_EVENTS].lost[NFL_LOSS_UNSENT].flows;
	/* those that follow each other at once may be noticed as one */
	if (unloads && !nat.log.lost)
		fail("the removal of nf_conntrack_netlink was not noticed", 0);
	for (i = 0; i < CONNECTIONS; i++) {
		const bool is_session = connections[i].is_alive && connections[i].is_translated;

		if (connections[i].is_skipped && !connections[i].told)
			continue;
		if (is_session != connections[i].told)
			fail(is_session ? "it was not told of" : "its end was not told of", i);
		if (is_session && connections[i].port_told[0] != connections[i].port_after)
			fail("it was told of as another one", i);
	}
	if (told + lost < events || told + lost > events + excused) {
		fprintf(stderr,
			"%llu events, %llu were told of and %llu are said to be lost, which may be %llu too many\n",
			(unsigned long long)events, (unsigned long long)told,
			(unsigned long long)lost, (unsigned long long)excused);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const u8 *input, size_t size);

int LLVMFuzzerTestOneInput(const u8 *input, size_t size)
{
	const int times = size & 1;
	unsigned int i;

	input_at = input;
	input_end = input + size;
	memset(&exporter, 0, sizeof(exporter));
	memset(&nat, 0, sizeof(nat));
	memset(connections, 0, sizeof(connections));
	queued = 0;
	memset(&dumps, 0, sizeof(dumps));
	lose_next = false;
	break_next = false;
	told_of_loss = false;
	events = 0;
	told = 0;
	excused = 0;
	clashes = 0;
	unloads = 0;
	forged = 0;
	shim_module_load = load;
	clash_begun = false;
	memset(ended, 0, sizeof(ended));
	/* a small machine: the memory of ends is soon cleared, and has room for all ends */
	shim_totalram_pages = (512 << 20) / PAGE_SIZE;
	shim_boot_ms = 1000;
	shim_real_ns = 1000 * 1000000000ULL;
	net.ct.sysctl_events = NFL_CONNTRACK_EVENTS_ALWAYS;
	net.ct.sysctl_tstamp = times;
	net.ct.nf_conntrack_event_cb = &net;
	nfl_natevents_init(&nat, &net, &exporter);
	/* some connections are older than the listener */
	for (i = 0; size && i < CONNECTIONS; i++) {
		connections[i].is_alive = *input >> i & 1;
		connections[i].is_translated = i & 1;
		connections[i].is_older = true;
		connections[i].start = i & 2 ? 999000 : 0;
		/* the start of an older connection is reported too */
		excused += connections[i].is_alive && connections[i].is_translated;
	}
	if (nfl_natevents_enable(&nat, false))
		abort();
	while (input_at < input_end) {
		for (i = *input_at++ % 8; i; i--)
			step();
		run();
	}
	settle();
	if (!net.ct.sysctl_tstamp)
		fail("conntrack does not store times", 0);
	nfl_natevents_disable(&nat);
	if (net.ct.sysctl_tstamp != times)
		fail("nf_conntrack_timestamp is not as it was", 0);
	if (sockets_open || shim_alloc_out) {
		fprintf(stderr, "something is left behind\n");
		abort();
	}
	return 0;
}
