/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow: its key, its entry in a table, and what a parsed packet adds to it.
 *
 * An entry starts with the common part of all families (struct nfl_flow), followed by the
 * key and the values of its family. An IPv4 entry is one cache line, so a packet of a known
 * flow accesses one line. An IPv6 entry has two lines. Flows with extra fields (fields=,
 * natfields=1) are in tables of their own. Their wide entries also have fields of the frame
 * (keys), details of the headers, and the translated end points. Other flows have no cost
 * from these.
 */
#ifndef NFL_FLOW_FLOW_H
#define NFL_FLOW_FLOW_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

/* Families are indices of arrays: tables, rings, batches. */
enum nfl_family {
	NFL_IPV4,
	NFL_IPV6,
	NFL_IPV4_WIDE,		/* the same, with extra fields */
	NFL_IPV6_WIDE,
	NFL_FAMILIES,
};

static __always_inline bool nfl_family_is_ipv4(enum nfl_family family)
{
	return family == NFL_IPV4 || family == NFL_IPV4_WIDE;
}

static __always_inline bool nfl_family_is_wide(enum nfl_family family)
{
	return family == NFL_IPV4_WIDE || family == NFL_IPV6_WIDE;
}

/*
 * flowEndReason (IANA element 136). 0 is not a value of the registry and is used for flows
 * that have not ended.
 */
enum nfl_end_reason {
	NFL_END_NONE,
	NFL_END_IDLE,		/* inactive_timeout */
	NFL_END_ACTIVE,		/* active_timeout */
	NFL_END_DETECTED,	/* idle, after a TCP packet with FIN or RST */
	NFL_END_FORCED,		/* flush, or the namespace or the module is removed */
	NFL_END_RESOURCES,	/* evicted from a full table */
};

/*
 * The hook of a packet. It is part of the key: a packet that passes two rules is in two
 * different flows, and not in one that counts it twice. The values are NF_INET_*.
 */
#define NFL_HOOK_NONE		0xff	/* in the key of a free entry */

/*
 * Transport layer part of a key: the ports if the protocol has them. Otherwise, by
 * protocol: ICMP type and code (0, type << 8 | code), IGMP type (0, type),
 * the SPI of ESP and AH (all 32 bits).
 */
union nfl_ports {
	struct {
		__be16 sport;
		__be16 dport;
	};
	__be32 spi;
	__be32 word;
};

/**
 * struct nfl_key4 - the key of an IPv4 flow
 * @saddr: source address
 * @daddr: destination address
 * @ports: ports, or the fields used instead
 * @iif: input interface, 0 if there is none
 * @protocol: protocol number
 * @tos: class of service, all eight bits
 * @hook: netfilter hook of the packet
 * @zero: the key has no padding, since it is compared as bytes
 * @class: these four as a word, see nfl_key_class()
 */
struct nfl_key4 {
	__be32 saddr;
	__be32 daddr;
	union nfl_ports ports;
	u32 iif;
	union {
		struct {
			u8 protocol;
			u8 tos;
			u8 hook;
			u8 zero;
		};
		u32 class;
	};
};

/**
 * struct nfl_key6 - the key of an IPv6 flow
 *
 * Fields as in &struct nfl_key4; @protocol is the one after the extension
 * headers.
 */
struct nfl_key6 {
	struct in6_addr saddr;
	struct in6_addr daddr;
	union nfl_ports ports;
	u32 iif;
	union {
		struct {
			u8 protocol;
			u8 tos;
			u8 hook;
			u8 zero;
		};
		u32 class;
	};
};

/*
 * The last word of a key. If a processor has just stored four octets, a load of them as a
 * word has to wait until all are in the cache. The hash loads the word, so it is stored as
 * a word.
 */
static __always_inline u32 nfl_key_class(u8 protocol, u8 tos, u8 hook)
{
	return (__force u32)cpu_to_le32(protocol | tos << 8 | hook << 16);
}

