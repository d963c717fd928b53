/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of flows, /proc/net/stat/ipt_netflow_flows: what its lines say.
 */
#ifndef PROGRAMS_FLOWFILE_H
#define PROGRAMS_FLOWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct flow_key - which flow it is
 * @source: its address; an IPv4 address in the first 4 octets
 * @destination: its address
 * @hash: the kernel's hash of its own key, in which there is more than is
 *	printed (the chain), and which is the same on each CPU
 * @in: interface it comes in by, 0 if none
 * @source_port: or zero
 * @destination_port: of ICMP type and code
 * @protocol: IP's number of it
 * @tos: class of service
 * @family: AF_INET or AF_INET6
 * @zero: there are no holes in it
 */
struct flow_key {
	uint8_t source[16];
	uint8_t destination[16];
	uint32_t hash;
	uint32_t in;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t protocol;
	uint8_t tos;
	uint8_t family;
	uint8_t zero;
};

/**
 * struct flow - a line
 * @key: which flow
 * @packets: counted since its last record
 * @octets: the same
 * @age: jiffies since the first of these packets
 * @idle: jiffies since the last
 * @out: interface it leaves by, 0 if none or unknown
 * @tcp_flags: all seen
 */
struct flow {
	struct flow_key key;
	uint64_t packets;
	uint64_t octets;
	uint64_t age;
	uint64_t idle;
	uint32_t out;
	uint32_t tcp_flags;
};

#define FLOWFILE_ERROR_SIZE	384

#define FLOW_COLUMNS_MAX	32

/**
 * struct flow_columns - which word of a line is what, as the first line says
 * @parse: a parser for each word, NULL for one that is not understood
 * @count: words in a line
 */
struct flow_columns {
	bool (*parse[FLOW_COLUMNS_MAX])(char *word, struct flow *flow);
	unsigned int count;
};

bool flow_columns_parse(struct flow_columns *columns, char *line);
bool flow_parse(const struct flow_columns *columns, char *line, struct flow *flow);

/**
 * struct flowfile - the file being read
 * @fd: its descriptor
 * @columns: what its first line says
 * @buffer: what was read and not parsed yet
 * @at: where in @buffer the next line begins
 * @end: the end of what was read
 * @ended: there is no more to read
 * @before: nanoseconds of CLOCK_MONOTONIC before the last line was read ...
 * @after: ... and after it
 * @unreadable: lines that made no sense
 * @error: what went wrong, empty if nothing did
 */
struct flowfile {
	int fd;
	struct flow_columns columns;
	char *buffer;
	size_t at;
	size_t end;
	bool ended;
	int64_t before;
	int64_t after;
	unsigned long unreadable;
	char error[FLOWFILE_ERROR_SIZE];
};

bool flowfile_open(struct flowfile *file, const char *directory);
bool flowfile_next(struct flowfile *file, struct flow *flow);
void flowfile_close(struct flowfile *file);
unsigned int flowfile_hz(const char *directory);

#endif /* PROGRAMS_FLOWFILE_H */
