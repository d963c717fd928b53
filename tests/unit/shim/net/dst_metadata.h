/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_NET_DST_METADATA_H
#define SHIM_NET_DST_METADATA_H

#include "route.h"

#endif /* SHIM_NET_DST_METADATA_H */
