/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_LOG2_H
#define SHIM_LINUX_LOG2_H

#include "../kernel.h"

static inline unsigned long rounddown_pow_of_two(unsigned long number)
{
	unsigned long power = 1;

	while (power <= number / 2)
		power *= 2;
	return power;
}

#endif /* SHIM_LINUX_LOG2_H */
