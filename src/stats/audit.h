/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit of the account.
 */
#ifndef NFL_STATS_AUDIT_H
#define NFL_STATS_AUDIT_H

#include "transport/account.h"

struct nfl_exporter;

/* The places of a packet, in the order of its path; from TABLE on flows are counted, too. */
#define NFL_AUDIT_LIST(X)							\
	X(SEEN, "seen")			/* by a rule or a hook */	\
	X(IGNORED, "ignored")		/* not metered */		\
	X(UNSAMPLED, "unsampled")	/* a sampler did not select the packet */	\
	X(TABLE, "table")		/* counted */			\
	X(BATCHES, "batches")		/* counted */			\
	X(MESSAGES, "messages")		/* counted, in the log */	\
	X(SENT, "sent")							\
	X(DISCARDED, "discarded")	/* a sampler did not select the record */	\
	/* lost: evicted while the exporter's queue was full, ... */	\
	X(DROPPED, "dropped")						\
	/* ... no protocol in use can express it, ... */		\
	X(WITHHELD, "withheld")						\
	/* ... it fits into no message, ... */				\
	X(UNMADE, "unmade")						\
	/* ... no destination took it */				\
	X(UNSENT, "unsent")

enum nfl_audit_place {
#define X(name, ...) NFL_AUDIT_##name,
	NFL_AUDIT_LIST(X)
#undef X
	NFL_AUDIT_PLACES
};

/**
 * struct nfl_audit - the result of an audit
 * @at: packets, octets and flows in each place
 * @missing: those that are in no place, or at a CPU that does not answer
 * @unmerged: flows that were exported while a CPU that did not answer may have had a part
 * @absent: CPUs that do not answer
 * @unanswered: flows of MESSAGES that were sent, to each destination, and may be refused
 * @streams: destinations
 * @unbalanced: those of them whose account does not balance: what was appended to the log of
 *	flows since they began is not what was sent, lost, passed over and waits
 */
struct nfl_audit {
	struct nfl_account at[NFL_AUDIT_PLACES];
	struct nfl_account missing;
	u64 unmerged;
	unsigned int absent;
	struct nfl_account unanswered;
	unsigned int streams;
	unsigned int unbalanced;
};

extern const char *const nfl_audit_names[NFL_AUDIT_PLACES];

void nfl_audit_take(struct nfl_exporter *export, struct nfl_audit *audit);
void nfl_audit_close(struct nfl_exporter *export);

#endif /* NFL_STATS_AUDIT_H */
