/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROGRAMS_CLOCK_H
#define PROGRAMS_CLOCK_H

#include <stdint.h>

int64_t clock_now(void);

#endif /* PROGRAMS_CLOCK_H */
