/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What records are made from: flows, NAT events, options data.
 */
#ifndef NFL_PROTOCOL_RECORD_H
#define NFL_PROTOCOL_RECORD_H

#include <linux/if.h>
#include <linux/kernel.h>
#include <linux/netfilter.h>
#include <linux/types.h>

#include "flow/flow.h"

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

/* One direction's end points, as a packet of that direction shows them. */
struct nfl_endpoints {
	union nf_inet_addr source;
	union nf_inet_addr destination;
	__be16 source_port;		/* ICMP: the identifier */
	__be16 destination_port;	/* ICMP: 0 */
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
 * @has_counters: the next two are counts, of the connection as it ended
 * @packets: of the original and of the reply direction
 * @octets: likewise
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

#endif /* NFL_PROTOCOL_RECORD_H */
