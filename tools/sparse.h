/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Features of C and of gcc that Linux uses and sparse 0.6.4 (Debian's version) lacks. Only
 * tools/static includes this file, for sparse.
 */

/* Only code for gcc 14 and newer uses this. Without it, kbuild skips the check. */
#define __typeof_unqual__ __typeof__

/* To sparse a call is not a constant, and MODULE_INFO() asserts the length of a string. */
#define __builtin_strlen(string) (sizeof(string) - 1)

/* The lab's kernel is recent: it has the header that is tested first. */
#define __has_include(...) 1
