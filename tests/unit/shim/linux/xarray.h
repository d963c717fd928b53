/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_XARRAY_H
#define SHIM_LINUX_XARRAY_H

/* Only so that what has one can be declared. */
struct xarray {};

#endif /* SHIM_LINUX_XARRAY_H */
