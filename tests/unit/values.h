/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the elements of an item should say: the values that were put in.
 */
#ifndef TESTS_UNIT_VALUES_H
#define TESTS_UNIT_VALUES_H

#include "items.h"

static struct decoder decoder;

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
	const struct connection *c = &item->connection;

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

#endif /* TESTS_UNIT_VALUES_H */
