/* SPDX-License-Identifier: GPL-2.0-only */
/* No guard: the system's has one. */
#include "../kernel.h"
#include_next <linux/socket.h>
