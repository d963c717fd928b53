/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Destinations, as the setting names them.
 */
#ifndef NFL_TRANSPORT_DESTINATION_H
#define NFL_TRANSPORT_DESTINATION_H

#include <linux/list.h>
#include <linux/types.h>

#include "transport/collector.h"

/* The collectors of a destination, at most. */
#define NFL_COLLECTORS_MAX	16

/**
 * struct nfl_destination - one or several collectors for the same records
 * @list: in a list of destinations
 * @shares: they share the load; otherwise the first one that is alive receives all
 * @logs: a bit for each &enum nfl_log_kind that is sent
 * @has_fields: it has words of `fields` of its own
 * @fields: these, a bit of &enum nfl_extra each
 * @count: number of collectors
 * @collector: the collectors
 */
struct nfl_destination {
	struct list_head list;
	bool shares;
	u8 logs;
	bool has_fields;
	u16 fields;
	u8 count;
	struct nfl_collector collector[];
};

int nfl_destinations_parse(const char *text, struct list_head *destinations);
void nfl_destinations_free(struct list_head *destinations);

#endif /* NFL_TRANSPORT_DESTINATION_H */
