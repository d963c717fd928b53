/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Templates: which elements a record has, and how to write it.
 */
#ifndef NFL_TEMPLATE_H
#define NFL_TEMPLATE_H

#include <linux/if.h>
#include <linux/kernel.h>

#include "flow/flow.h"
#include "nat/connection.h"
#include "protocol/elements.h"

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

struct nfl_record;

/**
 * struct nfl_block - extra fields that a template may have behind its own
 * @fields: the fields
 * @encode: writes them; the record is one of a wide flow
 * @count: of fields
 * @length: of what @encode writes
 * @place: in which templates it is, see layout.c
 */
struct nfl_block {
	const struct nfl_field *fields;
	void (*encode)(u8 *at, const struct nfl_record *record);
	u8 count;
	u8 length;
	u8 place;
};

/* What records are of; beside it, what "which" then is and what the source is. */
enum nfl_record_kind {
	NFL_RECORD_FLOW,	/* enum nfl_family, struct nfl_record */
	NFL_RECORD_NAT_EVENT,	/* 0, struct nfl_nat_record */
	NFL_RECORD_OPTIONS,	/* enum nfl_options_template, that template's */
};

/**
 * struct nfl_record - what a flow's record is made from
 * @flow: the flow
 * @wide: what it has more, NULL if it is not wide
 * @realtime: that of nfl_clock64() 0, milliseconds since 1970
 * @clock: nfl_clock64() of now
 * @iif: the number that collectors know the ingress interface by
 * @oif: the egress interface's
 * @physical_iif: that of the bridge's port, of wide flows
 * @physical_oif: likewise
 * @selector: how it was sampled, see selector.h
 * @extras: the extra fields that it has, a bit of &enum nfl_extra each
 * @source_length: prefix length of the source address
 * @destination_length: and of the destination address
 */
struct nfl_record {
	const struct nfl_flow *flow;
	const struct nfl_wide *wide;
	u64 realtime;
	u64 clock;
	u32 iif;
	u32 oif;
	u32 physical_iif;
	u32 physical_oif;
	u32 selector;
	u16 extras;
	u8 source_length;
	u8 destination_length;
};

/* Sources of options records; all times are milliseconds since 1970. */
struct nfl_metering_statistics {
	u32 domain;
	u64 messages;
	u64 flows;
	u64 octets;
	u64 observed_flows;
	u64 start_time;
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

/* @selector: see selector.h */
struct nfl_selector_record {
	u32 domain;
	u32 selector;
	u64 flows;
	u64 selected_flows;
	u64 packets;
	u64 selected_packets;
};

#define NFL_SYSTEM_NAME	48

struct nfl_system {
	u32 domain;
	u64 boot_time;
	char name[NFL_SYSTEM_NAME];
};

#define NFL_INTERFACE_DESCRIPTION	32

/* Also a VRF, whose number is that of its routing table. */
struct nfl_interface {
	u32 index;
	char name[IFNAMSIZ];
	char description[NFL_INTERFACE_DESCRIPTION];
};

/* Values of natEvent (RFC 8158 section 4.3) that a Linux router has a use for. */
enum nfl_nat_event {
	NFL_NAT_TRANSLATION_CREATE = 1,
	NFL_NAT_TRANSLATION_DELETE = 2,
	NFL_NAT44_SESSION_CREATE = 4,
	NFL_NAT44_SESSION_DELETE = 5,
};

/**
 * struct nfl_nat_record - source of a NAT event's record
 * @event: natEvent
 * @family: AF_INET or AF_INET6
 * @protocol: protocol number
 * @zone: conntrack's zone
 * @before: end points before translation
 * @after: and after it
 * @time: milliseconds since 1970 of the event
 * @start: of the session's begin
 * @realtime: as in &struct nfl_record
 * @clock: likewise
 * @counters: the connection as it ended, if it has counts, else NULL
 */
struct nfl_nat_record {
	u8 event;
	u8 family;
	u8 protocol;
	u16 zone;
	const struct nfl_endpoints *before;
	const struct nfl_endpoints *after;
	u64 time;
	u64 start;
	u64 realtime;
	u64 clock;
	const struct nfl_connection *counters;
};

/*
 * A NAT event's time by the clock of flows, in the 32 bits of NetFlow's sysUptime: a
 * time that is longer ago than half their range would look like one to come. A
 * clock that was set may make a time anything.
 */
static inline u32 nfl_nat_uptime(const struct nfl_nat_record *record, u64 time)
{
	const u64 now = record->realtime + record->clock;
	const u64 age = time < now ? now - time : 0;

	return (u32)(record->clock - min3(age, record->clock, (u64)S32_MAX));
}

/*
 * Indices of the tables below. Those of translated flows come after the others
 * in the same order, NFL_TEMPLATE_TRANSLATED further on.
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
 * All templates of a protocol; one without fields is not in it. @blocks: extra fields
 * of flows, by &enum nfl_extra.
 */
struct nfl_templates {
	struct nfl_template flow[NFL_FLOW_TEMPLATES];
	struct nfl_template nat[NFL_NAT_TEMPLATES];
	struct nfl_template options[NFL_OPTIONS_TEMPLATES];
	const struct nfl_block *blocks;
};

static_assert(offsetof(struct nfl_templates, blocks) ==
	      NFL_TEMPLATES * sizeof(struct nfl_template));

extern const struct nfl_templates nfl_ipfix_templates;
extern const struct nfl_templates nfl_netflow9_templates;
extern const struct nfl_block nfl_ipfix_blocks[];
extern const struct nfl_block nfl_netflow9_blocks[];

const struct nfl_template *nfl_template_for(const struct nfl_templates *templates,
					    enum nfl_record_kind kind, unsigned int which,
					    const void *source);
const struct nfl_template *nfl_template_next(const struct nfl_templates *templates,
					     unsigned int *number);
bool nfl_template_is_ipv4(enum nfl_flow_template template);

#endif /* NFL_TEMPLATE_H */
