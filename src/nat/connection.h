/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection, as conntrack's nfnetlink messages describe it.
 */
#ifndef NFL_NAT_CONNECTION_H
#define NFL_NAT_CONNECTION_H

#include <linux/types.h>

#include "protocol/record.h"

struct nlmsghdr;

/**
 * struct nfl_connection - a connection
 * @before: end points of the originator's packets before translation
 * @after: end points of the same packets after translation
 * @id: conntrack's id
 * @zone: conntrack zone, 0 if none
 * @family: AF_INET or AF_INET6
 * @protocol: protocol number
 * @icmp: type and code of the originator's packets, 256 * type + code; 0 for other protocols
 * @is_new: the connection is new or exists; false if it has ended
 * @is_dying: conntrack is removing the connection: a DESTROY event was or will be sent
 * @is_clash: the connection lost the race to be inserted: only a DESTROY event is sent
 * @is_translated: @before and @after differ
 * @has_counters: @packets and @octets are valid
 * @packets: packets of the original and of the reply direction
 * @octets: octets of the original and of the reply direction
 * @start: the start of the connection in milliseconds since 1970, 0 if conntrack did not
 *	record it
 * @stop: the end of the connection, likewise
 */
struct nfl_connection {
	struct nfl_endpoints before;
	struct nfl_endpoints after;
	u32 id;
	u16 zone;
	u8 family;
	u8 protocol;
	u16 icmp;
	bool is_new;
	bool is_dying;
	bool is_clash;
	bool is_translated;
	bool has_counters;
	u64 packets[2];
	u64 octets[2];
	u64 start;
	u64 stop;
};

bool nfl_connection_parse(const struct nlmsghdr *nlh, struct nfl_connection *connection);

#endif /* NFL_NAT_CONNECTION_H */
