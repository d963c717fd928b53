/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_TIMEKEEPING_H
#define SHIM_LINUX_TIMEKEEPING_H

#include "ktime.h"

#endif /* SHIM_LINUX_TIMEKEEPING_H */
