// SPDX-License-Identifier: GPL-2.0-only
/*
 * A view as plain text, for output that is not a terminal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lines.h"
#include "top.h"

/* Return COLUMNS, or by default a width for all columns. */
static unsigned int plain_width(void)
{
	const char *columns = getenv("COLUMNS");
	const unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;

	return width >= 40 && width < LINE_SIZE ? width : 132;
}

/* Write the view; view_select() was called before. */
void plain_write(const struct top *top)
{
	const struct view *view = &top->view;
	const unsigned int width = plain_width();
	char line[LINE_SIZE];
	uint32_t i;

	lines_summary(view, top->filter_text, line);
	printf("%s\n", line);
	if (top->table.unreadable)
		printf("%lu lines of the table could not be understood\n", top->table.unreadable);
	lines_header(view, width, line);
	printf("%s\n", line);
	for (i = 0; i < view->top_count; i++) {
		lines_row(view, &view->top[i], width, line);
		printf("%s\n", line);
	}
	if (view->top_count < view->count)
		printf("... and %u more\n", view->count - view->top_count);
	printf("\n");
}
