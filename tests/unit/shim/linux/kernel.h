/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include "../kernel.h"
#include "inet.h"

#endif /* SHIM_LINUX_KERNEL_H */
