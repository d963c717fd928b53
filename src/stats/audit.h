/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The account, counted.
 */
#ifndef NFL_STATS_AUDIT_H
#define NFL_STATS_AUDIT_H

#include "transport/account.h"

struct nfl_exporter;

/* Where a packet may be, in the order of its way; of those from TABLE on flows are known. */
#define NFL_AUDIT_LIST(X)							\
	X(SEEN, "seen")			/* by a rule or a hook */	\
	X(IGNORED, "ignored")		/* not metered */		\
	X(UNSAMPLED, "unsampled")	/* a sampler left the packet out */	\
	X(TABLE, "table")		/* counted */			\
	X(BATCHES, "batches")		/* counted */			\
	X(MESSAGES, "messages")		/* counted, in the log */	\
	X(SENT, "sent")							\
	X(DISCARDED, "discarded")	/* a sampler left the record out */	\
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
 * struct nfl_audit - the account, counted
 * @at: what is at each place
 * @missing: what is nowhere, or at a CPU that does not answer
 * @unmerged: flows that were exported though a CPU that did not answer may have a part of them
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
