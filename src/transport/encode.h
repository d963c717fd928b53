/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of a log, written into a message.
 */
#ifndef NFL_TRANSPORT_ENCODE_H
#define NFL_TRANSPORT_ENCODE_H

#include "protocol/protocol.h"
#include "transport/account.h"
#include "transport/block.h"
#include "transport/log.h"
#include "transport/share.h"

/**
 * struct nfl_told - what a session has counted; options data contain it
 * @messages: messages sent
 * @octets: octets of these
 * @since: nfl_clock64() since which they are counted
 * @sent: records sent, by &enum nfl_log_kind
 * @lost: records that were to be sent and were not, likewise
 * @lost_first: when one was first lost, milliseconds since 1970; 0 if none was
 * @lost_last: when one was last lost
 */
struct nfl_told {
	u64 messages;
	u64 octets;
	u64 since;
	struct nfl_account sent[NFL_LOGS];
	struct nfl_account lost[NFL_LOGS];
	u64 lost_first[NFL_LOGS];
	u64 lost_last[NFL_LOGS];
};

enum nfl_encoded {
	NFL_ENCODED_ALL,	/* all records up to the end */
	NFL_ENCODED_FULL,	/* the message has no room for the next record */
	NFL_ENCODED_NO_TEMPLATE,	/* the template of the next record was not sent */
};

/**
 * struct nfl_encoder - records being written into a message
 * @protocol: of the message
 * @body: the message
 * @sets: the sets of extra fields for which templates were sent
 * @told: what the session has counted
 * @realtime: as in &struct nfl_record
 * @clock: as in &struct nfl_record
 * @fresh: records before this position that are marked in nfl_block.before are passed over
 * @share: records outside of it are passed over
 * @at: the first record that is not written yet; updated
 * @sum: records written
 * @passed: records passed over
 * @withheld: those of @passed that the protocol cannot express and that no other stream
 *	has passed over before
 * @domain: the observation domain of the message
 * @extras: the extra fields that records may have
 * @missing: with NFL_ENCODED_NO_TEMPLATE, the extra fields of the record
 * @is_partial: some were passed over because the protocol cannot express them
 */
struct nfl_encoder {
	const struct nfl_protocol *protocol;
	struct nfl_body *body;
	const struct nfl_extra_sets *sets;
	const struct nfl_told *told;
	u64 realtime;
	u64 clock;
	struct nfl_position fresh;
	struct nfl_share share;
	struct nfl_position at;
	struct nfl_account sum;
	struct nfl_account passed;
	struct nfl_account withheld;
	u32 domain;
	u16 extras;
	u16 missing;
	bool is_partial;
};

enum nfl_encoded nfl_encode(struct nfl_encoder *encoder, const struct nfl_log *log,
			    const struct nfl_position *end);

#endif /* NFL_TRANSPORT_ENCODE_H */
