/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_RHASHTABLE_H
#define SHIM_LINUX_RHASHTABLE_H

#include "../kernel.h"

/* Only so that what has one can be declared. */
struct rhash_head {};
struct rhashtable {};
struct rcu_head {};

#endif /* SHIM_LINUX_RHASHTABLE_H */
