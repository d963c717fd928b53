/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What conntrack says of a connection, as nfnetlink messages carry it.
 */
#ifndef NFL_NAT_CONNECTION_H
#define NFL_NAT_CONNECTION_H

#include <linux/types.h>

#include "protocol/record.h"

struct nlmsghdr;

/**
 * struct nfl_connection - a connection
 * @before: the originator's packets, before any translation
 * @after: the same packets after it
 * @id: conntrack's id
 * @zone: conntrack zone, 0 if none
 * @family: AF_INET or AF_INET6
 * @protocol: protocol number
 * @is_new: the message says that it is new or that it exists; else it has ended
 * @is_dying: it is about to end: its end was or will be reported
 * @is_translated: source or destination are not the same after as before
 * @has_counters: @packets and @octets are counts
 * @packets: of the original and of the reply direction
 * @octets: likewise
 * @start: milliseconds since 1970 at which it began, 0 if conntrack did not note it
 * @stop: at which it ended, likewise
 */
struct nfl_connection {
	struct nfl_endpoints before;
	struct nfl_endpoints after;
	u32 id;
	u16 zone;
	u8 family;
	u8 protocol;
	bool is_new;
	bool is_dying;
	bool is_translated;
	bool has_counters;
	u64 packets[2];
	u64 octets[2];
	u64 start;
	u64 stop;
};

bool nfl_connection_parse(const struct nlmsghdr *nlh, struct nfl_connection *connection);

#endif /* NFL_NAT_CONNECTION_H */
