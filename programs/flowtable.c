// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows, and how fast they are: the difference between two reads of the file.
 *
 * What makes that less than simple: a flow's counters begin anew after each of
 * its records, every active_timeout seconds. What a flow counted between the read
 * before and its record has left with the record, and nobody can see it any more.
 * The flow is then taken to have gone on meanwhile as fast as it was.
 *
 * That counters have begun anew shows in the flow's age, even where they are
 * larger than before. A line is true of some moment while it was read, so what is
 * known of a flow's start is two times it lies between. Two starts that may be
 * the same are the same: a machine that stalls can hide that a flow began anew,
 * and so a part of its traffic, but cannot invent any.
 *
 * A flow can have parts on several CPUs, each a line. They leave together (see
 * merge.c of the module), so a flow's counters are the sum of its parts, and its
 * start that of the first.
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
	set_init(&table->records, sizeof(struct record), sizeof(struct flow_key));
}

void flowtable_free(struct flowtable *table)
{
	set_free(&table->records);
}

/* Begin as if nothing had been read. */
void flowtable_forget(struct flowtable *table)
{
	set_clear(&table->records);
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

/* The first line of a flow in this read: what it was becomes what it was before. */
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

/* What so many jiffies are; those of a nonsensical age as many as do not overflow. */
static int64_t nanoseconds(const struct flowtable *table, uint64_t ticks)
{
	if (ticks > UINT32_MAX)
		ticks = UINT32_MAX;
	return table->hz ? (int64_t)ticks * (SECOND / table->hz) : 0;
}

/**
 * flowtable_add() - a line of the file
 * @table: the flows
 * @flow: the line
 * @before: a time before it was made, nanoseconds of CLOCK_MONOTONIC
 * @after: and one after
 */
void flowtable_add(struct flowtable *table, const struct flow *flow, int64_t before, int64_t after)
{
	const int64_t age = nanoseconds(table, flow->age);
	const int64_t idle = nanoseconds(table, flow->idle);
	/* ages are rounded up to a jiffy, and the kernel's clock may be one late */
	const int64_t doubt = nanoseconds(table, 2);
	struct record *record;
	bool is_new;

	record = set_get(&table->records, &flow->key, &is_new);
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
 * What the flow counted since the read before. A flow that is not known must
 * have begun since: it may have done so in a place of the table that had been
 * read already. One that is older was not shown for a moment, while its parts
 * were merged; nothing is known of when it counted what.
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

/* All that is known after one read, and what is not shown: the mean since its start. */
static struct rates mean(const struct record *record)
{
	const double seconds = record->age > 1000 ? record->age / 1000. : 1;

	return (struct rates) { record->now.packets / seconds, record->now.octets / seconds };
}

/* A large table takes a while to read, so each flow has times of its own. */
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

/* All lines have been added: drop flows that have ended, and tell rates. */
void flowtable_end(struct flowtable *table)
{
	set_keep(&table->records, finish, table);
}

/**
 * flowtable_read() - read the file
 * @table: the flows
 * @filter: which of them count
 *
 * Return: whether it could be read. If not, @table has its error and no flows.
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
