// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting until a session's socket accepts a message again.
 *
 * A socket with a full send buffer is tried again when the kernel says that the buffer is half
 * empty. For that an entry is in the socket's wait queue, as of a process in poll(). The
 * socket's own callbacks stay as they are: an skb in a queueing discipline may call them
 * after the socket was closed, and after this module was unloaded. An entry that was removed
 * from the queue is not called, and neither is it during its removal, so it is removed before
 * the socket is closed.
 *
 * A queueing discipline that drops a message says nothing when it has room again, so a
 * socket that lost one there is tried again after a time that doubles.
 *
 * Context of all functions but room_made(): process, under the sender's lock.
 */
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <net/sock.h>

#include "transport/room.h"
#include "transport/session.h"
#include "transport/transport.h"

/* The longest time between two tries after a message was dropped, in jiffies. */
#define BACKOFF_MAX	16

/* The send buffer is half empty, or there is an answer. Context: any; the queue is locked. */
static int room_made(wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct nfl_room *room = container_of(entry, struct nfl_room, entry);
	struct nfl_transport *transport = room->session->transport;

	if (key && !(key_to_poll(key) & (EPOLLOUT | EPOLLERR)))
		return 0;
	/* it stays in the queue until the sender has run */
	if (!READ_ONCE(room->is_there)) {
		WRITE_ONCE(room->is_there, true);
		if (transport->wake)
			transport->wake(transport);
	}
	return 0;
}

static void wait_for_time(struct nfl_room *room)
{
	room->is_dropped = true;
	room->backoff = clamp_t(unsigned int, 2 * room->backoff, 1, BACKOFF_MAX);
	room->retry = jiffies + room->backoff;
}

/**
 * nfl_room_wait() - wait for room
 * @session: the session, with a socket
 * @err: why a message was not accepted: -EAGAIN if the send buffer is full, -ENOBUFS, -ENOMEM
 */
void nfl_room_wait(struct nfl_session *session, int err)
{
	struct nfl_room *room = &session->room;
	struct sock *sk = session->socket->sk;

	nfl_room_end(session);
	if (err != -EAGAIN) {
		wait_for_time(room);
		return;
	}
	init_waitqueue_func_entry(&room->entry, room_made);
	room->session = session;
	room->is_there = false;
	room->is_full = true;
	add_wait_queue(sk_sleep(sk), &room->entry);
	/* the kernel looks for entries after an skb has left: pairs with sock_def_write_space() */
	smp_mb();
	room->filled = sk_wmem_alloc_get(sk);
	/* no later skb may call the entry: it was another reason, or there is room by now */
	if (2 * room->filled <= READ_ONCE(sk->sk_sndbuf)) {
		nfl_room_end(session);
		wait_for_time(room);
	}
}

/**
 * nfl_room_is_there() - may a message be tried?
 * @session: the session
 */
bool nfl_room_is_there(struct nfl_session *session)
{
	struct nfl_room *room = &session->room;

	if (room->is_full && !READ_ONCE(room->is_there))
		return false;
	if (room->is_dropped && time_before(jiffies, room->retry))
		return false;
	nfl_room_end(session);
	return true;
}

/**
 * nfl_room_look() - has any message left the full send buffer since the last look?
 * @session: the session
 */
void nfl_room_look(struct nfl_session *session)
{
	struct nfl_room *room = &session->room;
	const u32 before = room->filled;

	room->grows = false;
	if (!room->is_full)
		return;
	room->filled = sk_wmem_alloc_get(session->socket->sk);
	room->grows = room->filled < before;
}

/**
 * nfl_room_delay() - when to try again
 * @session: the session
 *
 * Return: jiffies from now; MAX_JIFFY_OFFSET if the sender is woken.
 */
unsigned long nfl_room_delay(const struct nfl_session *session)
{
	const struct nfl_room *room = &session->room;

	if (room->is_full)
		return READ_ONCE(room->is_there) ? 0 : MAX_JIFFY_OFFSET;
	return room->is_dropped && time_after(room->retry, jiffies) ? room->retry - jiffies : 0;
}

/**
 * nfl_room_end() - wait no more
 * @session: the session; its socket is still there
 */
void nfl_room_end(struct nfl_session *session)
{
	struct nfl_room *room = &session->room;

	if (room->is_full)
		remove_wait_queue(sk_sleep(session->socket->sk), &room->entry);
	room->is_full = false;
	room->is_dropped = false;
}
