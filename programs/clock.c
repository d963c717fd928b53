// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "clock.h"

/**
 * clock_now() - the time in nanoseconds of CLOCK_MONOTONIC
 *
 * The kernel's jiffies, the unit of the ages of flows, follow this clock.
 */
int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}
