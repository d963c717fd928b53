/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_DELAY_H
#define SHIM_LINUX_DELAY_H

/* Time is what the test says. */
#define usleep_range(least, most)	((void)(least), (void)(most))

#endif /* SHIM_LINUX_DELAY_H */
