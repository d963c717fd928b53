/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IP packets of many flows with the same format.
 */
#ifndef TESTS_TOOLS_PACKET_H
#define TESTS_TOOLS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX	65600

struct range {			/* BASE[+COUNT] */
	int family;
	uint8_t addr[16];
	uint32_t port;
	uint32_t count;
};

struct octets {
	uint8_t at[2048];
	unsigned int count;
};

/**
 * struct form - format of the packets
 * @src: source addresses
 * @dst: destination addresses
 * @sport: source ports
 * @dport: destination ports
 * @flows: number of flows; packet number i belongs to flow i % flows
 * @size: octets after the transport header
 * @fragments: number of fragments per packet
 * @ip_options: octets of no-operation options in the IPv4 header
 * @ip_hex: IPv4 options before those
 * @tcp_hex: TCP options
 * @exthdrs: numbers of IPv6 extension headers, 8 octets each
 * @exthdr_count: number of @exthdrs
 * @hex: a whole packet, used in place of all this
 * @proto: IP protocol number
 * @no_ports: omit the transport header
 * @fuzz: change a random octet of each packet
 * @seed: seed for @fuzz
 * @emit: called with each packet
 */
struct form {
	struct range src, dst, sport, dport;
	unsigned long flows, size, fragments, ip_options;
	unsigned long tos, ttl, tcp_flags, icmp, label;
	struct octets ip_hex, tcp_hex, hex;
	uint8_t exthdrs[16];
	unsigned int exthdr_count;
	uint8_t proto;
	bool no_ports, fuzz;
	uint32_t seed;
	void (*emit)(const uint8_t *packet, size_t length);
};

void range_addr(const struct range *range, uint64_t index, uint8_t *addr);
void packet_make(struct form *form, uint64_t number);

#endif /* TESTS_TOOLS_PACKET_H */
