/* SPDX-License-Identifier: GPL-2.0-only */
/* No guard: the system's has one. */
#include_next <linux/stddef.h>
#include "../kernel.h"
