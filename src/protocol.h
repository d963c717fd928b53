/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an export protocol can do. One struct of operations each.
 */
#ifndef NFL_PROTOCOL_H
#define NFL_PROTOCOL_H

#include "message.h"
#include "template.h"

/* What records are of; beside it, what "which" then is and what the source is. */
enum nfl_record_kind {
	NFL_RECORD_FLOW,	/* enum nfl_family, struct nfl_record */
	NFL_RECORD_NAT_EVENT,	/* 0, struct nfl_nat_record */
	NFL_RECORD_OPTIONS,	/* enum nfl_options_template, that template's */
};

/**
 * struct nfl_protocol - an export protocol
 * @version: the number in its headers
 * @name: for people
 * @header_length: octets of a message's header
 * @header: write the header of @message as it leaves. @sequence is the number
 *	of data records that the destination was sent (or lost) before.
 * @add: add a record; false if the message has no room for it
 * @add_templates: add templates from number *@next on, as many as there is room
 *	for; false while some are left
 * @finish: nothing more will be added
 *
 * Context: process; none sleeps.
 */
struct nfl_protocol {
	u8 version;
	const char *name;
	u8 header_length;
	void (*header)(u8 *at, const struct nfl_message *message, u32 sequence, u32 domain);
	bool (*add)(struct nfl_message *message, enum nfl_record_kind kind, unsigned int which,
		    const void *source);
	bool (*add_templates)(struct nfl_message *message, unsigned int *next);
	void (*finish)(struct nfl_message *message);
};

extern const struct nfl_protocol nfl_ipfix;

#endif /* NFL_PROTOCOL_H */
