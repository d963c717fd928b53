/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The templates that a session has announced, and when.
 */
#ifndef NFL_TRANSPORT_ANNOUNCE_H
#define NFL_TRANSPORT_ANNOUNCE_H

#include <linux/types.h>

struct nfl_body;
struct nfl_session;

/* Templates that are remembered; a power of two. A quarter of the places stays free. */
#define NFL_ANNOUNCED		128
#define NFL_ANNOUNCED_MOST	(NFL_ANNOUNCED * 3 / 4)

/**
 * struct nfl_announced - a template that was announced
 * @id: its id; 0 in a free place
 * @times: how often it was announced since it was new, up to a limit
 * @has_keys: its flow keys were appended to the log of options data, or it has none
 * @messages: nfl_announcements.messages at @time
 * @time: when it was last announced, as nfl_clock64()
 * @keys_time: when its flow keys were last appended, likewise
 */
struct nfl_announced {
	u16 id;
	u8 times;
	bool has_keys;
	u32 messages;
	u64 time;
	u64 keys_time;
};

/**
 * struct nfl_announcements - the templates of a session
 * @place: templates, by a hash of their ids
 * @count: number of templates
 * @has_data: one of them is a template of flows or NAT events
 * @messages: messages with data that the session has sent
 *
 * If there are too many they are all forgotten, and announced again when they are needed. So
 * this takes no allocation that may fail.
 */
struct nfl_announcements {
	struct nfl_announced place[NFL_ANNOUNCED];
	unsigned int count;
	bool has_data;
	u32 messages;
};

/* The place of a template, or the one where it would be. */
static inline struct nfl_announced *
nfl_announced_place(struct nfl_announcements *announcements, u16 id)
{
	unsigned int i = id % NFL_ANNOUNCED;

	while (announcements->place[i].id && announcements->place[i].id != id)
		i = (i + 1) % NFL_ANNOUNCED;
	return &announcements->place[i];
}

static inline bool nfl_is_announced(struct nfl_announcements *announcements, u16 id)
{
	return nfl_announced_place(announcements, id)->id;
}

bool nfl_announce_wanted(struct nfl_session *session, const struct nfl_body *body);
int nfl_announce(struct nfl_session *session, const struct nfl_body *body);
void nfl_announce_keys(struct nfl_session *session, const struct nfl_body *body);
void nfl_announce_anew(struct nfl_session *session);

#endif /* NFL_TRANSPORT_ANNOUNCE_H */
