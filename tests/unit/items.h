/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of every kind, at random, and the elements that they should have.
 */
#ifndef TESTS_UNIT_ITEMS_H
#define TESTS_UNIT_ITEMS_H

#include "decoder.h"
#include "tap.h"

/* A record that was put in. */
struct item {
	enum nfl_record_kind kind;
	unsigned int which;
	u16 elements[64];		/* those that it should have; ends with 0 */
	unsigned int scope;
	struct nfl_flow4_wide four;
	struct nfl_flow6_wide six;
	struct nfl_record record;
	struct connection {
		struct nfl_endpoints before, after;
		u64 packets[2], octets[2];
	} connection;
	struct nfl_nat_record nat;
	union {
		struct nfl_metering_statistics statistics;
		struct nfl_metering_reliability metering;
		struct nfl_exporting_reliability exporting;
		struct nfl_interface interface;
		struct nfl_system system;
	};
	struct nfl_layout keys_of;
	struct nfl_selector_record selector;
};

/* The protocol; @align: sets are padded to so many octets. */
static struct {
	const struct nfl_protocol *protocol;
	unsigned int align;
	const char *(*decode)(struct decoder *d, const u8 *message, size_t length);
	void (*check_header)(const u8 *message, unsigned int records, unsigned int templates);
} under_test;

static bool is_v9(void)
{
	return under_test.protocol->version == 9;
}

/* What is asked of a flow's record (docs of the product: the fields). */
#define EACH4	8, 12, 4, 5, 10, 14, 15, 1, 2, 60, 61
#define EACH6	27, 28, 4, 5, 10, 14, 62, 1, 2, 60, 61, 31
#define TIMES	152, 153, 136
#define UPTIMES	22, 21

/* What a flow has by its protocol; and what a translated one (natfields=1) has more. */
enum upper { PORTS, ICMP, SPI, IGMP, PLAIN };

#define NAT_PORTS	227, 228
#define FLOW_NAT4	225, 226
#define FLOW_NAT6	281, 282

/* @icmp: how the type of ICMP is exported; @igmp: all elements of IGMP */
#define FLOW_ELEMENTS(all, icmp, igmp)							\
	{										\
		[PORTS] = { 7, 11, 6, all }, [ICMP] = { icmp, all }, [SPI] = { 295, all },	\
		[IGMP] = { igmp }, [PLAIN] = { all },				\
	}
#define NAT_ELEMENTS(nat, all, icmp, igmp)						\
	{										\
		[PORTS] = { 7, 11, 6, NAT_PORTS, nat, all }, [ICMP] = { icmp, nat, all },	\
		[SPI] = { 295, nat, all }, [IGMP] = { igmp }, [PLAIN] = { nat, all }, \
	}
#define LIST(...)	__VA_ARGS__
#define ICMP9		LIST(7, 11, 32)		/* in NetFlow v9, of both families */

/* By version 9 or not, translated or not, and protocol. */
static const u16 flow4_elements[2][2][5][24] = {
	{
		FLOW_ELEMENTS(LIST(EACH4, TIMES), 32, LIST(33, EACH4, TIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT4), LIST(EACH4, TIMES), 32,
			     LIST(33, FLOW_NAT4, EACH4, TIMES)),
	}, {
		FLOW_ELEMENTS(LIST(EACH4, UPTIMES), ICMP9, LIST(33, EACH4, UPTIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT4), LIST(EACH4, UPTIMES), ICMP9,
			     LIST(33, FLOW_NAT4, EACH4, UPTIMES)),
	},
};

static const u16 flow6_elements[2][2][5][24] = {
	{
		FLOW_ELEMENTS(LIST(EACH6, TIMES), 139, LIST(EACH6, TIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT6), LIST(EACH6, TIMES), 139,
			     LIST(FLOW_NAT6, EACH6, TIMES)),
	}, {
		FLOW_ELEMENTS(LIST(EACH6, UPTIMES), ICMP9, LIST(EACH6, UPTIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT6), LIST(EACH6, UPTIMES), ICMP9,
			     LIST(FLOW_NAT6, EACH6, UPTIMES)),
	},
};

#define NAT	323, 230, 4, 7, 227, 11, 228, 234
#define NAT4	NAT, 8, 225, 12, 226
#define NAT6	NAT, 27, 281, 28, 282
#define COUNTS	231, 232, 298, 299

