/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_IP6_FIB_H
#define SHIM_NET_IP6_FIB_H

#include "route.h"

#endif /* SHIM_NET_IP6_FIB_H */
