/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Probes: what a session sends to a collector that may not be there.
 */
#ifndef NFL_TRANSPORT_PROBE_H
#define NFL_TRANSPORT_PROBE_H

#include <linux/jiffies.h>
#include <linux/types.h>

struct nfl_session;

/* So long a probe waits for the neighbour's address, or an error. */
#define NFL_PROBE_MAX	(5 * HZ)

bool nfl_probe_may_begin(struct nfl_session *session);
bool nfl_probe_ended(struct nfl_session *session);
unsigned long nfl_probe_delay(struct nfl_session *session);
bool nfl_session_is_reachable(struct nfl_session *session);

#endif /* NFL_TRANSPORT_PROBE_H */
