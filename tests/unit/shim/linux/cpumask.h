/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_CPUMASK_H
#define SHIM_LINUX_CPUMASK_H

#include "../module.h"

/* A member of structs; no test looks into one. */
typedef void *cpumask_var_t;

#endif /* SHIM_LINUX_CPUMASK_H */
