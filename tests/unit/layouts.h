/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layouts of records and their ids, for tests that encode records.
 */
#ifndef TESTS_UNIT_LAYOUTS_H
#define TESTS_UNIT_LAYOUTS_H

/* places for all ids and all sets of extra fields */
#define SHIM_XARRAY_SIZE	65536
#include "shim/xarray.h"

#include "../../src/flow/selector.c"
#include "../../src/protocol/template.c"
#include "../../src/protocol/layout.c"
#include "../../src/protocol/layouts.c"
#include "../../src/protocol/optional_fields.c"

#endif /* TESTS_UNIT_LAYOUTS_H */
