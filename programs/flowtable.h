/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of the last two reads of the file, and their rates.
 */
#ifndef PROGRAMS_FLOWTABLE_H
#define PROGRAMS_FLOWTABLE_H

#include "filter.h"
#include "flowfile.h"
#include "hashtable.h"

/* Packets and octets: totals in struct counts, per second in struct rates. */
struct counts {
	uint64_t packets;
	uint64_t octets;
};

struct rates {
	double packets;
	double octets;
};

/**
 * struct record - a flow, the sum of its parts on all CPUs
 * @key: key of the flow
 * @now: counters in the last read
 * @before: counters in the previous read
 * @rate: rates between the two reads; after the first read the mean since its start
 * @start_least: earliest possible start of the counters, nanoseconds of CLOCK_MONOTONIC
 * @start_most: latest possible start of the counters
 * @start_before: @start_most of the previous read
 * @seen_before: time of the flow's first line in the previous read
 * @seen: time of the flow's first line in the last read
 * @read: number of the last read that has the flow
 * @known: the previous read has the flow too
 * @out: egress interface
 * @age: milliseconds since the counters started
 * @idle: milliseconds since the last packet
 * @tcp_flags: union of all TCP flags seen
 */
struct record {
	struct flow_key key;
	struct counts now;
	struct counts before;
	struct rates rate;
	int64_t start_least;
	int64_t start_most;
	int64_t start_before;
	int64_t seen_before;
	int64_t seen;
	uint32_t read;
	bool known;
	uint32_t out;
	uint64_t age;
	uint64_t idle;
	uint32_t tcp_flags;
};

/**
 * struct flowtable - the flows
 * @directory: directory of the module's statistics
 * @hz: jiffies per second, 0 if unknown
 * @records: set of struct record
 * @reads: number of reads of the file
 * @begin: start time of the last read, nanoseconds of CLOCK_MONOTONIC
 * @begin_before: start time of the previous read
 * @seconds: time between the two, 0 after the first read
 * @unreadable: number of lines in the last read that could not be parsed
 * @error: reason of a failed read, empty on success
 */
struct flowtable {
	const char *directory;
	unsigned int hz;
	struct hashtable records;
	uint32_t reads;
	int64_t begin;
	int64_t begin_before;
	double seconds;
	unsigned long unreadable;
	char error[FLOWFILE_ERROR_SIZE];
};

void flowtable_init(struct flowtable *table, const char *directory);
void flowtable_free(struct flowtable *table);
void flowtable_forget(struct flowtable *table);
bool flowtable_read(struct flowtable *table, const struct filter *filter);

/* The parts of flowtable_read(), for tests without a file. */
void flowtable_begin(struct flowtable *table, int64_t now);
void flowtable_add(struct flowtable *table, const struct flow *flow, int64_t before,
		   int64_t after);
void flowtable_end(struct flowtable *table);

#endif /* PROGRAMS_FLOWTABLE_H */