#define NFL_VLAN_TAGS	2
#define NFL_MPLS_LABELS	10	/* IPFIX has elements for so many */
#define NFL_MPLS_LENGTH	3	/* label, class and bottom of stack, without the TTL */

/**
 * struct nfl_link - the additional keys of a wide flow
 * @dmac: destination address of the Ethernet frame
 * @smac: source address of the Ethernet frame
 * @vlan: priority and VLAN id of the two outermost tags, 0 if there are none
 * @ethertype: Ethernet type of the content of the frame
 * @extras: the wanted extra fields, one bit of &enum nfl_extra each. So packets before and
 *	after a change of the setting are in different flows.
 * @zero: padding
 * @mpls: the entries of the label stack, the top first, without their TTL
 * @zero2: padding
 *
 * Fields that are not wanted, or that the packet does not have, are 0.
 */
struct nfl_link {
	u8 dmac[ETH_ALEN];
	u8 smac[ETH_ALEN];
	u16 vlan[NFL_VLAN_TAGS];
	__be16 ethertype;
	u16 extras;
	u32 zero;
	u8 mpls[NFL_MPLS_LABELS * NFL_MPLS_LENGTH];
	u16 zero2;
};

/**
 * struct nfl_details - the additional values of a wide flow
 * @tcp_options: kinds of TCP options seen, bit N for kind N (up to 63)
 * @ip_options: IPv4: numbers of IP options seen, bit N for number N. IPv6: extension
 *	headers seen, bits of ipv6ExtensionHeaders (&enum nfl_exthdr).
 * @physical_iif: input port of the bridge, 0 if there is none
 * @physical_oif: output port of the bridge
 * @ingress_vrf: routing table of the input VRF, 0 if there is none
 * @egress_vrf: routing table of the output VRF
 *
 * Values of a packet, or of all packets of a flow; 0 if not wanted.
 */
struct nfl_details {
	u64 tcp_options;
	u32 ip_options;
	u32 physical_iif;
	u32 physical_oif;
	u32 ingress_vrf;
	u32 egress_vrf;
	u32 zero;
};

/* The additional fields of wide packets and entries, except for the end points. */
struct nfl_wide {
	struct nfl_link link;
	struct nfl_details details;
};

/*
 * State of the translation of a packet or a flow: NFL_NAT_KNOWN if it is translated and the
 * translation is known.
 */
enum nfl_nat_state {
	NFL_NAT_NONE,
	NFL_NAT_KNOWN,
	NFL_NAT_AWAITED,	/* the first packet of a connection, on its way to NAT */
};

/* The end points of a packet after NAT; ports are 0 if the protocol has none. */
struct nfl_nat4 {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
};

struct nfl_nat6 {
	struct in6_addr saddr;
	struct in6_addr daddr;
	__be16 sport;
	__be16 dport;
};

/**
 * struct nfl_flow - the common part of the entries of all families
 * @packets: packets since the last record, as on the wire
 * @octets: IP octets since the last record, as on the wire
 * @first: time of the first packet, milliseconds of nfl_clock()
 * @last: time of the last packet
 * @hash: hash of the key, the same in all tables of a namespace
 * @next: reference of an entry. In a table: the next one in the overflow chain of a bucket,
 *	or the next free one. In the exporter: the next one with the same index slot.
 * @tcp_flags: all TCP flags seen, ORed
 * @end_reason: &enum nfl_end_reason, set when the flow is removed from its table
 * @nat: &enum nfl_nat_state; NFL_NAT_NONE in families without translations
 * @oif: output interface, 0 if there is none; a part of the key, see nfl_key_oif()
 *
 * Times are 32 bits of milliseconds since boot. They are compared, and converted to absolute
 * time, by differences. So the wrap after 49 days has no effect on flows, which are younger
 * than 24 days.
 */
struct nfl_flow {
	u64 packets;
	u64 octets;
	u32 first;
	u32 last;
	u32 hash;
	u32 next;
	u16 tcp_flags;
	u8 end_reason;
	u8 nat;
	u32 oif;
};

