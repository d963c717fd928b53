/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates: the fields of a record, and its encoder.
 */
#ifndef NFL_PROTOCOL_TEMPLATE_H
#define NFL_PROTOCOL_TEMPLATE_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "protocol/elements.h"
#include "protocol/record.h"

/**
 * struct nfl_field - a field specifier (RFC 7011 section 3.2)
 * @element: Information Element
 * @length: octets in the record
 * @key: the field is a flow key (flowKeyIndicator, RFC 7011 section 4.4)
 */
struct nfl_field {
	u16 element;
	u16 length;
	bool key;
};

/**
 * struct nfl_template - a template or an options template
 * @fields: the fields, scope fields first
 * @encode: writes a record; the type of the source depends on the template
 * @id: template id, which never changes its meaning
 * @count: number of fields
 * @scope: number of scope fields; 0 in a template of flows
 * @length: octets of a record
 * @alone: each record has a set of its own
 */
struct nfl_template {
	const struct nfl_field *fields;
	void (*encode)(u8 *at, const void *source);
	u16 id;
	u16 count;
	u16 scope;
	u16 length;
	bool alone;
};

/* The templates to which a block is added. */
enum nfl_block_place {
	NFL_BLOCK_EVERYWHERE,
	NFL_BLOCK_WITH_IPV4,
	NFL_BLOCK_WITH_IPV6,
	NFL_BLOCK_WITH_PORTS,
};

/**
 * struct nfl_field_block - extra fields behind the fields of a template
 * @fields: the fields
 * @encode: writes the fields of a wide flow
 * @count: number of fields
 * @length: octets written by @encode
 * @place: the templates to which the block is added, &enum nfl_block_place
 */
struct nfl_field_block {
	const struct nfl_field *fields;
	void (*encode)(u8 *at, const struct nfl_record *record);
	u8 count;
	u8 length;
	u8 place;
};

/*
 * Indices of the tables below. The indices of translated flows follow in the same order,
 * with an offset of NFL_TEMPLATE_TRANSLATED.
 */
enum nfl_flow_template {
	NFL_TEMPLATE_IPV4_PORTS,
	NFL_TEMPLATE_IPV6_PORTS,
	NFL_TEMPLATE_IPV4_ICMP,
	NFL_TEMPLATE_IPV6_ICMP,
	NFL_TEMPLATE_IPV4_SPI,
	NFL_TEMPLATE_IPV6_SPI,
	NFL_TEMPLATE_IPV4_IGMP,
	NFL_TEMPLATE_IPV4_PLAIN,
	NFL_TEMPLATE_IPV6_PLAIN,
	NFL_TEMPLATE_TRANSLATED,
	NFL_FLOW_TEMPLATES = 2 * NFL_TEMPLATE_TRANSLATED,
};

enum nfl_options_template {
	NFL_TEMPLATE_METERING_STATISTICS,
	NFL_TEMPLATE_METERING_RELIABILITY,
	NFL_TEMPLATE_EXPORTING_RELIABILITY,
	NFL_TEMPLATE_FLOW_KEYS,
	NFL_TEMPLATE_INTERFACE,
	NFL_TEMPLATE_VRF,
	NFL_TEMPLATE_SYSTEM,
	NFL_TEMPLATE_SELECT_FLOWS,
	NFL_TEMPLATE_SELECT_FLOWS_RANDOM,
	NFL_TEMPLATE_SELECT_HASH,
	NFL_TEMPLATE_SELECT_PACKETS,
	NFL_TEMPLATE_SELECT_PACKETS_RANDOM,
	NFL_TEMPLATE_SELECTED_FLOWS,
	NFL_TEMPLATE_SELECTED_HASH,
	NFL_TEMPLATE_SELECTED_PACKETS,
	NFL_TEMPLATE_SAMPLER,
	NFL_TEMPLATE_SAMPLING,
	NFL_OPTIONS_TEMPLATES,
};

enum nfl_nat_template {
	NFL_TEMPLATE_NAT_IPV4,
	NFL_TEMPLATE_NAT_IPV6,
	NFL_TEMPLATE_NAT_IPV4_COUNTS,
	NFL_TEMPLATE_NAT_IPV6_COUNTS,
	NFL_NAT_TEMPLATES,
};

#define NFL_TEMPLATES	(NFL_FLOW_TEMPLATES + NFL_NAT_TEMPLATES + NFL_OPTIONS_TEMPLATES)

/*
 * All templates of a protocol. A template without fields does not exist in the protocol.
 * @blocks: extra fields of flows, by &enum nfl_extra.
 * @version: the version number in message headers.
 */
struct nfl_templates {
	struct nfl_template flow[NFL_FLOW_TEMPLATES];
	struct nfl_template nat[NFL_NAT_TEMPLATES];
	struct nfl_template options[NFL_OPTIONS_TEMPLATES];
	const struct nfl_field_block *blocks;
	u8 version;
};

static_assert(offsetof(struct nfl_templates, blocks) ==
	      NFL_TEMPLATES * sizeof(struct nfl_template));

extern const struct nfl_templates nfl_ipfix_templates;
extern const struct nfl_templates nfl_netflow9_templates;
extern const struct nfl_field_block nfl_ipfix_blocks[];
extern const struct nfl_field_block nfl_netflow9_blocks[];

const struct nfl_template *nfl_template_for(const struct nfl_templates *templates,
					    enum nfl_record_kind kind, unsigned int which,
					    const void *source);
const struct nfl_template *nfl_template_next(const struct nfl_templates *templates,
					     unsigned int *number);
unsigned int nfl_templates_count(const struct nfl_templates *templates);
bool nfl_template_is_ipv4(enum nfl_flow_template template);

#endif /* NFL_PROTOCOL_TEMPLATE_H */
