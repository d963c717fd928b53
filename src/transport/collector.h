/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A collector, as the setting `destination` names it.
 */
#ifndef NFL_TRANSPORT_COLLECTOR_H
#define NFL_TRANSPORT_COLLECTOR_H

#include <linux/bits.h>
#include <linux/if.h>
#include <linux/socket.h>
#include <linux/types.h>

#include "base/config.h"

/* Room for "[address]:port@[source]%interface/protocol", and the words of the content. */
#define NFL_COLLECTOR_NAME	224

/*
 * The words with a number: X(name, word, minimum, maximum). A rate is in bits per second, in
 * units of 8 here.
 */
#define NFL_COLLECTOR_NUMBERS(X)					\
	X(MTU, "mtu", NFL_MTU_LEAST, 65535)				\
	X(SPORT, "sport", 1, 65535)					\
	X(MARK, "mark", 0, U32_MAX)					\
	X(DSCP, "dscp", 0, 63)						\
	X(HOPS, "hops", 1, 255)						\
	X(DOMAIN, "domain", 0, U32_MAX)					\
	X(RATE, "rate", 1000, U32_MAX)

enum nfl_collector_number {
#define X(name, ...) NFL_COLLECTOR_##name,
	NFL_COLLECTOR_NUMBERS(X)
#undef X
	NFL_COLLECTOR_NUMBERS_COUNT
};

/**
 * struct nfl_collector - where messages go, and how
 * @address: of the collector
 * @source: to send from; family AF_UNSPEC for any
 * @interface: to send by; empty for any
 * @version: of its own protocol; 0 if it has that of the setting
 * @numbers: a bit for each &enum nfl_collector_number that is set
 * @number: their values
 * @name: its identity as text: all of the above but the numbers
 */
struct nfl_collector {
	struct sockaddr_storage address;
	struct sockaddr_storage source;
	char interface[IFNAMSIZ];
	u8 version;
	u8 numbers;
	u32 number[NFL_COLLECTOR_NUMBERS_COUNT];
	char name[NFL_COLLECTOR_NAME];
};

/* The value of a word, or what holds without it. */
static inline u32 nfl_collector_number(const struct nfl_collector *collector,
				       enum nfl_collector_number number, u32 otherwise)
{
	return collector->numbers & BIT(number) ? collector->number[number] : otherwise;
}

int nfl_collector_parse_endpoints(const char *text, const char *end,
				  struct nfl_collector *collector);
int nfl_collector_parse_source(const char *text, const char *end,
			       struct nfl_collector *collector);
int nfl_collector_parse_interface(const char *text, const char *end,
				  struct nfl_collector *collector);
void nfl_collector_set_name(struct nfl_collector *collector);

#endif /* NFL_TRANSPORT_COLLECTOR_H */
