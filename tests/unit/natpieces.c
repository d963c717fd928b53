// SPDX-License-Identifier: GPL-2.0-only
/*
 * The listener compares many sessions with conntrack's table in pieces: the exporter's lock is
 * never held for long, and events that arrive meanwhile are read.
 */
#define SHIM_CONNTRACK	/* conntrack is available */

#include <linux/slab.h>
#include <net/netlink.h>

#include "shim/listener.h"

#define KBUILD_MODNAME	"natpieces"

#include "../../src/nat/session.c"
#include "../../src/nat/ended.c"
#include "../../src/nat/log.c"
#include "../../src/nat/listener.c"

#include "tap.h"

struct workqueue_struct *nfl_workqueue;

#define SESSIONS	4000	/* that end unnoticed */
#define LATER		300	/* that begin while they are looked up */

/* Events and lookups while the lock is held: 256 events, of which each is two, and 64 lookups. */
#define MOST_AT_ONCE	600

static struct nfl_exporter exporter;
static struct nfl_natevents nat;
static struct net net;
static struct socket sockets[2];
static struct nfl_natsocket natsockets[2];
static struct nfl_connection parsed;
static unsigned int given;	/* so many events were in the socket */
static unsigned int may_give;	/* so many may be so far */
static bool lost, dump_asked, found_asked, looking_up;
static unsigned int begun, ended, at_once, most_at_once, unread, most_unread, finds;
static u64 said_lost;

struct nfl_natsocket *nfl_natsocket_open(struct net *net, struct nfl_works *works, u32 groups)
{
	static struct sock sk[2];
	const unsigned int which = !!groups;

	sockets[which].sk = &sk[which];
	natsockets[which].socket = &sockets[which];
	return &natsockets[which];
}

void nfl_natsocket_close(struct nfl_natsocket *natsocket)
{
}

void nfl_natsocket_listen(struct nfl_natsocket *natsocket, void (*ready)(struct sock *sk),
			  void *data)
{
}

static void work_done(void)
{
	most_at_once = max(most_at_once, ++at_once);
}

int nfl_natsocket_ask(struct nfl_natsocket *natsocket, u32 sequence)
{
	dump_asked = true;
	return 0;
}

int nfl_natsocket_find(struct nfl_natsocket *natsocket, const struct nfl_natsession_key *key,
		       u32 sequence)
{
	work_done();
	finds++;
	most_unread = max(most_unread, ++unread);
	found_asked = true;
	looking_up = true;
	return 0;
}

static int message_put(void *to, unsigned int type, int number)
{
	struct nlmsghdr *nlh = to;
	const size_t room = type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);

	memset(to, 0, NLMSG_HDRLEN + room);
	nlh->nlmsg_len = NLMSG_HDRLEN + room;
	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = nat.sequence;
	*(int *)nlmsg_data(nlh) = number;
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/* The dump is empty, and no session is found. While they are looked up, others begin. */
int kernel_recvmsg(struct socket *socket, struct msghdr *msg, struct kvec *part, size_t count,
		   size_t size, int flags)
{
	if (socket == &sockets[0] && found_asked) {
		found_asked = false;
		return message_put(part->iov_base, NLMSG_ERROR, -ENOENT);
	}
	if (socket == &sockets[0] && dump_asked) {
		dump_asked = false;
		return message_put(part->iov_base, NLMSG_DONE, 0);
	}
	if (socket == &sockets[0])
		return -EAGAIN;
	unread = 0;
	if (lost) {
		lost = false;
		return -ENOBUFS;
	}
	if (looking_up && may_give < SESSIONS + LATER)
		may_give++;
	looking_up = false;
	if (given == may_give)
		return -EAGAIN;
	work_done();
	parsed = (struct nfl_connection) {
		.id = given, .family = AF_INET, .protocol = IPPROTO_UDP, .is_new = true,
		.is_translated = true, .before.source_port = given,
		.after.destination_port = 1,
	};
	given++;
	return message_put(part->iov_base, NLMSG_MIN_TYPE, 0);
}

bool nfl_connection_parse(const struct nlmsghdr *nlh, struct nfl_connection *connection)
{
	*connection = parsed;
	return true;
}

/* The listener asks this before each piece of work. */
bool nfl_transport_is_full(struct nfl_transport *transport, enum nfl_log_kind kind)
{
	at_once = 0;
	return false;
}

void nfl_log_lose_events(struct nfl_log *log, u64 events)
{
	said_lost += events;
}

bool nfl_log_append_event(struct nfl_log *log, const struct nfl_nat_record *record)
{
	work_done();
	if (record->event == NFL_NAT44_SESSION_CREATE)
		begun++;
	else
		ended++;
	return true;
}

int main(void)
{
	tap_begin();
	shim_boot_ms = 1000;
	shim_real_ns = 1000 * 1000000000ULL;
	net.ct.sysctl_events = NFL_CONNTRACK_EVENTS_ALWAYS;
	net.ct.nf_conntrack_event_cb = &net;
	nfl_natevents_init(&nat, &net, &exporter);
	check(!nfl_natevents_enable(&nat, false), "it is not enabled");
	natevents_work(&nat.work.work);
	may_give = SESSIONS;
	natevents_work(&nat.work.work);
	check(begun == SESSIONS && !ended, "%u began, %u ended", begun, ended);
	test("all sessions begin");

	/* their ends are lost */
	atomic_set(&sockets[1].sk->sk_drops, SESSIONS);
	lost = true;
	natevents_work(&nat.work.work);
	check(ended == SESSIONS && finds == SESSIONS && !said_lost, "%u ended of %u, %llu are lost",
	      ended, finds, (unsigned long long)said_lost);
	test("their missed ends are found");
	check(begun > SESSIONS, "only %u began", begun);
	check(most_unread <= 64, "%u lookups before the events are read", most_unread);
	test("events are read meanwhile");
	check(most_at_once <= MOST_AT_ONCE, "%u lookups and events at once", most_at_once);
	test("the lock is released in between");
	nfl_natevents_disable(&nat);
	check(!shim_alloc_out, "%zu octets are lost", shim_alloc_out);
	test("nothing is left");
	return tap_end();
}
