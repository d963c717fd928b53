/* SPDX-License-Identifier: GPL-2.0-only */
#include "../cpu.h"

#define time_before(a, b)	((long)((a) - (b)) < 0)
