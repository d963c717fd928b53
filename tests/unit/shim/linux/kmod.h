/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_KMOD_H
#define SHIM_LINUX_KMOD_H

#include "../listener.h"

#endif /* SHIM_LINUX_KMOD_H */
