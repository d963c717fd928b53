// SPDX-License-Identifier: GPL-2.0-only
/*
 * NetFlow v5 messages: a header and up to 30 records of 48 octets with fixed fields.
 *
 * The protocol has no IPv6, counters of 32 bits and interface numbers of 16 bits. IPv6
 * flows are exported only in other protocols (nfl_netflow5.takes). Flows with larger
 * counts are split into several records (transport/encode.c). An interface number that is too
 * large becomes 65535, which ipt-netflow also uses for "unknown". A truncated number could
 * be that of another interface.
 */
#include <linux/ktime.h>
#include <linux/string.h>

#include "base/clock.h"
#include "flow/selector.h"
#include "protocol/protocol.h"

#define NETFLOW5_VERSION	5
#define NETFLOW5_RECORDS	30

struct netflow5_header {
	__be16 version;
	__be16 count;
	__be32 uptime;
	__be32 seconds;
	__be32 nanoseconds;
	__be32 sequence;
	u8 engine_type;
	u8 engine_id;
	__be16 sampling;
} __packed;

struct netflow5_record {
	__be32 saddr;
	__be32 daddr;
	__be32 nexthop;
	__be16 iif;
	__be16 oif;
	__be32 packets;
	__be32 octets;
	__be32 first;
	__be32 last;
	__be16 sport;
	__be16 dport;
	u8 pad;
	u8 tcp_flags;
	u8 protocol;
	u8 tos;
	__be16 source_as;
	__be16 destination_as;
	u8 source_mask;
	u8 destination_mask;
	__be16 pad2;
} __packed;

static_assert(sizeof(struct netflow5_header) == 24);
static_assert(sizeof(struct netflow5_header) <= NFL_HEADER_MAX);
static_assert(sizeof(struct netflow5_record) == 48);

/* Two bits for the mode, 14 bits for the interval. */
static u16 sampling(u32 selector)
{
	return selector ? nfl_selector_cisco(selector) << 14 | nfl_selector_interval(selector) : 0;
}

/* engine_id is the low octet of the setting; collectors show this octet. */
static void netflow5_header(u8 *at, const struct nfl_body *body,
			    const struct nfl_header *session)
{
	struct netflow5_header header = {
		.version = htons(NETFLOW5_VERSION),
		.count = htons(body->records),
		.uptime = htonl(nfl_clock()),
		.sequence = htonl(session->sequence),
		.engine_id = session->domain,
		.sampling = htons(sampling(body->selector)),
	};
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	header.seconds = htonl((u32)now.tv_sec);
	header.nanoseconds = htonl(now.tv_nsec);
	memcpy(at, &header, sizeof(header));
}

static u32 netflow5_counts(const struct nfl_body *body)
{
	return body->records;
}

static bool netflow5_takes(enum nfl_record_kind kind, unsigned int which, const void *source)
{
	switch (kind) {
	case NFL_RECORD_FLOW:
		return nfl_family_is_ipv4(which);
	case NFL_RECORD_NAT_EVENT:
		return ((const struct nfl_nat_record *)source)->family == AF_INET;
	default:
		return true;	/* not expressible in v5, left out */
	}
}

/* Room for @count records, or NULL. */
static struct netflow5_record *reserve(struct nfl_body *body, unsigned int count)
{
	struct netflow5_record *at = (void *)(body->octets + body->length);
	const unsigned int length = count * sizeof(*at);

	if (body->length + length > body->limit)
		return NULL;
	body->length += length;
	body->records += count;
	return at;
}

static __be16 interface(u32 index)
{
	return htons(min_t(u32, index, U16_MAX));
}

static bool flow_add(struct nfl_body *body, const struct nfl_record *source)
{
	const struct nfl_flow *flow = source->flow;
	const struct nfl_flow4 *flow4 = (const struct nfl_flow4 *)flow;
	const struct nfl_key4 *key = &flow4->key;
	struct netflow5_record *record = reserve(body, 1);

	if (!record)
		return false;
	*record = (struct netflow5_record) {
		.saddr = key->saddr,
		.daddr = key->daddr,
		.nexthop = flow4->nexthop,
		.iif = interface(source->iif),
		.oif = interface(source->oif),
		.packets = htonl((u32)flow->packets),
		.octets = htonl((u32)flow->octets),
		.first = htonl(flow->first),
		.last = htonl(flow->last),
		/* for ICMP 0 and type << 8 | code; for ESP and AH the halves of the SPI */
		.sport = key->ports.sport,
		.dport = key->ports.dport,
		.tcp_flags = flow->tcp_flags,
		.protocol = key->protocol,
		.tos = key->tos,
		/* 0 if the prefix length is unknown */
		.source_mask = source->source_length,
		.destination_mask = source->destination_length,
	};
	body->selector = source->selector;
	return true;
}

/*
 * Add a NAT event in the format of ipt-netflow: a flow record without packets, with SYN and
 * ACK set for a create event, and with FIN and RST set for a delete event. Its next hop and
 * AS fields are address and port of a translated source after NAT, or of a translated
 * destination before NAT. If both are translated, there are two records.
 */
static bool nat_event_add(struct nfl_body *body, const struct nfl_nat_record *nat)
{
	const struct nfl_endpoints *before = nat->before, *after = nat->after;
	const bool begins = nat->event == NFL_NAT44_SESSION_CREATE ||
			    nat->event == NFL_NAT_TRANSLATION_CREATE;
	const bool destination = before->destination.ip != after->destination.ip ||
				 before->destination_port != after->destination_port;
	const bool source = !destination || before->source.ip != after->source.ip ||
			    before->source_port != after->source_port;
	const __be32 time = htonl(nfl_nat_uptime(nat, nat->time));
	const struct netflow5_record common = {
		.saddr = before->source.ip,
		.daddr = after->destination.ip,
		.first = time,
		.last = time,
		.sport = before->source_port,
		.dport = after->destination_port,
		.tcp_flags = begins ? 0x12 : 0x05,
		.protocol = nat->protocol,
	};
	struct netflow5_record *record = reserve(body, source + destination);

	if (!record)
		return false;
	if (source) {
		*record = common;
		record->nexthop = after->source.ip;
		record->source_as = after->source_port;
		record++;
	}
	if (destination) {
		*record = common;
		record->nexthop = before->destination.ip;
		record->destination_as = before->destination_port;
	}
	return true;
}

static bool netflow5_add(struct nfl_body *body, enum nfl_record_kind kind, unsigned int which,
			 const void *source)
{
	switch (kind) {
	case NFL_RECORD_FLOW:
		return flow_add(body, source);
	case NFL_RECORD_NAT_EVENT:
		return nat_event_add(body, source);
	default:
		return true;
	}
}

static void netflow5_finish(struct nfl_body *body)
{
}

const struct nfl_protocol nfl_netflow5 = {
	.version = NETFLOW5_VERSION,
	.name = "netflow",
	.header_length = sizeof(struct netflow5_header),
	.body_max = NETFLOW5_RECORDS * sizeof(struct netflow5_record),
	.takes = netflow5_takes,
	.header = netflow5_header,
	.add = netflow5_add,
	.finish = netflow5_finish,
	.counts = netflow5_counts,
};