struct nfl_flow4 {
	struct nfl_flow flow;
	struct nfl_key4 key;
	__be32 nexthop;
};

struct nfl_flow6 {
	struct nfl_flow flow;
	struct nfl_key6 key;
	struct in6_addr nexthop;
	__be32 flowlabel;
} __aligned(L1_CACHE_BYTES < 128 ? 128 : L1_CACHE_BYTES);

struct nfl_flow4_wide {
	struct nfl_flow flow;
	struct nfl_key4 key;
	__be32 nexthop;
	struct nfl_wide wide;
	struct nfl_nat4 nat;
} __aligned(64);

struct nfl_flow6_wide {
	struct nfl_flow flow;
	struct nfl_key6 key;
	struct in6_addr nexthop;
	__be32 flowlabel;
	struct nfl_wide wide;
	struct nfl_nat6 nat;
} __aligned(128);

/**
 * struct nfl_packet - what a packet adds to its flow
 * @hash: hash of the key
 * @octets: IP octets on the wire; the headers of a GSO packet count for each segment
 * @packets: number of packets on the wire, 1 or gso_segs
 * @time: nfl_clock() milliseconds
 * @tcp_flags: 0 if not TCP
 * @later_fragment: it is a fragment other than the first
 * @nat: &enum nfl_nat_state; the parser sets NFL_NAT_NONE
 * @oif: output interface, 0 if unknown; a part of the key
 *
 * The packet parser fills the struct of the family, except for @hash, @time and @oif. The
 * additional fields of wide packets are filled by nfl_enrich(); the end points are valid if
 * @nat is NFL_NAT_KNOWN.
 */
struct nfl_packet {
	u32 hash;
	u32 octets;
	u32 packets;
	u32 time;
	u16 tcp_flags;
	bool later_fragment;
	u8 nat;
	u32 oif;
};

struct nfl_packet4 {
	struct nfl_packet packet;
	struct nfl_key4 key;
	__be32 nexthop;
} __aligned(64);

struct nfl_packet6 {
	struct nfl_packet packet;
	struct nfl_key6 key;
	struct in6_addr nexthop;
	__be32 flowlabel;
} __aligned(64);

struct nfl_packet4_wide {
	struct nfl_packet packet;
	struct nfl_key4 key;
	__be32 nexthop;
	struct nfl_wide wide;
	struct nfl_nat4 nat;
} __aligned(64);

struct nfl_packet6_wide {
	struct nfl_packet packet;
	struct nfl_key6 key;
	struct in6_addr nexthop;
	__be32 flowlabel;
	struct nfl_wide wide;
	struct nfl_nat6 nat;
} __aligned(64);

static_assert(sizeof(struct nfl_key4) == 20);
static_assert(sizeof(struct nfl_key6) == 44);
static_assert(sizeof(struct nfl_link) == 56);
static_assert(sizeof(struct nfl_wide) == 88);
static_assert(sizeof(struct nfl_flow4) == 64);
static_assert(sizeof(struct nfl_flow6) == 128 || L1_CACHE_BYTES > 128);
static_assert(sizeof(struct nfl_flow4_wide) == 192);
static_assert(sizeof(struct nfl_flow6_wide) == 256);
static_assert(sizeof(struct nfl_packet4) == 64);
static_assert(sizeof(struct nfl_packet6) == 128);

/* In all families the key directly follows the common part. */
static_assert(offsetof(struct nfl_flow4, key) == sizeof(struct nfl_flow));
static_assert(offsetof(struct nfl_flow6, key) == sizeof(struct nfl_flow));
static_assert(offsetof(struct nfl_packet4, key) == offsetof(struct nfl_packet6, key));

/* A wide packet or entry starts like a narrow one, ... */
static_assert(offsetof(struct nfl_flow4_wide, nexthop) == offsetof(struct nfl_flow4, nexthop));
static_assert(offsetof(struct nfl_flow6_wide, flowlabel) == offsetof(struct nfl_flow6, flowlabel));
static_assert(offsetof(struct nfl_packet4_wide, nexthop) == offsetof(struct nfl_packet4, nexthop));
static_assert(offsetof(struct nfl_packet6_wide, flowlabel) ==
	      offsetof(struct nfl_packet6, flowlabel));

