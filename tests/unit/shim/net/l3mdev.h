/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_L3MDEV_H
#define SHIM_NET_L3MDEV_H

/* What is a VRF the test says itself. */
#include "../kernel.h"

#endif /* SHIM_NET_L3MDEV_H */
