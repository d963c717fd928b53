/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics in the Prometheus text format.
 */
#ifndef PROGRAMS_METRICS_H
#define PROGRAMS_METRICS_H

#include <stdbool.h>
#include <stdio.h>

bool metrics_write(FILE *out, const char *directory);

#endif /* PROGRAMS_METRICS_H */
