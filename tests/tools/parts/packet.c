// SPDX-License-Identifier: GPL-2.0-only
/*
 * IP packets, built octet by octet, see packet.h.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <string.h>

#include "packet.h"

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static uint32_t sum(const uint8_t *p, size_t len, uint32_t acc)
{
	for (; len > 1; p += 2, len -= 2)
		acc += p[0] << 8 | p[1];
	if (len)
		acc += p[0] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

static uint32_t next_random(struct form *form)
{
	form->seed ^= form->seed << 13;
	form->seed ^= form->seed >> 17;
	return form->seed ^= form->seed << 5;
}

/* Compute address @index of a range. */
void range_addr(const struct range *range, uint64_t index, uint8_t *addr)
{
	size_t len = range->family == AF_INET6 ? 16 : 4;

	memcpy(addr, range->addr, len);
	put32(addr + len - 4, get32(addr + len - 4) + index);
}

static const struct transport {
	uint8_t proto, head;
	uint8_t check;		/* offset of the checksum, 0 for none */
	bool pseudo;		/* the checksum includes the pseudo header */
} transports[] = {
	{ IPPROTO_TCP,		20, 16,	true },	/* options follow */
	{ IPPROTO_UDP,		8, 6,	true },
	{ IPPROTO_UDPLITE,	8, 6,	true },
	{ IPPROTO_DCCP,		12, 6,	true },
	{ IPPROTO_SCTP,		12, 0,	false },
	{ IPPROTO_ICMP,		8, 2,	false },
	{ IPPROTO_ICMPV6,	8, 2,	true },
	{ IPPROTO_IGMP,		8, 2,	false },
	{ IPPROTO_ESP,		8, 0,	false },
	{ IPPROTO_GRE,		8, 0,	false },
	{ IPPROTO_AH,		24, 0,	false },
	{ 0, 0, 0, false },	/* all others: payload only */
};

/* Build the transport header and the payload of a packet. Return their length. */
static size_t make_transport(const struct form *form, uint8_t *p, uint32_t sport, uint32_t dport,
			     uint64_t number, const uint8_t *addrs, size_t addrs_len)
{
	const struct transport *t = transports;
	uint8_t tail[4] = { 0, form->proto };
	uint32_t acc = 0;
	size_t head, len;

	while (t->proto && (t->proto != form->proto || form->no_ports))
		t++;
	head = t->head + (t->proto == IPPROTO_TCP ? form->tcp_hex.count : 0);
	memset(p, 0, head);
	for (size_t i = 0; i < form->size; i++)
		p[head + i] = number + i;
	len = head + form->size;

	switch (t->proto) {
	case 0:
		return len;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		put16(p, form->icmp);
		put16(p + 4, sport);	/* echo identifier */
		put16(p + 6, number);
		break;
	case IPPROTO_IGMP:
		p[0] = 0x16;
		break;
	case IPPROTO_ESP:
		put32(p, sport);	/* security parameters index */
		put32(p + 4, number);
		break;
	case IPPROTO_AH:
		p[0] = IPPROTO_NONE;
		p[1] = t->head / 4 - 2;
		put32(p + 4, sport);
		break;
	case IPPROTO_GRE:
		put16(p + 2, ETH_P_IP);
		break;
	default:
		put16(p, sport);
		put16(p + 2, dport);
		break;
	}
	switch (t->proto) {
	case IPPROTO_TCP:
		put32(p + 4, number * form->size);
		p[12] = head / 4 << 4;
		memcpy(p + t->head, form->tcp_hex.at, form->tcp_hex.count);
		p[13] = form->tcp_flags;
		put16(p + 14, 0xffff);
		break;
	case IPPROTO_UDP:
		put16(p + 4, len);
		break;
	case IPPROTO_SCTP:
		put32(p + 4, 1);
		break;
	case IPPROTO_DCCP:
		p[4] = 3;		/* data offset in words */
		break;
	}
	if (t->check) {
		put16(tail + 2, len);
		if (t->pseudo)
			acc = sum(tail, 4, sum(addrs, addrs_len, 0));
		acc = sum(p, len, acc);
		put16(p + t->check, acc == 0xffff ? 0xffff : ~acc);
	}
	return len;
}

