/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IP packets of many flows, all of one form.
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
 * struct form - how packets look
 * @src: source addresses
 * @dst: destination addresses
 * @sport: source ports
 * @dport: destination ports
 * @flows: packet number i is of flow i % flows
 * @size: octets behind the transport header
 * @fragments: how many each is cut into
 * @ip_options: octets of no-operation in IPv4's header
 * @ip_hex: IPv4 options before them
 * @tcp_hex: TCP options
 * @exthdrs: IPv6 extension headers by number, 8 octets each
 * @exthdr_count: how many
 * @hex: a whole packet in place of all this
 * @proto: the protocol
 * @no_ports: no transport header
 * @fuzz: change an octet of each at random
 * @seed: for that
 * @emit: takes a packet
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
