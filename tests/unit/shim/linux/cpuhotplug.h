/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_CPUHOTPLUG_H
#define SHIM_LINUX_CPUHOTPLUG_H

#include "../hotplug.h"

#endif /* SHIM_LINUX_CPUHOTPLUG_H */