/* By version 9 or not, family, and with counters or not. */
static const u16 nat_elements[2][2][2][20] = {
	{ { { NAT4, 152, 153 }, { NAT4, 152, 153, COUNTS } },
	  { { NAT6, 152, 153 }, { NAT6, 152, 153, COUNTS } } },
	{ { { NAT4, UPTIMES }, { NAT4, UPTIMES, COUNTS } },
	  { { NAT6, UPTIMES }, { NAT6, UPTIMES, COUNTS } } },
};

/* RFC 7011 sections 4.1 to 4.4; the scope's elements first. */
static const struct {
	unsigned int scope;
	const u16 elements[10];
} options[2][NFL_OPTIONS_TEMPLATES] = {
	{
		[NFL_TEMPLATE_METERING_STATISTICS] = { 2, { 149, 143, 41, 42, 40, 163, 359 } },
		[NFL_TEMPLATE_METERING_RELIABILITY] = { 2, { 149, 143, 164, 165, 323, 323 } },
		[NFL_TEMPLATE_EXPORTING_RELIABILITY] = { 1, { 144, 166, 167, 168, 323, 323 } },
		[NFL_TEMPLATE_FLOW_KEYS] = { 1, { 145, 173 } },
		[NFL_TEMPLATE_INTERFACE] = { 1, { 10, 10, 82, 83 } },
		[NFL_TEMPLATE_VRF] = { 1, { 234, 234, 236 } },
		[NFL_TEMPLATE_SYSTEM] = { 1, { 149, 300, 160 } },
		[NFL_TEMPLATE_SELECT_FLOWS] = { 2, { 149, 302, 390, 396, 397 } },
		[NFL_TEMPLATE_SELECT_FLOWS_RANDOM] = { 2, { 149, 302, 390, 309, 310 } },
		[NFL_TEMPLATE_SELECT_HASH] = { 2, { 149, 302, 390, 311 } },
		[NFL_TEMPLATE_SELECT_PACKETS] = { 2, { 149, 302, 304, 305, 306 } },
		[NFL_TEMPLATE_SELECT_PACKETS_RANDOM] = { 2, { 149, 302, 304, 309, 310 } },
		[NFL_TEMPLATE_SELECTED_FLOWS] = { 2, { 149, 302, 394, 395, 318, 319 } },
		[NFL_TEMPLATE_SELECTED_HASH] = { 2, { 149, 302, 395, 318, 319 } },
		[NFL_TEMPLATE_SELECTED_PACKETS] = { 2, { 149, 302, 318, 319 } },
		[NFL_TEMPLATE_SAMPLING] = { 1, { 149, 34 } },
	}, {
		/* scopes of RFC 3954 section 6.1: 1 is the system, 2 an interface */
		[NFL_TEMPLATE_METERING_STATISTICS] = { 1, { 1, 41, 42, 40, 163, 359 } },
		[NFL_TEMPLATE_METERING_RELIABILITY] = { 1, { 1, 164, 165, 323, 323 } },
		[NFL_TEMPLATE_EXPORTING_RELIABILITY] = { 1, { 1, 166, 167, 168, 323, 323 } },
		[NFL_TEMPLATE_INTERFACE] = { 1, { 2, 10, 82, 83 } },
		[NFL_TEMPLATE_VRF] = { 1, { 1, 234, 236 } },
		[NFL_TEMPLATE_SYSTEM] = { 1, { 1, 300, 160 } },
		[NFL_TEMPLATE_SAMPLER] = { 1, { 1, 48, 49, 50, 34, 35 } },
		[NFL_TEMPLATE_SAMPLING] = { 1, { 1, 34 } },
	},
};

static void fill(void *to, size_t size)
{
	u8 *at = to;

	while (size--)
		*at++ = random_u64();
}

static enum upper upper_of(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return PORTS;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return ICMP;
	case IPPROTO_ESP:
	case IPPROTO_AH:
		return SPI;
	case IPPROTO_IGMP:
		return IGMP;
	}
	return PLAIN;
}

static void elements_add(struct item *item, const u16 *more)
{
	unsigned int count = 0;

	while (item->elements[count])
		count++;
	while (*more)
		item->elements[count++] = *more++;
}