/* ... and its additional fields have the same offset from the key in both. */
#define NFL_KEY4_TO_WIDE	(offsetof(struct nfl_flow4_wide, wide) - sizeof(struct nfl_flow))
#define NFL_KEY6_TO_WIDE	(offsetof(struct nfl_flow6_wide, wide) - sizeof(struct nfl_flow))

static_assert(offsetof(struct nfl_packet4_wide, wide) ==
	      offsetof(struct nfl_packet4_wide, key) + NFL_KEY4_TO_WIDE);
static_assert(offsetof(struct nfl_packet6_wide, wide) ==
	      offsetof(struct nfl_packet6_wide, key) + NFL_KEY6_TO_WIDE);

static __always_inline size_t nfl_key_size(enum nfl_family family)
{
	return nfl_family_is_ipv4(family) ? sizeof(struct nfl_key4) : sizeof(struct nfl_key6);
}

static __always_inline size_t nfl_flow_size(enum nfl_family family)
{
	if (likely(family == NFL_IPV4))
		return sizeof(struct nfl_flow4);
	if (family == NFL_IPV6)
		return sizeof(struct nfl_flow6);
	return family == NFL_IPV4_WIDE ? sizeof(struct nfl_flow4_wide) :
					 sizeof(struct nfl_flow6_wide);
}

static __always_inline void *nfl_flow_key(const struct nfl_flow *flow)
{
	return (void *)(flow + 1);
}

static __always_inline void *nfl_packet_key(const struct nfl_packet *packet)
{
	return (void *)packet + offsetof(struct nfl_packet4, key);
}

/*
 * The output interface is a part of the key: a multicast goes to several, and a flow's route
 * may change. It is the word before the key, since an IPv4 entry has no room in its one cache
 * line for the key and a copy of it.
 */
static __always_inline u32 nfl_key_oif(const void *key)
{
	return ((const u32 *)key)[-1];
}

static_assert(offsetofend(struct nfl_flow, oif) == offsetof(struct nfl_flow4, key));
static_assert(offsetofend(struct nfl_packet, oif) == offsetof(struct nfl_packet4, key));

static __always_inline u8 nfl_key_protocol(const void *key, enum nfl_family family)
{
	return nfl_family_is_ipv4(family) ? ((const struct nfl_key4 *)key)->protocol :
					    ((const struct nfl_key6 *)key)->protocol;
}

static __always_inline u32 nfl_key_iif(const void *key, enum nfl_family family)
{
	return nfl_family_is_ipv4(family) ? ((const struct nfl_key4 *)key)->iif :
					    ((const struct nfl_key6 *)key)->iif;
}

static __always_inline u8 nfl_flow_protocol(const struct nfl_flow *flow, enum nfl_family family)
{
	return nfl_key_protocol(nfl_flow_key(flow), family);
}

static __always_inline u32 nfl_flow_iif(const struct nfl_flow *flow, enum nfl_family family)
{
	return nfl_key_iif(nfl_flow_key(flow), family);
}

/* The additional fields of a wide packet or entry, by its key. */
static __always_inline struct nfl_wide *nfl_key_wide(const void *key, enum nfl_family family)
{
	return (void *)key + (nfl_family_is_ipv4(family) ? NFL_KEY4_TO_WIDE : NFL_KEY6_TO_WIDE);
}

static __always_inline struct nfl_wide *nfl_flow_wide(const struct nfl_flow *flow,
						      enum nfl_family family)
{
	return nfl_key_wide(nfl_flow_key(flow), family);
}

static __always_inline bool nfl_link_equal(const struct nfl_link *a, const struct nfl_link *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;
	u64 diff = 0;
	unsigned int i;

	for (i = 0; i < sizeof(*a) / sizeof(*x); i++)
		diff |= x[i] ^ y[i];
	return !diff;
}

