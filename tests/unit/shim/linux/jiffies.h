/* SPDX-License-Identifier: GPL-2.0-only */
#include "../cpu.h"

#define time_before(a, b)	((long)((a) - (b)) < 0)
#define time_after(a, b)	time_before(b, a)
#define time_after_eq(a, b)	(!time_before(a, b))
#define time_before_eq(a, b)	time_after_eq(b, a)
#define jiffies_to_msecs(n)	(n)	/* HZ is 1000 */
#define MAX_JIFFY_OFFSET	((~0UL >> 1) - 1)
