/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Export protocols: each is a struct of operations.
 */
#ifndef NFL_PROTOCOL_PROTOCOL_H
#define NFL_PROTOCOL_PROTOCOL_H

#include "protocol/layout.h"
#include "protocol/message.h"
#include "protocol/template.h"

/**
 * struct nfl_header - header values of the Transport Session with a destination
 * @domain: Observation Domain ID; NetFlow's source id or engine id
 * @sequence: sequence number, in the protocol's unit, including lost messages
 */
struct nfl_header {
	u32 domain;
	u32 sequence;
};

/**
 * struct nfl_protocol - an export protocol
 * @version: the version number in message headers
 * @name: the name in messages to users
 * @header_length: octets of a message header
 * @body_max: maximum length of a body
 * @templates: the templates of the protocol, NULL for none
 * @takes: can the protocol express such a record? NULL if it can express all records.
 * @header: write the header of a message at sending time
 * @add: add a record for which @takes is true; returns false if the body is full. Options
 *	data that the protocol cannot express are left out without an error.
 * @add_template: add a template; returns false if the body is full. NULL for a protocol
 *	without templates.
 * @finish: complete the body; no record is added after this
 * @counts: the amount by which a body advances the sequence number
 *
 * Context: process; the operations do not sleep.
 */
struct nfl_protocol {
	u8 version;
	const char *name;
	u8 header_length;
	u16 body_max;
	const struct nfl_templates *templates;
	bool (*takes)(enum nfl_record_kind kind, unsigned int which, const void *source);
	void (*header)(u8 *at, const struct nfl_body *body, const struct nfl_header *session);
	bool (*add)(struct nfl_body *body, enum nfl_record_kind kind, unsigned int which,
		    const void *source);
	bool (*add_template)(struct nfl_body *body, const struct nfl_layout *layout);
	void (*finish)(struct nfl_body *body);
	u32 (*counts)(const struct nfl_body *body);
};

extern const struct nfl_protocol nfl_ipfix;
extern const struct nfl_protocol nfl_netflow9;
extern const struct nfl_protocol nfl_netflow5;

extern const struct nfl_protocol *const nfl_protocols[NFL_PROTOCOLS];

int nfl_protocol_find(u32 version);

#endif /* NFL_PROTOCOL_PROTOCOL_H */