/* Extra fields (fields=) that templates are sent for, the last ones of flows that are not wide. */
#define SETS	3

static u16 sets[SETS];

/* Prefix lengths of both families are switched together. */
static inline u16 set_of(u16 extras)
{
	return extras & NFL_EXTRAS_OF_AGGREGATION ? extras | NFL_EXTRAS_OF_AGGREGATION : extras;
}

static u16 random_set(void)
{
	const unsigned int set = random_below(SETS + 1);

	return set < SETS ? sets[set] : 0;
}

static void extras_make(struct item *item, enum upper upper)
{
	static const u16 elements[NFL_EXTRAS][12] = {
		[NFL_EXTRA_MAC] = { 56, 80 }, [NFL_EXTRA_VLAN] = { 243, 244, 245, 246 },
		[NFL_EXTRA_ETHERTYPE] = { 256 },
		[NFL_EXTRA_MPLS] = { 70, 71, 72, 73, 74, 75, 76, 77, 78, 79 },
		[NFL_EXTRA_PHYSDEV] = { 252, 253 }, [NFL_EXTRA_OPTIONS] = { 208 },
		[NFL_EXTRA_EXTHDRS] = { 64 }, [NFL_EXTRA_TCPOPTIONS] = { 209 },
		[NFL_EXTRA_PREFIXES4] = { 9, 13 }, [NFL_EXTRA_PREFIXES6] = { 29, 30 },
		[NFL_EXTRA_SELECTOR] = { 302 }, [NFL_EXTRA_VRF] = { 234, 235 },
	};
	static const u16 v9_selector[] = { 48, 0 };
	static const u16 v9_vlan[] = { 58, 244, 245, 246, 0 };
	const bool v4 = nfl_family_is_ipv4(item->which);
	struct nfl_wide *wide = v4 ? &item->four.wide : &item->six.wide;
	int i;

	if (nfl_family_is_wide(item->which))
		item->record.wide = wide;
	do {
		item->record.extras = random_set();
	} while (!item->record.wide && item->record.extras & (BIT(NFL_EXTRA_WORDS) - 1));
	for (i = 0; i < NFL_EXTRAS; i++) {
		if (!nfl_extra_has(item->record.extras, i) ||
		    (i == NFL_EXTRA_OPTIONS && !v4) || (i == NFL_EXTRA_EXTHDRS && v4) ||
		    (i == NFL_EXTRA_TCPOPTIONS && upper != PORTS) ||
		    (i == NFL_EXTRA_PREFIXES4 && !v4) || (i == NFL_EXTRA_PREFIXES6 && v4))
			continue;
		elements_add(item, i == NFL_EXTRA_VLAN && is_v9() ? v9_vlan :
				   i == NFL_EXTRA_SELECTOR && is_v9() ? v9_selector : elements[i]);
	}
}

static u32 selector_make(void)
{
	return nfl_selector(1 + random_below(NFL_SELECT_MODES - 1), 2 + random_below(16382));
}

static void flow_make(struct item *item)
{
	static const u8 protocols[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP, IPPROTO_DCCP,
		IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_IGMP, IPPROTO_ESP, IPPROTO_AH,
		IPPROTO_GRE, IPPROTO_IPIP, 0, 255,
	};
	const u8 protocol = protocols[random_below(ARRAY_SIZE(protocols))];
	struct nfl_flow *flow;
	bool nat;

	fill(&item->four, sizeof(item->four));
	fill(&item->six, sizeof(item->six));
	item->four.key.protocol = protocol;
	item->six.key.protocol = protocol;
	item->four.key.hook = random_below(NF_INET_INGRESS + 1);
	item->six.key.hook = random_below(NF_INET_INGRESS + 1);
	item->which = random_below(NFL_FAMILIES);
	flow = nfl_family_is_ipv4(item->which) ? &item->four.flow : &item->six.flow;
	flow->nat = random_below(3);
	nat = nfl_family_is_wide(item->which) && flow->nat == NFL_NAT_KNOWN;
	item->record.flow = flow;
	/* now: the flow is younger than 24 days, whatever the 32 bits say */
	item->record.clock = shim_boot_ms;
	item->record.realtime = 1600000000000ULL + random_below(1000000000);
	flow->last = item->record.clock - random_below(1000000);
	flow->first = flow->last - random_below(100000000);

	elements_add(item, nfl_family_is_ipv4(item->which) ?
			   flow4_elements[is_v9()][nat][upper_of(protocol)] :
			   flow6_elements[is_v9()][nat][upper_of(protocol)]);
	item->record.iif = random_u64();
	item->record.oif = random_u64();
	item->record.physical_iif = random_u64();
	item->record.physical_oif = random_u64();
	item->record.selector = selector_make();
	item->record.source_length = random_below(129);
	item->record.destination_length = random_below(129);
	extras_make(item, upper_of(protocol));
}

