/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netflow-top: its options and its output formats.
 */
#ifndef PROGRAMS_TOP_H
#define PROGRAMS_TOP_H

#include "filter.h"
#include "flowtable.h"
#include "statistics.h"
#include "view.h"

#define FILTER_SIZE	256
#define INTERVAL_LEAST	0.1
#define INTERVAL_MOST	86400

/**
 * struct top - the state of the program
 * @directory: directory of the module's statistics
 * @interval: seconds between two reads
 * @count: number of reads to show, 0 for no limit
 * @rows: number of lines per read, 0 for all
 * @once: read once, without rates
 * @filter_text: the filter as typed
 * @filter: the filter, parsed
 * @table: the flows
 * @view: the rows
 */
struct top {
	const char *directory;
	double interval;
	unsigned long count;
	uint32_t rows;
	bool once;
	char filter_text[FILTER_SIZE];
	struct filter filter;
	struct flowtable table;
	struct view view;
};

bool top_read(struct top *top);
void top_wait(const struct top *top);

void json_write(const struct top *top);
void plain_write(const struct top *top);
void screen_run(struct top *top);

#endif /* PROGRAMS_TOP_H */
