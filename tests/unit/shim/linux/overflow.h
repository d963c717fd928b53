/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_OVERFLOW_H
#define SHIM_LINUX_OVERFLOW_H

#define struct_size(pointer, member, count)	\
	(sizeof(*(pointer)) + (count) * sizeof((pointer)->member[0]))

#endif /* SHIM_LINUX_OVERFLOW_H */