static void emit_ipv4(struct form *form, const uint8_t *p, size_t len, const uint8_t *src,
		      const uint8_t *dst, uint16_t id)
{
	size_t head = 20 + form->ip_options + form->ip_hex.count, pieces = form->fragments, off = 0;
	size_t step = (len / pieces + 7) & ~7u;
	static uint8_t packet[PACKET_MAX];

	do {
		bool last = off + step >= len || pieces == 1;
		size_t part = last ? len - off : step;

		memset(packet, 0, head);
		packet[0] = 4 << 4 | head / 4;
		packet[1] = form->tos;
		put16(packet + 2, head + part);
		put16(packet + 4, id);
		put16(packet + 6, (last ? 0 : 0x2000) | off / 8);
		packet[8] = form->ttl;
		packet[9] = form->proto;
		memcpy(packet + 12, src, 4);
		memcpy(packet + 16, dst, 4);
		memcpy(packet + 20, form->ip_hex.at, form->ip_hex.count);
		memset(packet + 20 + form->ip_hex.count, 1, form->ip_options);	/* no-operation */
		put16(packet + 10, ~sum(packet, head, 0));
		memcpy(packet + head, p + off, part);
		if (form->fuzz)
			packet[next_random(form) % (head + part)] = next_random(form);
		form->emit(packet, head + part);
		off += part;
	} while (off < len);
}

/* Add extension headers of 8 octets each, in the order of the option. */
static void emit_ipv6(struct form *form, const uint8_t *p, size_t len, const uint8_t *src,
		      const uint8_t *dst, uint32_t id)
{
	size_t pieces = form->fragments, off = 0, step = (len / pieces + 7) & ~7u;
	static uint8_t packet[PACKET_MAX];

	do {
		bool last = off + step >= len || pieces == 1;
		size_t part = last ? len - off : step, at = 40;
		uint8_t *next = &packet[6];

		put32(packet, 6u << 28 | form->tos << 20 | form->label);
		packet[7] = form->ttl;
		memcpy(packet + 8, src, 16);
		memcpy(packet + 24, dst, 16);
		for (unsigned int i = 0; i < form->exthdr_count; i++, at += 8) {
			memset(packet + at, 0, 8);
			packet[at + 2] = 1;	/* PadN, 4 octets */
			packet[at + 3] = 4;
			if (form->exthdrs[i] == IPPROTO_ROUTING)
				put16(packet + at + 2, 0);
			*next = form->exthdrs[i];
			next = &packet[at];
		}
		if (pieces > 1) {
			memset(packet + at, 0, 8);
			put16(packet + at + 2, off | !last);
			put32(packet + at + 4, id);
			*next = IPPROTO_FRAGMENT;
			next = &packet[at];
			at += 8;
		}
		*next = form->proto;
		memcpy(packet + at, p + off, part);
		put16(packet + 4, at - 40 + part);
		if (form->fuzz)
			packet[next_random(form) % (at + part)] = next_random(form);
		form->emit(packet, at + part);
		off += part;
	} while (off < len);
}

/* Build packet @number, in @form->fragments fragments, and pass each to @form->emit. */
void packet_make(struct form *form, uint64_t number)
{
	static uint8_t transport[PACKET_MAX];
	uint64_t flow = number % form->flows;
	uint8_t addrs[32], *src = addrs, *dst;
	uint32_t sport, dport;
	size_t len;

	if (form->hex.count) {
		form->emit(form->hex.at, form->hex.count);
		return;
	}
	sport = form->sport.port + flow % form->sport.count;
	flow /= form->sport.count;
	dport = form->dport.port + flow % form->dport.count;
	flow /= form->dport.count;
	dst = addrs + (form->src.family == AF_INET6 ? 16 : 4);
	range_addr(&form->src, flow % form->src.count, src);
	flow /= form->src.count;
	range_addr(&form->dst, flow % form->dst.count, dst);

	len = make_transport(form, transport, sport, dport, number / form->flows, addrs,
			     2 * (dst - src));
	if (form->src.family == AF_INET6)
		emit_ipv6(form, transport, len, src, dst, number);
	else
		emit_ipv4(form, transport, len, src, dst, number);
}
