/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sources of records: flows, NAT events, options data.
 */
#ifndef NFL_PROTOCOL_RECORD_H
#define NFL_PROTOCOL_RECORD_H

#include <linux/if.h>
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <linux/types.h>

#include "flow/flow.h"

/* Kinds of records; the comments give the type of @which and the type of @source. */
enum nfl_record_kind {
	NFL_RECORD_FLOW,	/* enum nfl_family, struct nfl_record */
	NFL_RECORD_NAT_EVENT,	/* 0, struct nfl_nat_record */
	NFL_RECORD_OPTIONS,	/* enum nfl_options_template, the source of that template */
};

/**
 * struct nfl_record - source of a flow record
 * @flow: the flow
 * @wide: the additional data of a wide flow, NULL if the flow is not wide
 * @realtime: the time of nfl_clock64() 0, milliseconds since 1970
 * @clock: present value of nfl_clock64()
 * @iif: number of the ingress interface in exported records
 * @oif: number of the egress interface in exported records
 * @physical_iif: number of the ingress port of a bridge, for wide flows
 * @physical_oif: number of the egress port of a bridge, for wide flows
 * @selector: the selector, see selector.h
 * @extras: the extra fields of the flow, one bit of &enum nfl_extra each
 * @source_length: prefix length of the source address
 * @destination_length: prefix length of the destination address
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

/* Also a VRF: its number is that of its routing table. */
struct nfl_interface {
	u32 index;
	char name[IFNAMSIZ];
	char description[NFL_INTERFACE_DESCRIPTION];
};

/* The end points of one direction, as in packets of that direction. */
struct nfl_endpoints {
	union nf_inet_addr source;
	union nf_inet_addr destination;
	__be16 source_port;		/* ICMP: the identifier */
	__be16 destination_port;	/* ICMP: 0 */
};

/* The values of natEvent (RFC 8158 section 4.3) that are used. */
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
 * @zone: conntrack zone
 * @before: end points before translation
 * @after: end points after translation
 * @time: time of the event, milliseconds since 1970
 * @start: start of the session, milliseconds since 1970
 * @realtime: as in &struct nfl_record
 * @clock: as in &struct nfl_record
 * @has_counters: @packets and @octets are valid; they are those of an ended connection
 * @packets: packets of the original and of the reply direction
 * @octets: octets of the original and of the reply direction
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
	bool has_counters;
	u64 packets[2];
	u64 octets[2];
};

/*
 * Convert the time of a NAT event to sysUptime (32 bits). A time that is further in the past
 * than half the range would look like a future time. If the real-time clock was set, the
 * event may have any time.
 */
static inline u32 nfl_nat_uptime(const struct nfl_nat_record *record, u64 time)
{
	const u64 now = record->realtime + record->clock;
	const u64 age = time < now ? now - time : 0;

	return (u32)(record->clock - min3(age, record->clock, (u64)S32_MAX));
}

#endif /* NFL_PROTOCOL_RECORD_H */
