/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An encoder with templates against a strict decoder: records of every kind go
 * in, in messages of every size, and must come out with the elements that they
 * should have and the values that were put in. What includes this says which
 * protocol it is, and how a message is decoded.
 */
#ifndef TESTS_UNIT_RECORDS_H
#define TESTS_UNIT_RECORDS_H

#include "decoder.h"
#include "tap.h"

#define ITEMS		1024	/* records on their way */

/* A record that was put in. */
struct item {
	enum nfl_record_kind kind;
	unsigned int which;
	u16 elements[64];		/* those that it should have; ends with 0 */
	unsigned int scope;
	struct nfl_flow4_wide four;
	struct nfl_flow6_wide six;
	struct nfl_record record;
	struct nfl_connection connection;
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

static struct item items[ITEMS];
static unsigned int items_in, items_out;
static struct decoder decoder;

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

/* @icmp: how ICMP's type is told; @igmp: all elements of IGMP */
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
#define ICMP4		LIST(7, 11, 32)		/* in NetFlow v9 */
#define ICMP6		LIST(7, 11, 139)

/* By version 9 or not, translated or not, and protocol. */
static const u16 flow4_elements[2][2][5][24] = {
	{
		FLOW_ELEMENTS(LIST(EACH4, TIMES), 32, LIST(33, EACH4, TIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT4), LIST(EACH4, TIMES), 32,
			     LIST(33, FLOW_NAT4, EACH4, TIMES)),
	}, {
		FLOW_ELEMENTS(LIST(EACH4, UPTIMES), ICMP4, LIST(33, EACH4, UPTIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT4), LIST(EACH4, UPTIMES), ICMP4,
			     LIST(33, FLOW_NAT4, EACH4, UPTIMES)),
	},
};

static const u16 flow6_elements[2][2][5][24] = {
	{
		FLOW_ELEMENTS(LIST(EACH6, TIMES), 139, LIST(EACH6, TIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT6), LIST(EACH6, TIMES), 139,
			     LIST(FLOW_NAT6, EACH6, TIMES)),
	}, {
		FLOW_ELEMENTS(LIST(EACH6, UPTIMES), ICMP6, LIST(EACH6, UPTIMES)),
		NAT_ELEMENTS(LIST(FLOW_NAT6), LIST(EACH6, UPTIMES), ICMP6,
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

/* Sets of extra fields (fields=) that templates are sent for. */
static struct nfl_extra_sets sets;

static u16 random_set(void)
{
	unsigned int set;

	do {
		set = random_below(NFL_EXTRA_SETS);
	} while (set && !test_bit(set, sets.map));
	return nfl_extras_of_set(set);
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
	item->four.key.hook = random_below(NF_INET_NUMHOOKS);
	item->six.key.hook = random_below(NF_INET_NUMHOOKS);
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
		.counters = counts ? &item->connection : NULL,
	};
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

/* Milliseconds since 1970 of a flow's 32-bit time. */
static u64 flow_realtime(const struct item *item, u32 time)
{
	u64 clock = item->record.clock;

	while ((u32)clock != time)
		clock -= (u32)clock - time;
	return item->record.realtime + clock;
}

/* The indicator by the elements of which a key is made (RFC 7011 section 4.4). */
static u64 keys_expected(u16 id)
{
	static const u16 keys[] = {
		8, 12, 27, 28, 7, 11, 4, 5, 10, 32, 139, 33, 295, 61, 56, 80, 243, 244, 245, 246,
		256, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79,
	};
	const struct decoder_template *template = decoder_template(&decoder, id);
	u64 bits = 0;
	unsigned int i, k;

	for (i = 0; template && i < template->count; i++) {
		for (k = 0; k < ARRAY_SIZE(keys); k++) {
			if (template->fields[i].id == keys[k])
				bits |= 1ULL << i;
		}
	}
	return bits;
}

struct value {
	u64 number;
	const void *octets;	/* of addresses and strings; else NULL */
};

#define NUMBER(x)	((struct value) { .number = (x) })
#define OCTETS(x)	((struct value) { .octets = (x) })

/* What wide flows have more; options by octets, since that is how they are drawn. */
static struct value extra_value(const struct nfl_wide *wide, u16 element)
{
	static u8 octets[8];
	unsigned int i;

	switch (element) {
	case 56:
		return OCTETS(wide->link.smac);
	case 80:
		return OCTETS(wide->link.dmac);
	case 58:
	case 243:
		return NUMBER(wide->link.vlan[0] % 4096);
	case 244:
		return NUMBER(wide->link.vlan[0] / 8192);
	case 245:
		return NUMBER(wide->link.vlan[1] % 4096);
	case 246:
		return NUMBER(wide->link.vlan[1] / 8192);
	case 256:
		return NUMBER(ntohs(wide->link.ethertype));
	case 64:
		return NUMBER(wide->details.ip_options);
	case 208:
	case 209:
		for (i = 0; i < 8; i++)
			octets[i] = (element == 209 ? wide->details.tcp_options :
						      wide->details.ip_options) >> 8 * i;
		return OCTETS(octets);
	default:
		return OCTETS(wide->link.mpls + (element - 70) * 3);
	}
}

static bool is_extra(u16 element)
{
	return element == 56 || element == 58 || element == 64 ||
	       (element >= 70 && element <= 80) || element == 208 || element == 209 ||
	       (element >= 243 && element <= 246) || element == 256;
}

static struct value flow_value(const struct item *item, u16 element)
{
	const bool v4 = nfl_family_is_ipv4(item->which);
	const struct nfl_flow *flow = item->record.flow;
	const struct nfl_key4 *k4 = &item->four.key;
	const struct nfl_key6 *k6 = &item->six.key;
	const union nfl_ports *ports = v4 ? &k4->ports : &k6->ports;
	const u8 hook = v4 ? k4->hook : k6->hook;

	if (is_extra(element))
		return extra_value(item->record.wide, element);
	switch (element) {
	case 1:
		return NUMBER(flow->octets);
	case 2:
		return NUMBER(flow->packets);
	case 4:
		return NUMBER(v4 ? k4->protocol : k6->protocol);
	case 5:
		return NUMBER(v4 ? k4->tos : k6->tos);
	case 6:
		return NUMBER(flow->tcp_flags & 0xff);
	case 7:
		return NUMBER(upper_of(v4 ? k4->protocol : k6->protocol) == PORTS ?
			      ntohs(ports->sport) : 0);
	case 8:
		return OCTETS(&k4->saddr);
	case 9:
	case 29:
		return NUMBER(item->record.source_length);
	case 10:
		return NUMBER(item->record.iif);
	case 11:
		return NUMBER(ntohs(ports->dport));
	case 12:
		return OCTETS(&k4->daddr);
	case 13:
	case 30:
		return NUMBER(item->record.destination_length);
	case 14:
		return NUMBER(item->record.oif);
	case 15:
		return OCTETS(&item->four.nexthop);
	case 21:
		return NUMBER(flow->last);
	case 22:
		return NUMBER(flow->first);
	case 27:
		return OCTETS(&k6->saddr);
	case 28:
		return OCTETS(&k6->daddr);
	/* the label is 20 bits of a word in network order */
	case 31:
		return NUMBER(ntohl(item->six.flowlabel));
	case 32:
	case 139:
		return NUMBER(ntohs(ports->dport));
	case 33:
		return NUMBER(ntohs(ports->dport) & 0xff);
	case 48:
	case 302:
		return NUMBER(item->record.selector >> 16);
	case 252:
		return NUMBER(item->record.physical_iif);
	case 253:
		return NUMBER(item->record.physical_oif);
	case 234:
		return NUMBER(item->record.wide->details.ingress_vrf);
	case 235:
		return NUMBER(item->record.wide->details.egress_vrf);
	case 60:
		return NUMBER(v4 ? 4 : 6);
	case 61:
		return NUMBER(hook == NF_INET_LOCAL_OUT || hook == NF_INET_POST_ROUTING);
	case 62:
		return OCTETS(&item->six.nexthop);
	case 136:
		return NUMBER(flow->end_reason);
	case 152:
		return NUMBER(flow_realtime(item, flow->first));
	case 153:
		return NUMBER(flow_realtime(item, flow->last));
	case 225:
		return OCTETS(&item->four.nat.saddr);
	case 226:
		return OCTETS(&item->four.nat.daddr);
	case 227:
		return NUMBER(ntohs(v4 ? item->four.nat.sport : item->six.nat.sport));
	case 228:
		return NUMBER(ntohs(v4 ? item->four.nat.dport : item->six.nat.dport));
	case 281:
		return OCTETS(&item->six.nat.saddr);
	case 282:
		return OCTETS(&item->six.nat.daddr);
	default:
		return NUMBER(ntohl(ports->spi));
	}
}

/* By a clock of 32 bits: no time to come, none before boot or 24 days ago. */
static u64 nat_uptime(const struct nfl_nat_record *nat, u64 time)
{
	const u64 least = nat->clock > 0x7fffffff ? nat->clock - 0x7fffffff : 0;
	const s64 uptime = time - nat->realtime;

	if (uptime < (s64)least)
		return (u32)least;
	return (u32)min_t(u64, uptime, nat->clock);
}

static struct value nat_value(const struct item *item, u16 element)
{
	const struct nfl_nat_record *nat = &item->nat;
	const struct nfl_connection *c = &item->connection;

	switch (element) {
	case 4:
		return NUMBER(nat->protocol);
	case 7:
		return NUMBER(ntohs(c->before.source_port));
	case 11:
		return NUMBER(ntohs(c->before.destination_port));
	case 8:
	case 27:
		return OCTETS(&c->before.source);
	case 12:
	case 28:
		return OCTETS(&c->before.destination);
	case 21:
		return NUMBER(nat_uptime(nat, nat->time));
	case 22:
		return NUMBER(nat_uptime(nat, nat->start));
	case 152:
		return NUMBER(nat->start);
	case 153:
	case 323:
		return NUMBER(nat->time);
	case 225:
	case 281:
		return OCTETS(&c->after.source);
	case 226:
	case 282:
		return OCTETS(&c->after.destination);
	case 227:
		return NUMBER(ntohs(c->after.source_port));
	case 228:
		return NUMBER(ntohs(c->after.destination_port));
	case 230:
		return NUMBER(nat->event);
	case 231:
		return NUMBER(c->octets[0]);
	case 232:
		return NUMBER(c->octets[1]);
	case 298:
		return NUMBER(c->packets[0]);
	case 299:
		return NUMBER(c->packets[1]);
	default:
		return NUMBER(nat->zone);
	}
}

/* @again: it is the second field with this element. */
static struct value options_value(const struct item *item, u16 element, bool again)
{
	const struct nfl_metering_statistics *s = &item->statistics;
	const struct nfl_metering_reliability *m = &item->metering;
	const struct nfl_exporting_reliability *e = &item->exporting;
	const bool metering = item->which == NFL_TEMPLATE_METERING_RELIABILITY;

	switch (element) {
	case 1:
		if (item->which == NFL_TEMPLATE_EXPORTING_RELIABILITY)
			return NUMBER(e->process);
		if (item->which == NFL_TEMPLATE_VRF)
			return NUMBER(item->interface.index);
		if (item->which == NFL_TEMPLATE_SYSTEM)
			return NUMBER(item->system.domain);
		return NUMBER(metering ? m->domain : s->domain);
	case 2:
	case 10:
		return NUMBER(item->interface.index);
	case 40:
		return NUMBER(s->octets);
	case 41:
		return NUMBER(s->messages);
	case 42:
		return NUMBER(s->flows);
	case 82:
		return OCTETS(item->interface.name);
	case 83:
		return OCTETS(item->interface.description);
	case 143:
	case 149:
		if (item->which == NFL_TEMPLATE_SYSTEM)
			return NUMBER(item->system.domain);
		return NUMBER(metering ? m->domain : s->domain);
	case 144:
		return NUMBER(e->process);
	case 145:
		return NUMBER(item->keys_of.id);
	case 160:
		return NUMBER(item->system.boot_time);
	case 163:
		return NUMBER(s->observed_flows);
	case 164:
		return NUMBER(m->packets);
	case 165:
		return NUMBER(m->octets);
	case 166:
		return NUMBER(e->flows);
	case 167:
		return NUMBER(e->packets);
	case 168:
		return NUMBER(e->octets);
	case 173:
		return NUMBER(keys_expected(item->keys_of.id));
	case 234:
		return NUMBER(item->interface.index);
	case 236:
		return OCTETS(item->interface.name);
	case 300:
		return OCTETS(item->system.name);
	case 359:
		return NUMBER(s->start_time);
	default:
		if (metering)
			return NUMBER(again ? m->last : m->first);
		return NUMBER(again ? e->last : e->first);
	}
}

/* Of a selector, and of how many it selected. */
static struct value selector_value(const struct item *item, u16 element)
{
	const struct nfl_selector_record *record = &item->selector;
	const u32 mode = record->selector >> 16, interval = record->selector & 0xffff;
	const bool systematic = mode == NFL_SELECT_FLOWS || mode == NFL_SELECT_PACKETS;
	const double probability = 1.0 / interval;
	u64 bits;

	switch (element) {
	case 1:
	case 149:
		return NUMBER(record->domain);
	case 48:
	case 302:
		return NUMBER(mode);
	case 35:
	case 49:
		return NUMBER(systematic ? 1 : 2);
	case 34:
	case 50:
	case 310:
		return NUMBER(interval);
	case 305:
	case 309:
	case 396:
		return NUMBER(1);
	case 306:
	case 397:
		return NUMBER(interval - 1);
	case 304:
		return NUMBER(item->which == NFL_TEMPLATE_SELECT_PACKETS ? 1 : 3);
	case 390:
		return NUMBER(item->which == NFL_TEMPLATE_SELECT_FLOWS ? 1 :
			      item->which == NFL_TEMPLATE_SELECT_HASH ? 4 : 3);
	case 311:
		memcpy(&bits, &probability, sizeof(bits));
		return NUMBER(bits);
	case 318:
		return NUMBER(record->packets);
	case 319:
		return NUMBER(record->selected_packets);
	case 394:
		return NUMBER(record->flows);
	default:
		return NUMBER(record->selected_flows);
	}
}

static void compare_field(const struct item *item, const struct decoder_field *field,
			  const u8 *at, bool again)
{
	struct value want;
	u64 number;

	if (item->kind == NFL_RECORD_FLOW)
		want = flow_value(item, field->id);
	else if (item->kind == NFL_RECORD_NAT_EVENT)
		want = nat_value(item, field->id);
	else if (item->which >= NFL_TEMPLATE_SELECT_FLOWS)
		want = selector_value(item, field->id);
	else
		want = options_value(item, field->id, again);
	if (want.octets) {
		check(!memcmp(at, want.octets, field->length), "element %u: its octets", field->id);
		return;
	}
	number = decoder_number(at, field->length);
	check(number == want.number, "element %u: %llu, not %llu", field->id,
	      (unsigned long long)number, (unsigned long long)want.number);
}

/* The decoder has a record: it is the next that was put in. */
static void compare(void *argument, const struct decoder_record *record)
{
	const struct decoder_template *template = record->template;
	const struct item *item = &items[items_out++ % ITEMS];
	const u8 *at = record->octets;
	unsigned int i, j, want = 0;

	if (!check(items_out <= items_in, "a record that was not put in"))
		return;
	check(template->scope == item->scope, "template %u: a scope of %u", template->id,
	      template->scope);
	while (item->elements[want])
		want++;
	check(template->count == want, "template %u: %u elements, not %u", template->id,
	      template->count, want);
	for (i = 0; i < template->count; at += template->fields[i++].length) {
		const u16 id = template->fields[i].id;
		bool again = false;

		for (j = 0; j < i; j++)
			again |= template->fields[j].id == id;
		for (j = 0; item->elements[j] && item->elements[j] != id;)
			j++;
		if (check(item->elements[j], "template %u: element %u", template->id, id))
			compare_field(item, &template->fields[i], at, again);
		check(i >= item->scope || item->elements[i] == id, "template %u: its scope",
		      template->id);
	}
}

static struct nfl_session session;

/* Send a message, as the transport would: the decoder has it. */
static unsigned int transmit(struct nfl_body *body, unsigned int size)
{
	const struct nfl_protocol *protocol = under_test.protocol;
	const char *error;
	unsigned int length;
	u8 *datagram;

	protocol->finish(body);
	protocol->finish(body);		/* twice does no harm */
	length = protocol->header_length + body->length;
	datagram = malloc(length);
	shim_real_ns = random_u64();
	protocol->header(datagram, body, &session);
	memcpy(datagram + protocol->header_length, body->octets, body->length);

	error = under_test.decode(&decoder, datagram, length);
	check(!error, "%u octets at the most: %s", size, error ?: "");
	check(length <= size, "%u octets in a message of %u", length, size);
	check(decoder.records == body->records, "%u records, not %u", decoder.records,
	      body->records);
	under_test.check_header(datagram, body->records, body->templates);
	session.sequence += protocol->counts(body);
	free(datagram);
	kfree(body);
	return length;
}

static struct nfl_body *body_new(unsigned int size)
{
	return nfl_body_alloc(size - under_test.protocol->header_length);
}

/* All templates, in as many messages as it takes. Returns how many these are. */
static unsigned int send_templates(unsigned int size)
{
	unsigned int next = 0, messages = 0, templates = 0;
	bool done;

	do {
		struct nfl_body *body = body_new(size);
		const unsigned int before = next;

		done = under_test.protocol->add_templates(body, &sets, &next);
		check(done || next > before, "messages of %u octets take templates", size);
		templates += body->templates;
		transmit(body, size);
	} while (!done && ++messages < 100);
	check(decoder.count == nfl_layouts_count(under_test.protocol->templates, &sets) &&
	      templates == decoder.count, "%u templates", decoder.count);
	return messages;
}

static void begin(void)
{
	memset(&decoder, 0, sizeof(decoder));
	decoder.record = compare;
	items_in = 0;
	items_out = 0;
	session = (struct nfl_session) { .domain = 0x12345678, .sequence = random_u64() };
	shim_boot_ms = (1ULL << 33) + (random_u64() & 0xffffffff);
	memset(&sets, 0, sizeof(sets));
	__set_bit(1 + random_below(NFL_EXTRA_SETS - 1), sets.map);
	__set_bit(NFL_EXTRA_SETS - 1, sets.map);
	/* of flows that are not wide too */
	__set_bit((1 + random_below(3)) << NFL_EXTRA_WORDS, sets.map);
}

/*
 * Records at random, until the message has no room; and none that had room is
 * turned away.
 */
static void send_records(unsigned int size, unsigned int count)
{
	const unsigned int align = under_test.align;
	struct nfl_body *body = body_new(size);

	while (count--) {
		struct item *item = &items[items_in++ % ITEMS];
		const void *source = item_make(item);
		struct nfl_body before = *body;
		unsigned int needed;

		if (under_test.protocol->add(body, item->kind, item->which, source)) {
			check(body->records == before.records + 1, "it counts records");
			/* the ring of items must not be overrun */
			if (body->records < ITEMS - 1)
				continue;
			transmit(body, size);
			body = body_new(size);
			continue;
		}
		check(body->records == before.records, "a record without room changes nothing");
		transmit(body, size);
		body = body_new(size);
		if (!check(under_test.protocol->add(body, item->kind, item->which, source),
			   "%u octets have room for a record", size))
			return;
		needed = body->length;		/* with its set's header */
		if (before.set != NFL_SET_NONE && before.set_id == body->set_id &&
		    (item->kind != NFL_RECORD_OPTIONS || item->which != NFL_TEMPLATE_INTERFACE))
			needed += before.length - NFL_SET_HEADER;
		else
			needed += ALIGN(before.length, align);
		check(ALIGN(needed, align) > before.limit,
		      "%u octets: %u of %u were used, %u had room", size, before.length,
		      before.limit, needed);
	}
	if (body->records)
		transmit(body, size);
	else
		kfree(body);
	check(items_out == items_in, "%u records came out, of %u", items_out, items_in);
}

static void test_sizes(unsigned int from, unsigned int to)
{
	unsigned int size;

	for (size = from; size <= to; size++) {
		begin();
		send_templates(size);
		send_records(size, 60);
		send_templates(size);	/* told again: the same */
		send_records(size, 20);
	}
	test("messages of %u to %u octets", from, to);
}

static void test_large(void)
{
	begin();
	send_templates(NFL_MESSAGE_MAX);
	send_records(NFL_MESSAGE_MAX, 100000);
	test("messages of %u octets", NFL_MESSAGE_MAX);
}

/* Sequence number and sysUptime wrap, each after some messages of many. */
static void test_wrap(void)
{
	unsigned int n;

	begin();
	session.sequence = -100U;
	shim_boot_ms = (7ULL << 32) - 1000;
	send_templates(1500);
	for (n = 0; n < 200; n++) {
		send_records(1500, 5);
		shim_boot_ms += 10;
	}
	check(session.sequence >= 100 && session.sequence < 1000, "sequence number %u",
	      session.sequence);
	test("sequence number and sysUptime wrap");
}

/* A record that is to have a set of its own has one. */
static void test_alone(void)
{
	struct nfl_body *body = body_new(1500);
	unsigned int i;

	begin();
	send_templates(1500);
	for (i = 0; i < 10; i++) {
		struct item *item = &items[items_in++ % ITEMS];

		memset(item, 0, sizeof(*item));
		item->kind = NFL_RECORD_OPTIONS;
		item->which = NFL_TEMPLATE_INTERFACE;
		elements_add(item, options[is_v9()][item->which].elements);
		item->scope = 1;
		item->interface.index = i;
		under_test.protocol->add(body, item->kind, item->which, &item->interface);
	}
	transmit(body, 1500);
	check(decoder.sets == 10 && decoder.records == 10, "%u sets, %u records", decoder.sets,
	      decoder.records);
	test("an interface's record is the only one of its set");
}

/*
 * The decoder is strict: an octet changed, and it finds fault, but in those of the
 * header behind the first @known, which may be anything.
 */
static void test_decoder(unsigned int known)
{
	const unsigned int header = under_test.protocol->header_length;
	unsigned int next = 0, length, i, missed = 0;
	struct nfl_body *body = body_new(9000);
	static struct decoder fresh;
	static u8 datagram[9000];

	under_test.protocol->add_templates(body, &sets, &next);
	under_test.protocol->finish(body);
	session = (struct nfl_session) { };
	under_test.protocol->header(datagram, body, &session);
	memcpy(datagram + header, body->octets, body->length);
	length = header + body->length;
	check(!under_test.decode(&fresh, datagram, length), "as it is it is good");
	for (i = 0; i < length; i++) {
		memset(&fresh, 0, sizeof(fresh));
		check(under_test.decode(&fresh, datagram, i), "cut off at %u", i);
		memset(&fresh, 0, sizeof(fresh));
		datagram[i] ^= 0x80;
		if (i < known || i >= header)
			missed += !under_test.decode(&fresh, datagram, length);
		datagram[i] ^= 0x80;
	}
	/* other ids of templates are as good; so are other lengths of numbers */
	check(missed < length / 8, "%u of %u changed octets are missed", missed, length);
	kfree(body);
	test("the decoder finds %u of %u changed octets", length - missed, length);
}

/* All of these. @known: octets of the header that cannot be other than they are. */
static void test_protocol(unsigned int known)
{
	unsigned int size;

	for (size = 512; size < 1500; size += 100)
		test_sizes(size, min(size + 99, 1500U));
	test_large();
	test_wrap();
	test_alone();
	test_decoder(known);
}

#endif /* TESTS_UNIT_RECORDS_H */
