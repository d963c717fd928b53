/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Destinations, as the setting names them.
 */
#ifndef NFL_TRANSPORT_DESTINATION_H
#define NFL_TRANSPORT_DESTINATION_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/socket.h>
#include <linux/types.h>

/* Room for "[address]:port@[source]%interface/protocol". */
#define NFL_DESTINATION_NAME	160

/**
 * struct nfl_destination - a collector
 * @list: in a list of destinations
 * @address: of the collector
 * @source: to send from; family AF_UNSPEC if it is all the same
 * @interface: to send by; empty if it is all the same
 * @version: of its own protocol; 0 if it has that of the setting
 * @name: the four, for people
 */
struct nfl_destination {
	struct list_head list;
	struct sockaddr_storage address;
	struct sockaddr_storage source;
	char interface[IFNAMSIZ];
	u8 version;
	char name[NFL_DESTINATION_NAME];
};

int nfl_destinations_parse(const char *text, struct list_head *destinations);
void nfl_destinations_free(struct list_head *destinations);

#endif /* NFL_TRANSPORT_DESTINATION_H */