static void nat_make(struct item *item)
{
	const bool v4 = random_below(2), counts = random_below(2);

	fill(&item->connection, sizeof(item->connection.before) * 2);
	fill(item->connection.packets, sizeof(item->connection.packets));
	fill(item->connection.octets, sizeof(item->connection.octets));
	item->nat = (struct nfl_nat_record) {
		.event = 1 + random_below(5),
		.family = v4 ? AF_INET : AF_INET6,
		.protocol = random_u64(),
		.zone = random_u64(),
		.before = &item->connection.before,
		.after = &item->connection.after,
		.realtime = 1600000000000ULL,
		.clock = shim_boot_ms,
		.has_counters = counts,
	};
	memcpy(item->nat.packets, item->connection.packets, sizeof(item->nat.packets));
	memcpy(item->nat.octets, item->connection.octets, sizeof(item->nat.octets));
	/* within the time since boot, mostly; a clock may be set */
	item->nat.time = item->nat.realtime + shim_boot_ms + 1000 - random_below(1000000);
	item->nat.start = random_below(10) ? item->nat.time - random_below(1000000) :
					     random_below(1000000);
	elements_add(item, nat_elements[is_v9()][!v4][counts]);
}

static const void *options_make(struct item *item)
{
	do {
		item->which = random_below(NFL_OPTIONS_TEMPLATES);
		item->scope = options[is_v9()][item->which].scope;
	} while (!item->scope);
	elements_add(item, options[is_v9()][item->which].elements);
	switch (item->which) {
	case NFL_TEMPLATE_METERING_STATISTICS:
		fill(&item->statistics, sizeof(item->statistics));
		return &item->statistics;
	case NFL_TEMPLATE_METERING_RELIABILITY:
		fill(&item->metering, sizeof(item->metering));
		return &item->metering;
	case NFL_TEMPLATE_EXPORTING_RELIABILITY:
		fill(&item->exporting, sizeof(item->exporting));
		return &item->exporting;
	case NFL_TEMPLATE_FLOW_KEYS:
		item->keys_of = nfl_layout_of_flow(&nfl_ipfix_templates,
						   random_below(NFL_FLOW_TEMPLATES), random_set());
		return &item->keys_of;
	case NFL_TEMPLATE_SELECT_FLOWS ... NFL_TEMPLATE_SAMPLING:
		fill(&item->selector, sizeof(item->selector));
		item->selector.selector = selector_make();
		return &item->selector;
	case NFL_TEMPLATE_SYSTEM:
		item->system.domain = random_u64();
		item->system.boot_time = random_u64();
		snprintf(item->system.name, NFL_SYSTEM_NAME, "ipt_NETFLOW 3.0.0 %u",
			 random_below(1000));
		return &item->system;
	default:
		item->interface.index = random_u64();
		snprintf(item->interface.name, IFNAMSIZ, "eth%u", random_below(1000));
		snprintf(item->interface.description, NFL_INTERFACE_DESCRIPTION,
			 "uplink \xc3\xbc %u", random_below(1000));
		return &item->interface;
	}
}

static const void *item_make(struct item *item)
{
	memset(item, 0, sizeof(*item));
	switch (random_below(8)) {
	case 0:
		item->kind = NFL_RECORD_OPTIONS;
		return options_make(item);
	case 1:
		item->kind = NFL_RECORD_NAT_EVENT;
		nat_make(item);
		return &item->nat;
	default:
		item->kind = NFL_RECORD_FLOW;
		flow_make(item);
		return &item->record;
	}
}

#endif /* TESTS_UNIT_ITEMS_H */
