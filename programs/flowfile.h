/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parser of the file of flows, /proc/net/stat/ipt_netflow_flows.
 */
#ifndef PROGRAMS_FLOWFILE_H
#define PROGRAMS_FLOWFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct flow_key - the key of a flow
 * @source: source address; an IPv4 address is in the first 4 octets
 * @destination: destination address
 * @hash: the kernel's hash of its own key. That key has fields that are not
 *	printed (the chain). The hash is the same on each CPU.
 * @in: ingress interface, 0 if none
 * @source_port: source port, or 0
 * @destination_port: destination port; ICMP type and code for ICMP
 * @protocol: IP protocol number
 * @tos: class of service
 * @family: AF_INET or AF_INET6
 * @zero: always 0; it fills the padding
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
 * struct flow - one line
 * @key: key of the flow
 * @packets: packets since the flow's last record
 * @octets: octets since the flow's last record
 * @age: jiffies since the first of these packets
 * @idle: jiffies since the last of these packets
 * @out: egress interface, 0 if none or unknown
 * @tcp_flags: union of all TCP flags seen
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
 * struct flow_columns - meaning of each word of a line, from the first line
 * @parse: the parser of each word; NULL for an unknown word
 * @count: number of words in a line
 */
struct flow_columns {
	bool (*parse[FLOW_COLUMNS_MAX])(char *word, struct flow *flow);
	unsigned int count;
};

bool flow_columns_parse(struct flow_columns *columns, char *line);
bool flow_parse(const struct flow_columns *columns, char *line, struct flow *flow);

/**
 * struct flowfile - the file being read
 * @fd: file descriptor
 * @columns: the columns that the first line names
 * @buffer: data that was read and is not parsed yet
 * @at: offset in @buffer of the next line
 * @end: offset in @buffer of the end of the data
 * @ended: the end of the file was reached
 * @before: time before the last line was read, nanoseconds of CLOCK_MONOTONIC
 * @after: time after the last line was read
 * @unreadable: number of lines that could not be parsed
 * @error: reason of a failure, empty if there was none
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
