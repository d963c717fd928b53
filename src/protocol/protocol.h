/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an export protocol can do. One struct of operations each.
 */
#ifndef NFL_PROTOCOL_PROTOCOL_H
#define NFL_PROTOCOL_PROTOCOL_H

#include "protocol/layout.h"
#include "protocol/message.h"
#include "protocol/template.h"

/**
 * struct nfl_session - what a header says of the session with a destination
 * @domain: observation domain, NetFlow's source id or engine id
 * @sequence: what was sent or lost before, in the protocol's own measure
 */
struct nfl_session {
	u32 domain;
	u32 sequence;
};

/**
 * struct nfl_protocol - an export protocol
 * @version: the number in its headers
 * @name: for people
 * @header_length: octets of a message's header
 * @body_max: octets that a body may have at most
 * @templates: those that it has, NULL for none
 * @takes: can it express such a record? NULL if it can express all.
 * @header: write the header of a message as it leaves
 * @add: add a record that it takes; false if the body has no room for it. Options
 *	data that the protocol has no words for are left out silently.
 * @add_templates: add templates from number *@next on, those with these sets of extra
 *	fields among them, as many as there is room for; false while some are left. A
 *	protocol without templates has none.
 * @finish: nothing more will be added
 * @counts: by how much a body advances the session's sequence number
 *
 * Context: process; none sleeps.
 */
struct nfl_protocol {
	u8 version;
	const char *name;
	u8 header_length;
	u16 body_max;
	const struct nfl_templates *templates;
	bool (*takes)(enum nfl_record_kind kind, unsigned int which, const void *source);
	void (*header)(u8 *at, const struct nfl_body *body, const struct nfl_session *session);
	bool (*add)(struct nfl_body *body, enum nfl_record_kind kind, unsigned int which,
		    const void *source);
	bool (*add_templates)(struct nfl_body *body, const struct nfl_extra_sets *sets,
			      unsigned int *next);
	void (*finish)(struct nfl_body *body);
	u32 (*counts)(const struct nfl_body *body);
};

extern const struct nfl_protocol nfl_ipfix;
extern const struct nfl_protocol nfl_netflow9;
extern const struct nfl_protocol nfl_netflow5;

extern const struct nfl_protocol *const nfl_protocols[NFL_PROTOCOLS];

int nfl_protocol_find(u32 version);
bool nfl_message_add(struct nfl_message *message, enum nfl_record_kind kind, unsigned int which,
		     const void *source);

#endif /* NFL_PROTOCOL_PROTOCOL_H */
