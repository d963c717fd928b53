/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sparse 0.6.4, the one in Debian, does not know of the language that
 * Linux is written in. tools/static gives this to sparse, and to nothing else.
 */

/* Only code for gcc 14 and newer uses it. Without it kbuild skips the check. */
#define __typeof_unqual__ __typeof__

/* For sparse a call is no constant, and MODULE_INFO() asserts such lengths. */
#define __builtin_strlen(string) (sizeof(string) - 1)

/* The lab's kernel is a new one: it has the header that is asked for first. */
#define __has_include(...) 1