static __always_inline bool nfl_key_equal(const void *a, const void *b, enum nfl_family family)
{
	const u64 *x = a, *y = b;
	u64 diff;

	/* Both are 8-octet aligned; 20 and 44 octets end in half a word. */
	diff = (x[0] ^ y[0]) | (x[1] ^ y[1]);
	if (!nfl_family_is_ipv4(family))
		diff |= (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]);
	x += nfl_family_is_ipv4(family) ? 2 : 5;
	y += nfl_family_is_ipv4(family) ? 2 : 5;
	if (diff | (*(const u32 *)x ^ *(const u32 *)y) | (nfl_key_oif(a) ^ nfl_key_oif(b)))
		return false;
	return !nfl_family_is_wide(family) ||
	       nfl_link_equal(&nfl_key_wide(a, family)->link, &nfl_key_wide(b, family)->link);
}

/* Add the values of a packet or of another part of the flow. The first known port is kept. */
static inline void nfl_details_add(struct nfl_details *details, const struct nfl_details *more)
{
	details->tcp_options |= more->tcp_options;
	details->ip_options |= more->ip_options;
	details->physical_iif = details->physical_iif ?: more->physical_iif;
	details->physical_oif = details->physical_oif ?: more->physical_oif;
	details->ingress_vrf = details->ingress_vrf ?: more->ingress_vrf;
	details->egress_vrf = details->egress_vrf ?: more->egress_vrf;
}

/* A later connection with the same key may have another translation: the first is kept. */
static inline void nfl_flow_set_nat(struct nfl_flow *flow, const void *nat, enum nfl_family family)
{
	if (flow->nat == NFL_NAT_KNOWN)
		return;
	flow->nat = NFL_NAT_KNOWN;
	if (nfl_family_is_ipv4(family))
		((struct nfl_flow4_wide *)flow)->nat = *(const struct nfl_nat4 *)nat;
	else
		((struct nfl_flow6_wide *)flow)->nat = *(const struct nfl_nat6 *)nat;
}

static inline const void *nfl_flow_nat(const struct nfl_flow *flow, enum nfl_family family)
{
	return nfl_flow_wide(flow, family) + 1;
}

static_assert(offsetof(struct nfl_flow4_wide, nat) ==
	      offsetofend(struct nfl_flow4_wide, wide));
static_assert(offsetof(struct nfl_flow6_wide, nat) ==
	      offsetofend(struct nfl_flow6_wide, wide));
static_assert(offsetof(struct nfl_packet4_wide, nat) ==
	      offsetofend(struct nfl_packet4_wide, wide));
static_assert(offsetof(struct nfl_packet6_wide, nat) ==
	      offsetofend(struct nfl_packet6_wide, wide));

/**
 * nfl_flow_merge() - add a part of a flow to another part of it
 * @flow: the part that stays
 * @part: the part that is added; both have the same key
 * @family: the family of both
 *
 * Times differ by less than 24 days, so the sign of their difference is valid.
 */
static inline void nfl_flow_merge(struct nfl_flow *flow, const struct nfl_flow *part,
				  enum nfl_family family)
{
	if (nfl_family_is_wide(family)) {
		nfl_details_add(&nfl_flow_wide(flow, family)->details,
				&nfl_flow_wide(part, family)->details);
		if (part->nat == NFL_NAT_KNOWN)
			nfl_flow_set_nat(flow, nfl_flow_nat(part, family), family);
	}
	flow->packets += part->packets;
	flow->octets += part->octets;
	flow->tcp_flags |= part->tcp_flags;
	if ((s32)(part->first - flow->first) < 0)
		flow->first = part->first;
	if ((s32)(part->last - flow->last) > 0)
		flow->last = part->last;
}

/* Protocols with ports in the key. */
static inline bool nfl_protocol_has_ports(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	}
	return false;
}

#endif /* NFL_FLOW_FLOW_H */
