/* SPDX-License-Identifier: GPL-2.0-only */
#include "../kernel.h"

#define HZ	100

#define time_before(a, b)	((long)((a) - (b)) < 0)
