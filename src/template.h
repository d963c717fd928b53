/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates: which elements a record has, and how to write it.
 */
#ifndef NFL_TEMPLATE_H
#define NFL_TEMPLATE_H

#include <linux/if.h>

#include "element.h"
#include "flow.h"

/**
 * struct nfl_field - a field specifier (RFC 7011 section 3.2)
 * @element: information element
 * @length: octets in the record
 * @key: it is a key of the flow (flowKeyIndicator, RFC 7011 section 4.4)
 */
struct nfl_field {
	u16 element;
	u16 length;
	bool key;
};

/**
 * struct nfl_template - a template or an options template
 * @fields: its fields, the scope's first
 * @encode: writes a record; the source's type is the template's
 * @id: template id, which never changes its meaning
 * @count: of fields
 * @scope: how many of them are the scope; 0 in a template of flows
 * @length: of a record
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

/* What a flow's record is made from. @realtime: that of nfl_clock64() 0. */
struct nfl_record {
	const struct nfl_flow *flow;
	u64 realtime;
	u64 clock;
};

/* Sources of options records; all times are milliseconds since 1970. */
struct nfl_metering_statistics {
	u32 domain;
	u64 messages;
	u64 flows;
	u64 octets;
	u64 observed_flows;
	u64 init_time;
};

struct nfl_metering_reliability {
	u32 domain;
	u64 packets;
	u64 octets;
	u64 first;
	u64 last;
};

struct nfl_exporting_reliability {
	u32 process;
	u64 flows;
	u64 packets;
	u64 octets;
	u64 first;
	u64 last;
};

#define NFL_INTERFACE_DESCRIPTION	32

struct nfl_interface {
	u32 index;
	char name[IFNAMSIZ];
	char description[NFL_INTERFACE_DESCRIPTION];
};

/* Indices of the tables below. */
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
	NFL_FLOW_TEMPLATES,
};

enum nfl_options_template {
	NFL_TEMPLATE_METERING_STATISTICS,
	NFL_TEMPLATE_METERING_RELIABILITY,
	NFL_TEMPLATE_EXPORTING_RELIABILITY,
	NFL_TEMPLATE_FLOW_KEYS,
	NFL_TEMPLATE_INTERFACE,
	NFL_OPTIONS_TEMPLATES,
};

extern const struct nfl_template nfl_flow_templates[NFL_FLOW_TEMPLATES];
extern const struct nfl_template nfl_options_templates[NFL_OPTIONS_TEMPLATES];

enum nfl_flow_template nfl_template_for(enum nfl_family family, u8 protocol);
u64 nfl_template_keys(const struct nfl_template *template);

#endif /* NFL_TEMPLATE_H */
