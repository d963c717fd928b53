/* SPDX-License-Identifier: GPL-2.0-only */
/* 6.10 has __uninitialized, and only newer compilers know the attribute. */
#ifndef NFL_COMPAT_ATTRIBUTES_H
#define NFL_COMPAT_ATTRIBUTES_H

#include <linux/compiler.h>

/*
 * A variable that is written before it is read. Kernels may initialise all variables
 * (CONFIG_INIT_STACK_ALL_ZERO), which costs an instruction or more for each packet.
 */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized		__attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

#endif /* NFL_COMPAT_ATTRIBUTES_H */
