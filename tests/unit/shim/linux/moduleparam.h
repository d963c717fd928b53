/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MODULEPARAM_H
#define SHIM_LINUX_MODULEPARAM_H

#include "../module.h"

#endif /* SHIM_LINUX_MODULEPARAM_H */
