// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of netflow-top, and the time of its next read.
 */
#include <errno.h>
#include <time.h>

#include "names.h"
#include "top.h"

/*
 * Read the flows and build the rows. The caller chooses the number of displayed rows
 * afterwards. Return false if the flows could not be read; there are no rows then.
 */
bool top_read(struct top *top)
{
	bool good;

	interface_names_read();
	filter_refresh(&top->filter);
	good = flowtable_read(&top->table, &top->filter);
	view_build(&top->view, &top->table);
	return good;
}

/* Sleep until it is time for the next read. */
void top_wait(const struct top *top)
{
	const int64_t until = top->table.begin + (int64_t)(top->interval * 1e9);
	const struct timespec time = { until / 1000000000, until % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}
