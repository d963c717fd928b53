// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows and their rates: the difference between two reads of the file.
 *
 * The counters of a flow restart after each of its records, every active_timeout
 * seconds. Packets counted between the previous read and the record have left with the
 * record and are in no line. The flow's previous rate is assumed for that time.
 *
 * A restart of the counters is recognised by the age of the flow, even if the counters
 * are larger than before. A line describes its flow at some time while it was read, so
 * the start of a flow is known as an interval. If two intervals overlap, the start is
 * taken as unchanged. On a machine that stalls, a restart can therefore be missed, and
 * part of the traffic with it, but traffic that did not exist is never shown.
 *
 * A flow can have parts on several CPUs, each with a line. All parts leave together (see
 * merge.c of the module), so a flow's counters are the sum over its parts, and its start
 * is the earliest start of a part.
 */
#include <string.h>

#include "clock.h"
#include "flowtable.h"

#define SECOND	1000000000LL

void flowtable_init(struct flowtable *table, const char *directory)
{
	*table = (struct flowtable) {
		.directory = directory,
		.hz = flowfile_hz(directory),
	};
	hashtable_init(&table->records, sizeof(struct record), sizeof(struct flow_key));
}

void flowtable_free(struct flowtable *table)
{
	hashtable_free(&table->records);
}

/* Forget all previous reads. */
void flowtable_forget(struct flowtable *table)
{
	hashtable_clear(&table->records);
	table->reads = 0;
	table->seconds = 0;
	table->begin = clock_now();
}

void flowtable_begin(struct flowtable *table, int64_t now)
{
	table->begin_before = table->begin;
	table->begin = now;
	table->seconds = table->reads++ ? (double)(now - table->begin_before) / SECOND : 0;
}

/* At the first line of a flow in this read: move the current values to the previous ones. */
static void turn(struct flowtable *table, struct record *record)
{
	record->known = record->read && record->read == table->reads - 1;
	record->read = table->reads;
	record->before = record->now;
	record->start_before = record->start_most;
	record->seen_before = record->seen;
	record->now = (struct counts) { 0 };
	record->start_least = INT64_MAX;
	record->start_most = INT64_MAX;
	record->age = 0;
	record->idle = UINT64_MAX;
	record->tcp_flags = 0;
}

/* Convert jiffies. Implausibly high ages are limited to avoid an overflow. */
static int64_t nanoseconds(const struct flowtable *table, uint64_t ticks)
{
	if (ticks > UINT32_MAX)
		ticks = UINT32_MAX;
	return table->hz ? (int64_t)ticks * (SECOND / table->hz) : 0;
}

/**
 * flowtable_add() - add a line of the file
 * @table: the flows
 * @flow: the parsed line
 * @before: time before the line was generated, nanoseconds of CLOCK_MONOTONIC
 * @after: time after the line was generated
 */
void flowtable_add(struct flowtable *table, const struct flow *flow, int64_t before, int64_t after)
{
	const int64_t age = nanoseconds(table, flow->age);
	const int64_t idle = nanoseconds(table, flow->idle);
	/* ages are rounded up to a jiffy, and the kernel's clock may be one jiffy late */
	const int64_t doubt = nanoseconds(table, 2);
	struct record *record;
	bool is_new;

	record = hashtable_get(&table->records, &flow->key, &is_new);
	if (record->read != table->reads) {
		turn(table, record);
		record->seen = after;
	}
	record->now.packets += flow->packets;
	record->now.octets += flow->octets;
	if (before - age - doubt < record->start_least)
		record->start_least = before - age - doubt;
	if (after - age + doubt < record->start_most)
		record->start_most = after - age + doubt;
	if ((uint64_t)age / 1000000 > record->age)
		record->age = age / 1000000;
	if ((uint64_t)idle / 1000000 < record->idle)
		record->idle = idle / 1000000;
	record->tcp_flags |= flow->tcp_flags;
	if (flow->out)
		record->out = flow->out;
}

static bool began_anew(const struct flowtable *table, const struct record *record)
{
	return record->now.packets < record->before.packets ||
	       record->now.octets < record->before.octets ||
	       (table->hz && record->start_least > record->start_before);
}

/*
 * Compute the packets and octets since the previous read. A flow that is not known has
 * started since then: its entry may be in a part of the table that had already been read.
 * If it started before, it was hidden during the previous read while its parts were merged;
 * when it counted its packets is unknown.
 */
static struct rates gained(const struct flowtable *table, const struct record *record)
{
	struct rates gain = { record->now.packets, record->now.octets };

	if (!record->known) {
		if (table->hz && record->start_most < table->begin_before)
			gain = (struct rates) { 0 };
	} else if (!began_anew(table, record)) {
		gain.packets = record->now.packets - record->before.packets;
		gain.octets = record->now.octets - record->before.octets;
	} else if (table->hz && record->start_least > record->seen_before) {
		const double unseen = (double)(record->start_least - record->seen_before) / SECOND;

		gain.packets += record->rate.packets * unseen;
		gain.octets += record->rate.octets * unseen;
	}
	return gain;
}

/* After one read only the mean rate since the flow's start is known; it is not displayed. */
static struct rates mean(const struct record *record)
{
	const double seconds = record->age > 1000 ? record->age / 1000. : 1;

	return (struct rates) { record->now.packets / seconds, record->now.octets / seconds };
}

/* Reading a large table takes time, so the interval is computed per flow. */
static bool finish(void *element, void *argument)
{
	const struct flowtable *table = argument;
	struct record *record = element;
	double seconds = table->seconds;
	struct rates gain;

	if (record->read != table->reads)
		return false;
	if (table->seconds <= 0) {
		record->rate = mean(record);
		return true;
	}
	if (record->known && record->seen > record->seen_before)
		seconds = (double)(record->seen - record->seen_before) / SECOND;
	gain = gained(table, record);
	record->rate.packets = gain.packets / seconds;
	record->rate.octets = gain.octets / seconds;
	return true;
}

/* To be called after the last line of a read: drop flows that have ended, compute rates. */
void flowtable_end(struct flowtable *table)
{
	hashtable_keep(&table->records, finish, table);
}

/**
 * flowtable_read() - read the file
 * @table: the flows
 * @filter: selects the flows that are kept
 *
 * Return: true on success. On failure @table has the reason and no flows.
 */
bool flowtable_read(struct flowtable *table, const struct filter *filter)
{
	struct flowfile file;
	struct flow flow;

	if (!table->hz)
		table->hz = flowfile_hz(table->directory);
	if (flowfile_open(&file, table->directory)) {
		flowtable_begin(table, clock_now());
		while (flowfile_next(&file, &flow)) {
			if (filter_takes(filter, &flow))
				flowtable_add(table, &flow, file.before, file.after);
		}
		flowtable_end(table);
		flowfile_close(&file);
	}
	table->unreadable = file.unreadable;
	strcpy(table->error, file.error);
	if (!file.error[0])
		return true;
	flowtable_forget(table);
	return false;
}
