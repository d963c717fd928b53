/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_OVERFLOW_H
#define SHIM_LINUX_OVERFLOW_H

/* The size of a struct with an array at its end. Only the type of @pointer is used. */
#define struct_size(pointer, name, count)	\
	(offsetof(typeof(*(pointer)), name) + (count) * sizeof((pointer)->name[0]))

#endif /* SHIM_LINUX_OVERFLOW_H */
