/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting until a session's socket accepts a message again.
 */
#ifndef NFL_TRANSPORT_ROOM_H
#define NFL_TRANSPORT_ROOM_H

#include <linux/types.h>
#include <linux/wait.h>

struct nfl_session;

/**
 * struct nfl_room - what a session waits for that accepts no message
 * @entry: woken by the kernel when the send buffer is half empty
 * @session: the session
 * @is_there: something was woken; any context
 * @is_full: the send buffer is full, and @entry is in the socket's queue
 * @is_dropped: a message was dropped on its way out, or there was no memory for it; the
 *	next one is tried at @retry
 * @retry: in jiffies
 * @backoff: @retry was so many jiffies after the last try
 * @filled: what the send buffer had when it was last looked at
 * @grows: it had more before
 */
struct nfl_room {
	wait_queue_entry_t entry;
	struct nfl_session *session;
	bool is_there;
	bool is_full;
	bool is_dropped;
	unsigned long retry;
	unsigned int backoff;
	u32 filled;
	bool grows;
};

/* Is room waited for? */
static inline bool nfl_room_is_awaited(const struct nfl_room *room)
{
	return room->is_full || room->is_dropped;
}

void nfl_room_wait(struct nfl_session *session, int err);
bool nfl_room_is_there(struct nfl_session *session);
void nfl_room_look(struct nfl_session *session);
unsigned long nfl_room_delay(const struct nfl_session *session);
void nfl_room_end(struct nfl_session *session);

#endif /* NFL_TRANSPORT_ROOM_H */
