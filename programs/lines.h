/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A view as lines of text of a given width.
 */
#ifndef PROGRAMS_LINES_H
#define PROGRAMS_LINES_H

#include "view.h"

/* Size of a buffer for any line, with the terminating NUL. */
#define LINE_SIZE	512

void lines_summary(const struct view *view, const char *filter, char line[LINE_SIZE]);
void lines_header(const struct view *view, unsigned int width, char line[LINE_SIZE]);
void lines_row(const struct view *view, const struct row *row, unsigned int width,
	       char line[LINE_SIZE]);

/* Size of a buffer for ADDRESS, ADDRESS:PORT, and ADDRESS:TYPE/CODE for ICMP. */
#define ADDRESS_SIZE	64

void address_text(uint8_t family, const uint8_t *address, char text[ADDRESS_SIZE]);

#endif /* PROGRAMS_LINES_H */
