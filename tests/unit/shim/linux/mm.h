/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include "../kernel.h"

/* RAM in pages, which a test sets. */
static unsigned long shim_totalram_pages __attribute__((unused)) = 262144;

#define totalram_pages()	shim_totalram_pages

#endif /* SHIM_LINUX_MM_H */
