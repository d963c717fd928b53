/* SPDX-License-Identifier: GPL-2.0-only */
/* 6.12 moved asm/unaligned.h. */
#ifndef NFL_COMPAT_UNALIGNED_H
#define NFL_COMPAT_UNALIGNED_H

#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* NFL_COMPAT_UNALIGNED_H */
