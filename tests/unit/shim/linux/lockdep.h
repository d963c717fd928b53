/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_LOCKDEP_H
#define SHIM_LINUX_LOCKDEP_H

/* A struct mutex of this shim knows whether it is held. */
#define lockdep_is_held(mutex)	((mutex)->held)

#endif /* SHIM_LINUX_LOCKDEP_H */
