/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flows of two reads of the file, and how fast each of them is.
 */
#ifndef PROGRAMS_FLOWTABLE_H
#define PROGRAMS_FLOWTABLE_H

#include "filter.h"
#include "flowfile.h"
#include "set.h"

/* Packets and octets, counted or a second. */
struct counts {
	uint64_t packets;
	uint64_t octets;
};

struct rates {
	double packets;
	double octets;
};

/**
 * struct record - a flow, all CPUs' parts of it
 * @key: which flow
 * @now: counted, by the last read
 * @before: counted, by the read before
 * @rate: a second, between the two; after the first read the mean of its life
 * @start_least: nanoseconds of CLOCK_MONOTONIC when its counters began, or later
 * @start_most: or earlier
 * @start_before: @start_most of the read before
 * @seen_before: when the read before had its first part
 * @seen: when this one had
 * @read: number of the last read that has it
 * @known: the read before has it too
 * @out: interface it leaves by
 * @age: milliseconds since its counters began
 * @idle: milliseconds since its last packet
 * @tcp_flags: all seen
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
 * @directory: where the module's statistics are
 * @hz: jiffies a second, 0 if unknown
 * @records: of struct record
 * @reads: how often the file was read
 * @begin: when the last read began, nanoseconds of CLOCK_MONOTONIC
 * @begin_before: when the one before did
 * @seconds: between the two, 0 after the first
 * @unreadable: lines of the last one that made no sense
 * @error: why it could not be done, empty if it was
 */
struct flowtable {
	const char *directory;
	unsigned int hz;
	struct set records;
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

/* flowtable_read() in its parts, for tests without a file. */
void flowtable_begin(struct flowtable *table, int64_t now);
void flowtable_add(struct flowtable *table, const struct flow *flow, int64_t before,
		   int64_t after);
void flowtable_end(struct flowtable *table);

#endif /* PROGRAMS_FLOWTABLE_H */
