/* SPDX-License-Identifier: GPL-2.0-only */
/* No guard: the system's has one, and this file and kernel.h include each other. */
#include_next <linux/types.h>
#include "../kernel.h"
