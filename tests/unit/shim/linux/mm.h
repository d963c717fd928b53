/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include "../kernel.h"

#endif /* SHIM_LINUX_MM_H */
