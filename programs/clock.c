// SPDX-License-Identifier: GPL-2.0-only
#include <time.h>

#include "clock.h"

/**
 * clock_now() - nanoseconds of CLOCK_MONOTONIC
 *
 * The kernel's jiffies, in which it tells ages of flows, go with this clock.
 */
int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}
