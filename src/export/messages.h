/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages that are being filled.
 */
#ifndef NFL_EXPORT_MESSAGES_H
#define NFL_EXPORT_MESSAGES_H

#include "protocol/protocol.h"

struct nfl_export_account;
struct nfl_transport;
struct nfl_worker;

/*
 * All bodies of a message tell of the same flows. Where NetFlow v5 is used beside
 * another protocol, records that it cannot tell of are in messages without it.
 */
enum nfl_message_kind {
	NFL_MESSAGE_ALL,	/* for all protocols in use */
	NFL_MESSAGE_RICH,	/* for those that take all records */
	NFL_MESSAGES,
};

/**
 * struct nfl_messages - the messages that are being filled
 * @message: being filled, or NULL; by &enum nfl_message_kind; under the exporter's lock
 * @count: messages made; likewise
 * @octets: in them; written under the lock, read by READ_ONCE
 * @worker: gives them to the destinations when they are due
 * @transport: the destinations
 * @account: what became of the flows
 */
struct nfl_messages {
	struct nfl_message *message[NFL_MESSAGES];
	u64 count;
	u64 octets;
	struct nfl_worker *worker;
	struct nfl_transport *transport;
	struct nfl_export_account *account;
};

void nfl_export_close_messages(struct nfl_messages *messages);
unsigned long nfl_export_tend_messages(struct nfl_messages *messages);
bool nfl_export_is_open(const struct nfl_messages *messages);
struct nfl_message *nfl_export_add(struct nfl_messages *messages, enum nfl_record_kind kind,
				   unsigned int which, const void *source);
bool nfl_export_nat_record(struct nfl_messages *messages, const struct nfl_nat_record *record);

#endif /* NFL_EXPORT_MESSAGES_H */
