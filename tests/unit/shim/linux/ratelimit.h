/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RATELIMIT_H
#define SHIM_LINUX_RATELIMIT_H

#include "../module.h"

#endif /* SHIM_LINUX_RATELIMIT_H */
