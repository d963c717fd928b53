/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_SOCK_H
#define SHIM_NET_SOCK_H

#include "../listener.h"

#endif /* SHIM_NET_SOCK_H */
